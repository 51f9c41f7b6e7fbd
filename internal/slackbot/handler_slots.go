package slackbot

import (
	"context"
	"sync"
)

// handlerSlots bound the number of handlers at once. No handler begins after they are closed.
type handlerSlots struct {
	slots    chan struct{}
	handlers sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

func newHandlerSlots(most int) *handlerSlots { return &handlerSlots{slots: make(chan struct{}, most)} }

// enter reports whether a handler may begin. Each that begins calls leave at its end.
func (h *handlerSlots) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	select {
	case h.slots <- struct{}{}:
		h.handlers.Add(1)
		return true
	default:
		return false
	}
}

func (h *handlerSlots) leave() {
	<-h.slots
	h.handlers.Done()
}

// close stops handlers from beginning, and waits for the others until ctx ends.
func (h *handlerSlots) close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	waitFor(ctx, &h.handlers)
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
