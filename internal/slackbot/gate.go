package slackbot

import (
	"context"
	"sync"
)

// A gate lets in a limited number of handlers at once, and none after it is closed.
type gate struct {
	slots    chan struct{}
	handlers sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

func newGate(most int) *gate { return &gate{slots: make(chan struct{}, most)} }

// enter reports whether a handler may begin. Each that begins calls leave at its end.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	select {
	case g.slots <- struct{}{}:
		g.handlers.Add(1)
		return true
	default:
		return false
	}
}

func (g *gate) leave() {
	<-g.slots
	g.handlers.Done()
}

// close closes the gate, and waits for the handlers until ctx ends.
func (g *gate) close(ctx context.Context) {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	waitFor(ctx, &g.handlers)
}

// waitFor waits for a group until ctx ends.
func waitFor(ctx context.Context, group *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
