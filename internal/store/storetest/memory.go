package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// Memory is a store without a disk, for tests. It passes the same suite as
// other stores. See [NewMemory].
type Memory struct {
	Made func(store.Tx) // called after each commit, if set

	mu         sync.Mutex
	closed     bool
	grants     map[grant.ID]grant.Grant
	deliveries map[grant.ID]store.Delivery
	notes      map[string]store.Document
	wakes      map[wakeKey]time.Time
	causes     map[string]time.Time // when they were committed
	oldest     func() (time.Time, bool)
	leases     map[string]lease
	damaged    map[grant.ID]bool
	hidden     map[grant.ID]bool
	forgotten  map[grant.ID]bool
	badNotes   map[string]bool

	badDeliveries map[grant.ID]bool
	chain         []audit.Link
	entries       []grant.Entry
	listeners     []chan struct{}
}

type wakeKey struct {
	loop grant.Worker
	id   grant.ID
}

type lease struct {
	owner string
	epoch uint64
	until time.Time
}

var (
	errClosed     = errors.New("the store is closed")
	errImpossible = errors.New("something has no name")
)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		grants: map[grant.ID]grant.Grant{}, deliveries: map[grant.ID]store.Delivery{}, notes: map[string]store.Document{},
		wakes: map[wakeKey]time.Time{}, causes: map[string]time.Time{}, leases: map[string]lease{},
		damaged: map[grant.ID]bool{}, hidden: map[grant.ID]bool{}, forgotten: map[grant.ID]bool{},
		badNotes: map[string]bool{}, badDeliveries: map[grant.ID]bool{},
	}
}

// Commit implements [store.Store].
func (m *Memory) Commit(ctx context.Context, c store.Tx) error {
	if err := m.commit(ctx, c); err != nil {
		return err
	}
	if m.Made != nil {
		m.Made(c)
	}
	return nil
}

func (m *Memory) commit(ctx context.Context, c store.Tx) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(ctx, c); err != nil {
		return err
	}
	if err := m.apply(c); err != nil {
		return err
	}
	for _, l := range m.listeners {
		select {
		case l <- struct{}{}:
		default:
		}
	}
	return nil
}

func (m *Memory) check(ctx context.Context, c store.Tx) error {
	switch {
	case m.closed:
		return errClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case c.Fence != nil && (c.Fence.Epoch == 0 || m.leases[c.Fence.Lease].epoch != c.Fence.Epoch):
		return store.ErrFenced
	case slices.ContainsFunc(c.Causes, func(cause string) bool { return m.cameBefore(c.At, cause) }):
		return store.ErrDuplicate
	}
	names := map[string]bool{} // the changed records, each once
	for _, g := range c.Grants {
		if m.damaged[g.ID] {
			return store.ErrUnreadable
		}
		if err := m.may(names, "grant ", string(g.ID), m.grants[g.ID].Version == g.Version); err != nil {
			return err
		}
	}
	for _, d := range c.Deliveries {
		if err := m.may(names, "delivery ", string(d.ID), m.deliveries[d.ID].Version == d.Version); err != nil {
			return err
		}
	}
	for _, n := range c.Documents {
		if err := m.may(names, "note ", n.Key, m.notes[n.Key].Version == n.Version); err != nil {
			return err
		}
	}
	for _, e := range c.Expect {
		if e.Key != "" && m.notes[e.Key].Version != e.Version || e.Key == "" && m.grants[e.ID].Version != e.Version {
			return store.ErrConflict
		}
	}
	if slices.Contains(c.Causes, "") {
		return errImpossible
	}
	return nil
}

func (m *Memory) may(names map[string]bool, kind, name string, current bool) error {
	switch {
	case name == "":
		return errImpossible
	case names[kind+name] || !current:
		return store.ErrConflict
	}
	names[kind+name] = true
	return nil
}

func (m *Memory) apply(c store.Tx) error {
	head, chain := m.head(), m.chain
	var refs []grant.Ref
	for _, e := range c.Entries {
		l, err := audit.Append(head, e)
		if err != nil {
			return err
		}
		chain, head, refs = append(chain, l), l.Head(), append(refs, l.Ref())
	}
	c.NameApprovals(refs)
	m.chain, m.entries = chain, append(m.entries, c.Entries...)
	for _, g := range c.Grants {
		g.Version++
		m.grants[g.ID] = g
	}
	for _, d := range c.Deliveries {
		d.Version++
		d.Posts = slices.Clone(d.Posts)
		m.deliveries[d.ID] = d
		delete(m.badDeliveries, d.ID)
	}
	for _, n := range c.Documents {
		n.Version++
		m.notes[n.Key] = n
		delete(m.badNotes, n.Key)
	}
	for _, w := range c.DueTimes {
		delete(m.wakes, wakeKey{w.Worker, w.ID})
		if !w.At.IsZero() {
			m.wakes[wakeKey{w.Worker, w.ID}] = w.At
		}
	}
	for _, cause := range c.Causes {
		m.causes[cause] = c.At
	}
	return nil
}

// Get implements [store.Store].
func (m *Memory) Get(_ context.Context, id grant.ID) (grant.Grant, error) {
	g, err := read(m, m.grants, id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.damaged[id] {
		return grant.Grant{Version: g.Version}, store.ErrUnreadable
	}
	return g, err
}

// Document implements [store.Store].
func (m *Memory) Document(_ context.Context, key string) (store.Document, error) {
	n, err := read(m, m.notes, key)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.badNotes[key] {
		return store.Document{Version: n.Version}, store.ErrUnreadable
	}
	return n, err
}

func read[K comparable, V any](m *Memory, from map[K]V, key K) (v V, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, found := from[key]
	switch {
	case m.closed:
		err = errClosed
	case !found:
		err = store.ErrNotFound
	}
	return v, err
}

// Delivery implements [store.Store].
func (m *Memory) Delivery(_ context.Context, id grant.ID) (store.Delivery, error) {
	d, err := read(m, m.deliveries, id)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.badDeliveries[id] {
		return store.Delivery{ID: id, Version: d.Version}, store.ErrUnreadable
	}
	d.ID, d.Posts = id, slices.Clone(d.Posts)
	return d, err
}

// Due implements [store.Store].
func (m *Memory) Due(_ context.Context, l grant.Worker, now time.Time, limit int) (ids []grant.ID, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, at := range m.wakes {
		if k.loop == l && !at.After(now) && !m.damaged[k.id] {
			ids = append(ids, k.id)
		}
	}
	slices.SortFunc(ids, func(a, b grant.ID) int {
		return cmp.Or(m.wakes[wakeKey{l, a}].Compare(m.wakes[wakeKey{l, b}]), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), limit)], nil
}

// List implements [store.Store].
func (m *Memory) List(_ context.Context, q store.Query) (gs []grant.Grant, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.grants {
		if !m.damaged[g.ID] && !m.hidden[g.ID] && (q.Bucket == "" || g.Bucket.Name == q.Bucket) &&
			(q.Principal == "" || g.Principal.ARN == q.Principal) &&
			(q.Requester == "" || g.Requester.User == q.Requester) &&
			(len(q.States) == 0 || slices.Contains(q.States, g.State)) {
			gs = append(gs, g)
		}
	}
	slices.SortFunc(gs, func(a, b grant.Grant) int {
		return cmp.Or(b.AskedAt.Compare(a.AskedAt), cmp.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 {
		gs = gs[:min(len(gs), q.Limit)]
	}
	return gs, nil
}

// Count implements [store.Store].
func (m *Memory) Count(ctx context.Context, q store.Query) (int, error) {
	q.Limit = 0
	gs, err := m.List(ctx, q)
	return len(gs), err
}

// Committed implements [store.Store].
func (m *Memory) Committed(_ context.Context, at time.Time, causes ...string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, errClosed
	}
	return slices.ContainsFunc(causes, func(cause string) bool { return m.cameBefore(at, cause) }), nil
}

// cameBefore reports whether a cause was committed. It is forgotten as soon as it may be.
func (m *Memory) cameBefore(at time.Time, cause string) bool {
	if m.oldest != nil {
		if oldest, ok := m.oldest(); ok && oldest.Before(at) {
			at = oldest
		}
	}
	came, known := m.causes[cause]
	return known && !came.Before(at.Add(-24*time.Hour))
}

// KeepCauses implements [store.Store].
func (m *Memory) KeepCauses(oldest func() (at time.Time, ok bool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.oldest = oldest
}

// Acquire implements [store.Store].
func (m *Memory) Acquire(_ context.Context, name, owner string, now time.Time, ttl time.Duration) (
	epoch uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.leases[name]
	switch {
	case l.owner == owner && l.epoch > 0:
	case now.Before(l.until):
		return 0, store.ErrFenced
	default:
		l.owner, l.epoch = owner, l.epoch+1
	}
	l.until = now.Add(ttl)
	m.leases[name] = l
	return l.epoch, nil
}

// Verify implements [store.Store].
func (m *Memory) Verify(context.Context) (head grant.Head, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.chain {
		if err := audit.Check(head, l); err != nil {
			return head, err
		}
		head = l.Head()
	}
	return head, nil
}

// Head implements [audit.Source].
func (m *Memory) Head(context.Context) (grant.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head(), nil
}

func (m *Memory) head() grant.Head {
	if len(m.chain) == 0 {
		return grant.Head{}
	}
	return m.chain[len(m.chain)-1].Head()
}

// Links implements [audit.Source].
func (m *Memory) Links(_ context.Context, after uint64, limit int) ([]audit.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rest := m.chain[min(after, uint64(len(m.chain))):]
	return rest[:min(len(rest), limit)], nil
}

// Chain implements [store.Store].
func (m *Memory) Chain(ctx context.Context, after uint64, limit int) (all []grant.Recorded, err error) {
	links, err := m.Links(ctx, after, limit)
	for _, l := range links {
		r, err := audit.Recorded(l)
		if err != nil {
			return all, err
		}
		if m.forgotten[r.Grant] {
			r.Entry = grant.Entry{}
		}
		all = append(all, r)
	}
	return all, err
}

// Subscribe returns a channel that receives after commits.
func (m *Memory) Subscribe() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := make(chan struct{}, 1)
	m.listeners = append(m.listeners, c)
	return c
}

// Close implements [store.Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
