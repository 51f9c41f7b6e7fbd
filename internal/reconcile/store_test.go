package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"s3share/internal/grant"
)

// memory is a grant.Store in memory: what every store must do, without a disk.
type memory struct {
	mu      sync.Mutex
	grants  map[grant.ID]grant.Grant
	notes   map[string]grant.Note
	wakes   map[wakeKey]time.Time
	entries []grant.Entry
	made    func(grant.Change) // called after each commit, with the lock held
}

type wakeKey struct {
	loop grant.Loop
	id   grant.ID
}

func newMemory() *memory {
	return &memory{grants: map[grant.ID]grant.Grant{}, notes: map[string]grant.Note{}, wakes: map[wakeKey]time.Time{}}
}

func (m *memory) Commit(_ context.Context, c grant.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range c.Grants {
		if m.grants[g.ID].Version != g.Version {
			return grant.ErrConflict
		}
	}
	for _, n := range c.Notes {
		if m.notes[n.Key].Version != n.Version {
			return grant.ErrConflict
		}
	}
	for _, g := range c.Grants {
		g.Version++
		m.grants[g.ID] = g
	}
	for _, n := range c.Notes {
		n.Version++
		m.notes[n.Key] = n
	}
	for _, w := range c.Wakes {
		delete(m.wakes, wakeKey{w.Loop, w.ID})
		if !w.At.IsZero() {
			m.wakes[wakeKey{w.Loop, w.ID}] = w.At
		}
	}
	m.entries = append(m.entries, c.Entries...)
	if m.made != nil {
		m.made(c)
	}
	return nil
}

func (m *memory) Get(_ context.Context, id grant.ID) (grant.Grant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.grants[id]
	if !ok {
		return g, grant.ErrNotFound
	}
	return g, nil
}

func (m *memory) Note(_ context.Context, key string) (grant.Note, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.notes[key]
	if !ok {
		return n, grant.ErrNotFound
	}
	return n, nil
}

func (m *memory) Due(_ context.Context, l grant.Loop, now time.Time, limit int) (ids []grant.ID, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, at := range m.wakes {
		if k.loop == l && !at.After(now) {
			ids = append(ids, k.id)
		}
	}
	slices.SortFunc(ids, func(a, b grant.ID) int {
		return cmp.Or(m.wakes[wakeKey{l, a}].Compare(m.wakes[wakeKey{l, b}]), cmp.Compare(a, b))
	})
	return ids[:min(len(ids), limit)], nil
}

func (m *memory) List(_ context.Context, q grant.Query) (gs []grant.Grant, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.grants {
		if (q.Bucket == "" || g.Bucket.Name == q.Bucket) && (q.Principal == "" || g.Principal.ARN == q.Principal) &&
			(q.Requester == "" || g.Requester.User == q.Requester) && (len(q.States) == 0 || slices.Contains(q.States, g.State)) {
			gs = append(gs, g)
		}
	}
	slices.SortFunc(gs, func(a, b grant.Grant) int { return cmp.Or(b.AskedAt.Compare(a.AskedAt), cmp.Compare(a.ID, b.ID)) })
	if q.Limit > 0 {
		gs = gs[:min(len(gs), q.Limit)]
	}
	return gs, nil
}

func (m *memory) Count(ctx context.Context, q grant.Query) (int, error) {
	q.Limit = 0
	gs, err := m.List(ctx, q)
	return len(gs), err
}

// next is when a loop is needed next.
func (m *memory) next() (at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, w := range m.wakes {
		if k.loop != grant.SlackLoop && (at.IsZero() || w.Before(at)) {
			at = w
		}
	}
	return at
}

func (m *memory) all() []grant.Grant {
	gs, _ := m.List(context.Background(), grant.Query{})
	return gs
}

func (m *memory) Delivery(_ context.Context, id grant.ID) (grant.Delivery, error) {
	return grant.Delivery{ID: id}, nil
}

func (m *memory) Acquire(context.Context, string, string, time.Time, time.Duration) (uint64, error) {
	return 1, nil
}
func (m *memory) Verify(context.Context) (grant.Head, error) { return grant.Head{}, nil }
func (m *memory) Close() error                               { return nil }

var errDisk = errors.New("no space left on device")

// faulty is a store that asks the bench before each call.
type faulty struct {
	*memory
	b *bench
}

func (f faulty) Commit(ctx context.Context, c grant.Change) error {
	if c.Deliveries != nil {
		panic("the loops tell nobody")
	}
	return f.b.storeCall("Commit", func() error { return f.memory.Commit(ctx, c) })
}

func (f faulty) Get(ctx context.Context, id grant.ID) (g grant.Grant, err error) {
	err = f.b.storeCall("Get", func() error { g, err = f.memory.Get(ctx, id); return err })
	return g, err
}

func (f faulty) Note(ctx context.Context, key string) (n grant.Note, err error) {
	err = f.b.storeCall("Note", func() error { n, err = f.memory.Note(ctx, key); return err })
	return n, err
}

func (f faulty) Due(ctx context.Context, l grant.Loop, now time.Time, limit int) (ids []grant.ID, err error) {
	err = f.b.storeCall("Due", func() error { ids, err = f.memory.Due(ctx, l, now, limit); return err })
	return ids, err
}

func (f faulty) List(ctx context.Context, q grant.Query) (gs []grant.Grant, err error) {
	err = f.b.storeCall("List", func() error { gs, err = f.memory.List(ctx, q); return err })
	return gs, err
}
