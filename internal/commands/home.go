package commands

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
	"s3share/internal/ttlmap"
)

// A Home holds the grants on one person's Home tab.
type Home struct {
	Waiting  []grant.Grant // requests and extensions for their decision, oldest first
	Asked    []PendingItem // other questions for them, oldest first
	Open     []grant.Grant // their grants that are approved, active or ending, by expiry
	Requests []grant.Grant // their undecided requests, newest first
	Recent   []grant.Grant // finished grants that they requested, benefit from or took part in
	Frozen   *grant.Freeze // nil: not frozen
}

// recently is the number of finished grants on a Home.
const recently = 5

// Home returns the contents of the caller's Home. It uses cached answers of Slack about the caller,
// because a Home permits nothing.
func (s *Service) Home(ctx context.Context, c Invocation) (h Home, err error) {
	if h.Frozen, err = store.Frozen(ctx, s.store); err != nil {
		return h, err
	}
	open, err := s.store.List(ctx, store.Query{States: openStates})
	if err != nil {
		return h, fmt.Errorf("listing grants: %w", err)
	}
	over, err := s.unreviewedGrants(ctx)
	if err != nil {
		return h, err
	}
	by := s.cachedActor(ctx, c)
	for _, g := range newestFirst(open, over) {
		switch theirs := g.ConcernsToday(c.By, s.rules.OwnersOf(g.Principal.ARN)); {
		case g.State.Open() && !g.IsBatchLead(): // decided with the lead of its batch
		case theirs && g.State.Open():
			h.Requests = append(h.Requests, g)
		case theirs && g.State != grant.Ended:
			h.Open = append(h.Open, g)
		}
		for _, q := range s.pendingQuestions(g, by) {
			switch {
			case q != grant.ToDecide:
				h.Asked = append(h.Asked, PendingItem{g, q})
			case g.State != grant.Pending || g.IsBatchLead():
				h.Waiting = append(h.Waiting, g)
			}
		}
	}
	slices.Reverse(h.Waiting)
	slices.Reverse(h.Asked)
	slices.SortStableFunc(h.Open, func(a, b grant.Grant) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	h.Recent, err = s.recent(ctx, c.By)
	return h, err
}

// recent returns the last finished grants that p requested or took part in. A query of p's own
// requests finds those behind any number of others.
func (s *Service) recent(ctx context.Context, p grant.Person) (found []grant.Grant, err error) {
	over := []grant.State{grant.Ended, grant.Denied, grant.Cancelled, grant.Lapsed, grant.Refused}
	for _, q := range []store.Query{{Requester: p.User, Limit: recently}, {Limit: 200}} {
		q.States = over
		gs, err := s.store.List(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("listing grants: %w", err)
		}
		for _, g := range gs {
			known := slices.ContainsFunc(found, func(f grant.Grant) bool { return f.ID == g.ID })
			if !known && (g.Concerns(p) || tookPart(g, p)) {
				found = append(found, g)
			}
		}
	}
	found = newestFirst(found)
	return found[:min(recently, len(found))], nil
}

func newestFirst(all ...[]grant.Grant) []grant.Grant {
	gs := slices.Concat(all...)
	slices.SortStableFunc(gs, func(a, b grant.Grant) int { return b.AskedAt.Compare(a.AskedAt) })
	return gs
}

func tookPart(g grant.Grant, p grant.Person) bool {
	return slices.ContainsFunc(g.History, func(ev grant.Event) bool { return ev.By.Same(p) })
}

// actorCache caches Slack's answers about people for a short time.
type actorCache struct {
	seen ttlmap.Map[grant.Person, grant.Actor] // seen guards itself

	mu      sync.Mutex
	running map[grant.Person]chan struct{} // lookups in flight, by person
}

const (
	actorCacheTTL      = 2 * time.Minute
	actorLookupTimeout = 5 * time.Second
)

// asks returns a channel that is closed when the lookup of p in flight ends, or nil if there is
// none.
func (g *actorCache) asks(p grant.Person) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running[p]
}

// begin registers a lookup of p. The caller passes the channel to end. It is nil if another lookup
// of p is in flight.
func (g *actorCache) begin(p grant.Person) (done chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running[p] != nil {
		return nil
	}
	if g.running == nil {
		g.running = map[grant.Person]chan struct{}{}
	}
	done = make(chan struct{})
	g.running[p] = done
	return done
}

func (g *actorCache) end(p grant.Person, done chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.running, p)
	close(done)
}

// cachedActor returns Slack's answer about the caller, from the cache if possible.
func (s *Service) cachedActor(ctx context.Context, c Invocation) grant.Actor {
	if by, known := s.actors.seen.Get(c.By, s.now()); known {
		return by
	}
	by := s.actor(ctx, c, c.By, append(s.groupsThatSee(), s.groupsThatAsk()...))
	if by.Standing != grant.Unknown {
		s.actors.seen.Put(c.By, by, s.now(), actorCacheTTL)
	}
	return by
}

// warmActor starts a lookup of the caller, unless the answer is cached.
func (s *Service) warmActor(ctx context.Context, c Invocation) {
	if _, known := s.actors.seen.Get(c.By, s.now()); known {
		return
	}
	done := s.actors.begin(c.By)
	if done == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer s.actors.end(c.By, done)
		ctx, cancel := context.WithTimeout(ctx, actorLookupTimeout)
		defer cancel()
		s.cachedActor(ctx, c)
	}()
}

// Get returns a grant for a message that already shows it to the caller.
func (s *Service) Get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	g, err := s.store.Get(ctx, id)
	return g, notFoundOr(id, err)
}

// Earlier returns the earlier grants of g's principal on its bucket, newest first. It returns at
// most ten, and only those that the caller may see.
func (s *Service) Earlier(ctx context.Context, c Invocation, g grant.Grant) []grant.Grant {
	past, err := s.store.List(ctx, store.Query{Principal: g.Principal.ARN, Bucket: g.Bucket.Name})
	if err != nil {
		s.log.WarnContext(ctx, "listing earlier grants", "grant", g.ID, "err", err)
		return nil
	}
	past = slices.DeleteFunc(past, func(p grant.Grant) bool { return p.ID == g.ID })
	past = s.visibleTo(s.cachedActor(ctx, c), past)
	return past[:min(10, len(past))]
}
