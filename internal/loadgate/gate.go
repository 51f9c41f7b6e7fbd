// Package loadgate lets work that nobody waits for step back while envelopes of Slack arrive, so that
// acknowledgements get the processors and the disk first.
//
// Requests that were acknowledged, checks of AWS, cards and the audit file call [Gate.Wait] before
// they begin. Decisions, early ends and removals do not: a person waits for them, or they close access.
//
// While envelopes arrive, a step begins only in a gap between two of them, or once it has waited for
// [patience]; then a backlog of thousands still drains. At most [perTurn] steps begin in a millisecond.
// After [calm] without an envelope all of them begin at once.
package loadgate

import (
	"context"
	"sync"
	"time"
)

const (
	gap      = time.Millisecond
	patience = time.Second
	calm     = 20 * time.Millisecond
	perTurn  = 2
)

// A Gate knows when the last envelope arrived, and holds the steps that wait. It is safe for concurrent
// use. A nil gate is always open.
type Gate struct {
	mu      sync.Mutex
	last    time.Time // the last envelope
	waiting []step    // in order of arrival
	opening bool      // a goroutine opens the gate for the waiting steps
}

type step struct {
	since time.Time
	begin chan struct{} // closed when it may begin
}

// Arrived notes that an envelope has arrived, or was acknowledged.
func (g *Gate) Arrived() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = time.Now()
}

// Wait returns when a step of background work may begin, or when ctx ends.
func (g *Gate) Wait(ctx context.Context) {
	begin := g.enter()
	if begin == nil {
		return
	}
	select {
	case <-begin:
	case <-ctx.Done():
	}
}

// enter adds a step; nil if it may begin at once.
func (g *Gate) enter() <-chan struct{} {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if len(g.waiting) == 0 && now.Sub(g.last) >= calm {
		return nil
	}
	s := step{since: now, begin: make(chan struct{})}
	g.waiting = append(g.waiting, s)
	if !g.opening {
		g.opening = true
		go g.open()
	}
	return s.begin
}

// open lets the waiting steps begin, and ends when none is left.
func (g *Gate) open() {
	for g.turn() {
		time.Sleep(gap)
	}
}

// turn lets steps begin, if it is their turn. It returns false if none is left.
func (g *Gate) turn() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	begin := 0
	switch quiet := now.Sub(g.last); {
	case quiet >= calm:
		begin = len(g.waiting)
	case quiet >= gap || now.Sub(g.waiting[0].since) >= patience:
		begin = min(perTurn, len(g.waiting))
	}
	for _, s := range g.waiting[:begin] {
		close(s.begin)
	}
	g.waiting = g.waiting[begin:]
	g.opening = len(g.waiting) > 0
	return g.opening
}
