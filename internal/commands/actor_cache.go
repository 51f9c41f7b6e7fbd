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

// cached returns Slack's answer about the caller, from the cache if possible.
func (d *directory) cached(ctx context.Context, c Invocation) grant.Actor {
	if by, known := d.recent(c.By); known {
		return by
	}
	by := d.actor(ctx, c, c.By, append(d.rules.groupsThatSee(), d.rules.groupsThatRequest()...))
	if by.Standing != grant.Unknown {
		d.cache.seen.Put(c.By, by, d.now(), actorCacheTTL)
	}
	return by
}

// recent returns the cached answer about p, if there is one.
func (d *directory) recent(p grant.Person) (by grant.Actor, known bool) {
	return d.cache.seen.Get(p, d.now())
}

// warm starts a lookup of the caller, unless the answer is cached.
func (d *directory) warm(ctx context.Context, c Invocation) {
	if _, known := d.recent(c.By); known {
		return
	}
	done := d.cache.begin(c.By)
	if done == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer d.cache.end(c.By, done)
		ctx, cancel := context.WithTimeout(ctx, actorLookupTimeout)
		defer cancel()
		d.cached(ctx, c)
	}()
}

// await waits briefly for Slack's answer about the caller, and returns it if it came.
func (d *directory) await(ctx context.Context, c Invocation) (by grant.Actor, known bool) {
	d.warm(ctx, c)
	if done := d.cache.inFlight(c.By); done != nil {
		ctx, cancel := context.WithTimeout(ctx, suggestWithin)
		defer cancel()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	return d.recent(c.By)
}

// actorCache caches Slack's answers about people for a short time.
type actorCache struct {
	seen ttlmap.Map[grant.Person, grant.Actor] // seen guards itself

	mu      sync.Mutex
	running map[grant.Person]chan struct{} // lookups in flight, by person
}

// inFlight returns a channel that is closed when the lookup of p in flight ends, or nil if there is
// none.
func (g *actorCache) inFlight(p grant.Person) chan struct{} {
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
