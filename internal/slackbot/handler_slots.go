package slackbot

import (
	"context"
	"sync"
	"time"
)

// handlerSlots bound the number of handlers at once. No handler begins after they are closed.
// Handlers run in goroutines that are used again, because a new one has to grow its stack each time.
type handlerSlots struct {
	slots    chan struct{}
	next     chan func() // to a goroutine that waits for its next handler
	handlers sync.WaitGroup

	mu     sync.Mutex
	closed bool
	over   chan struct{} // closed with them
}

func newHandlerSlots(most int) *handlerSlots {
	return &handlerSlots{slots: make(chan struct{}, most), next: make(chan func()), over: make(chan struct{})}
}

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

// idleHandler is how long a goroutine waits for its next handler.
const idleHandler = time.Second

// run runs a handler in the background.
func (h *handlerSlots) run(handle func()) {
	select {
	case h.next <- handle:
	default:
		go h.serve(handle)
	}
}

func (h *handlerSlots) serve(handle func()) {
	idle := time.NewTimer(idleHandler)
	defer idle.Stop()
	for {
		handle()
		idle.Reset(idleHandler)
		select {
		case handle = <-h.next:
		case <-idle.C:
			return
		case <-h.over:
			return
		}
	}
}

func (h *handlerSlots) leave() {
	<-h.slots
	h.handlers.Done()
}

// close stops handlers from beginning, and waits for the others until ctx ends.
func (h *handlerSlots) close(ctx context.Context) {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.over)
	}
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
