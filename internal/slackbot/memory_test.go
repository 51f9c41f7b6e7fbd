package slackbot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"s3share/internal/grant"
)

// memory is a store that keeps and compares, in memory. What any store must do is
// held elsewhere; this one does as much of it as Slack's side needs.
type memory struct {
	mu         sync.Mutex
	grants     map[grant.ID]grant.Grant
	deliveries map[grant.ID]grant.Delivery
	wakes      map[grant.Loop]map[grant.ID]time.Time
	causes     map[string]bool
	listeners  []chan struct{}
}

func newMemory() *memory {
	return &memory{grants: map[grant.ID]grant.Grant{}, deliveries: map[grant.ID]grant.Delivery{}, wakes: map[grant.Loop]map[grant.ID]time.Time{}, causes: map[string]bool{}}
}

func (m *memory) Subscribe() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := make(chan struct{}, 1)
	m.listeners = append(m.listeners, c)
	return c
}

func (m *memory) Commit(_ context.Context, c grant.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, cause := range c.Causes {
		if m.causes[cause] {
			return grant.ErrDuplicate
		}
	}
	for _, g := range c.Grants {
		if m.grants[g.ID].Version != g.Version {
			return grant.ErrConflict
		}
	}
	for _, d := range c.Deliveries {
		if m.deliveries[d.ID].Version != d.Version {
			return grant.ErrConflict
		}
	}
	for _, e := range c.Expect {
		if m.grants[e.ID].Version != e.Version {
			return grant.ErrConflict
		}
	}
	m.apply(c)
	for _, l := range m.listeners {
		select {
		case l <- struct{}{}:
		default:
		}
	}
	return nil
}

func (m *memory) apply(c grant.Change) {
	for _, cause := range c.Causes {
		m.causes[cause] = true
	}
	for _, g := range c.Grants {
		g.Version++
		m.grants[g.ID] = g
	}
	for _, d := range c.Deliveries {
		d.Version++
		d.Posts = slices.Clone(d.Posts)
		m.deliveries[d.ID] = d
	}
	for _, w := range c.Wakes {
		if m.wakes[w.Loop] == nil {
			m.wakes[w.Loop] = map[grant.ID]time.Time{}
		}
		m.wakes[w.Loop][w.ID] = w.At
		if w.At.IsZero() {
			delete(m.wakes[w.Loop], w.ID)
		}
	}
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

func (m *memory) Delivery(_ context.Context, id grant.ID) (grant.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.deliveries[id]
	d.ID, d.Posts = id, slices.Clone(d.Posts)
	return d, nil
}

func (m *memory) Due(_ context.Context, l grant.Loop, now time.Time, limit int) (ids []grant.ID, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, at := range m.wakes[l] {
		if !at.After(now) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b grant.ID) int {
		return cmp.Or(m.wakes[l][a].Compare(m.wakes[l][b]), cmp.Compare(a, b))
	})
	return ids[:min(limit, len(ids))], nil
}

func (m *memory) List(_ context.Context, q grant.Query) (gs []grant.Grant, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.grants {
		if (q.Requester == "" || g.Requester.User == q.Requester) && (q.Bucket == "" || g.Bucket.Name == q.Bucket) &&
			(q.Principal == "" || g.Principal.ARN == q.Principal) && (len(q.States) == 0 || slices.Contains(q.States, g.State)) {
			gs = append(gs, g)
		}
	}
	slices.SortFunc(gs, func(a, b grant.Grant) int { return cmp.Or(b.AskedAt.Compare(a.AskedAt), cmp.Compare(a.ID, b.ID)) })
	return gs, nil
}

func (m *memory) Count(ctx context.Context, q grant.Query) (int, error) {
	q.Limit = 0
	gs, err := m.List(ctx, q)
	return len(gs), err
}

func (*memory) Note(context.Context, string) (grant.Note, error) {
	return grant.Note{}, grant.ErrNotFound
}

func (*memory) Acquire(context.Context, string, string, time.Time, time.Duration) (uint64, error) {
	return 0, errors.New("there are no leases here")
}

func (*memory) Verify(context.Context) (grant.Head, error) { return grant.Head{}, nil }
func (*memory) Close() error                               { return nil }
