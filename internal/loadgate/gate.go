// Package loadgate lets work that nobody waits for step back while envelopes of Slack arrive, so that
// acknowledgements get the processors and the disk first.
//
// Requests that were acknowledged, checks of AWS, cards and the audit file call [Gate.Wait] before
// they begin. Decisions, early ends and removals do not: a person waits for them, or they close access.
//
// While envelopes arrive, a step begins only when all of them are acknowledged and none came for a
// [gap], or once it has waited for [patience]; then a backlog of thousands still drains. At most
// [perTurn] steps begin in a millisecond. After [calm] without an envelope all of them begin at once.
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
	unacked int       // envelopes that are not acknowledged
	last    time.Time // the last receipt or acknowledgement
	waiting []step    // in order of arrival
	opening bool      // a goroutine opens the gate for the waiting steps
}

type step struct {
	since time.Time
	begin chan struct{} // closed when it may begin
}

// Arrived notes that an envelope has arrived. The caller calls acknowledged once, when it was
// acknowledged or left to Slack.
func (g *Gate) Arrived() (acknowledged func()) {
	if g == nil {
		return func() {}
	}
	g.count(1)
	return func() { g.count(-1) }
}

func (g *Gate) count(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unacked += n
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
	if len(g.waiting) == 0 && g.isQuiet(now, calm) {
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
	switch {
	case g.isQuiet(now, calm):
		begin = len(g.waiting)
	case g.isQuiet(now, gap) || now.Sub(g.waiting[0].since) >= patience:
		begin = min(perTurn, len(g.waiting))
	}
	for _, s := range g.waiting[:begin] {
		close(s.begin)
	}
	g.waiting = g.waiting[begin:]
	g.opening = len(g.waiting) > 0
	return g.opening
}

// isQuiet reports whether every envelope is acknowledged, and nothing was for a while. The caller holds
// g.mu.
func (g *Gate) isQuiet(now time.Time, during time.Duration) bool {
	return g.unacked == 0 && now.Sub(g.last) >= during
}
