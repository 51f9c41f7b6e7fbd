package outbox

import (
	"sync"
	"time"

	"s3share/internal/grant"
)

// inflight holds the grants whose messages are in progress, and those that pause after a failed
// read or commit.
type inflight struct {
	ended chan struct{} // receives after a pass has ended

	mu    sync.Mutex
	busy  map[grant.ID]chan struct{} // closed and replaced at each step
	held  map[grant.ID]time.Time
	first *time.Timer // the end of the first pause
}

func newInflight() *inflight {
	first := time.NewTimer(time.Hour)
	first.Stop()
	return &inflight{ended: make(chan struct{}, 1), busy: map[grant.ID]chan struct{}{}, held: map[grant.ID]time.Time{},
		first: first}
}

// begin reports whether the caller may update the grant's messages now.
func (p *inflight) begin(id grant.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, busy := p.busy[id]; busy || time.Now().Before(p.held[id]) {
		return false
	}
	delete(p.held, id)
	p.busy[id] = make(chan struct{})
	return true
}

// end records the end of a pass. The next one does not begin before until, if that is in the
// future.
func (p *inflight) end(id grant.ID, until time.Time) {
	p.mu.Lock()
	close(p.busy[id])
	delete(p.busy, id)
	if until.After(time.Now()) {
		p.held[id] = until
		p.rewind()
	}
	p.mu.Unlock()
	select {
	case p.ended <- struct{}{}:
	default:
	}
}

// rewind sets the timer to the end of the first pause, and removes pauses that are over.
func (p *inflight) rewind() {
	var first time.Time
	now := time.Now()
	for id, at := range p.held {
		switch {
		case !at.After(now):
			delete(p.held, id)
		case first.IsZero() || at.Before(first):
			first = at
		}
	}
	if !first.IsZero() {
		p.first.Reset(first.Sub(now))
	}
}

// nextHeld receives when a pause is over.
func (p *inflight) nextHeld() <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewind()
	return p.first.C
}

// waitCh returns a channel that is closed at the next step of a grant's pass, or nil if none is in
// progress.
func (p *inflight) waitCh(id grant.ID) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, busy := p.busy[id]; busy {
		return c
	}
	return nil
}

func (p *inflight) broadcast(id grant.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, busy := p.busy[id]; busy {
		close(c)
		p.busy[id] = make(chan struct{})
	}
}
