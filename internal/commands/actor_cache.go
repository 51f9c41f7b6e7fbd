package commands

import (
	"context"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/ttlmap"
)

const (
	actorCacheTTL      = 2 * time.Minute
	actorLookupTimeout = 5 * time.Second
	// suggestWithin limits the wait of a form's field for a lookup in flight.
	suggestWithin = 300 * time.Millisecond
)

// actorCache keeps Slack's answers about callers for a short time. It serves forms and Homes only: an
// act has only the directory, which asks anew.
type actorCache struct {
	directory *directory
	seen      ttlmap.Map[grant.Person, grant.Actor] // seen guards itself
	lookups   sync.WaitGroup

	mu      sync.Mutex
	running map[grant.Person]chan struct{} // lookups in flight, by person
}

// actor returns Slack's answer about the caller, from the cache if possible.
func (a *actorCache) actor(ctx context.Context, c Invocation) grant.Actor {
	if by, known := a.recent(c.By); known {
		return by
	}
	rules := a.directory.rules
	by := a.directory.actor(ctx, c, c.By, append(rules.groupsThatSee(), rules.groupsThatRequest()...))
	if by.Standing != grant.Unknown {
		a.seen.Put(c.By, by, a.directory.now(), actorCacheTTL)
	}
	return by
}

// recent returns the cached answer about p, if there is one.
func (a *actorCache) recent(p grant.Person) (by grant.Actor, known bool) {
	return a.seen.Get(p, a.directory.now())
}

// await waits briefly for Slack's answer about the caller, and returns it if it came.
func (a *actorCache) await(ctx context.Context, c Invocation) (by grant.Actor, known bool) {
	if done := a.warm(ctx, c); done != nil {
		ctx, cancel := context.WithTimeout(ctx, suggestWithin)
		defer cancel()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	return a.recent(c.By)
}

// warm starts a lookup of the caller, unless the answer is cached. It returns a channel that is closed
// when the lookup in flight ends, or nil if there is none.
func (a *actorCache) warm(ctx context.Context, c Invocation) <-chan struct{} {
	if _, known := a.recent(c.By); known {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if done := a.running[c.By]; done != nil {
		return done
	}
	if a.running == nil {
		a.running = map[grant.Person]chan struct{}{}
	}
	done := make(chan struct{})
	a.running[c.By] = done
	ctx = context.WithoutCancel(ctx)
	a.lookups.Go(func() {
		defer a.end(c.By, done)
		ctx, cancel := context.WithTimeout(ctx, actorLookupTimeout)
		defer cancel()
		a.actor(ctx, c)
	})
	return done
}

func (a *actorCache) end(p grant.Person, done chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.running, p)
	close(done)
}
