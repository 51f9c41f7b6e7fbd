package slackbot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// waiting means that a message must wait for its turn.
type waiting struct{ until time.Time }

func (w waiting) Error() string { return "waiting for Slack's pace" }

// post posts a message at its turn. If Slack refuses a message permanently, post tries a plainer
// form, and then the admin channel. If Slack neither accepted nor refused the call, the message may
// exist, and a retry may post a duplicate: finding it needs a scope that the bot should not have. A
// click on the duplicate does not count, and replaces it.
func (b *Bot) post(ctx context.Context, to, holder string, m blocks.Message) (channel, ts string, err error) {
	channel, ts, err = b.postInto(ctx, to, holder, m)
	b.notePost(ctx, to, err)
	if isPermanent(err) && to != b.AdminChannel && !isPerson(to) && m.Thread == "" {
		channel, ts, err = b.postInto(ctx, b.AdminChannel, holder, m)
		b.notePost(ctx, b.AdminChannel, err)
	}
	return channel, ts, err
}

func isPerson(to string) bool { return strings.HasPrefix(to, "U") || strings.HasPrefix(to, "W") }

// postInto posts into one channel, in a plainer form if Slack refuses the first one.
func (b *Bot) postInto(ctx context.Context, to, holder string, m blocks.Message) (channel, ts string, err error) {
	if at := b.limiter.reserve(to, holder); time.Now().Before(at) {
		return "", "", waiting{at}
	}
	channel, ts, err = b.postNow(ctx, to, holder, m)
	if isPermanent(err) && !unreachable(err) && len(m.Blocks) > 0 {
		b.Log.WarnContext(ctx, "a message is posted in a plainer form", "channel", to, "err", err)
		channel, ts, err = b.postNow(ctx, to, holder, m.Plainer(err))
	}
	return channel, ts, err
}

func (b *Bot) postNow(ctx context.Context, to, holder string, m blocks.Message) (channel, ts string, err error) {
	channel, ts, err = b.api.PostMessageContext(ctx, to, m.Options()...)
	if wait, limited := limitedFor(err); limited {
		b.limiter.pushBack(to, wait)
		return "", "", waiting{b.limiter.reserve(to, holder)}
	}
	if err == nil && ts == "" {
		err = errors.New("chat.postMessage: Slack's answer has no timestamp")
	}
	if err != nil && !refusedBySlack(err) && !neverSent(err) {
		err = unknown{err}
	}
	return channel, ts, err
}

// unknown means that it is unknown whether a message was posted.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

const updating = "chat.update"

func (b *Bot) update(ctx context.Context, channel, ts string, m blocks.Message) error {
	if at := b.limiter.blockedUntil(updating); time.Now().Before(at) {
		return waiting{at}
	}
	_, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts, m.Options()...)
	if isPermanent(err) && !lost(err) && len(m.Blocks) > 0 {
		b.Log.WarnContext(ctx, "a message is updated in a plainer form", "channel", channel, "err", err)
		_, _, _, err = b.api.UpdateMessageContext(ctx, channel, ts, m.Plainer(err).Options()...)
	}
	if wait, limited := limitedFor(err); limited {
		b.limiter.shutFor(updating, wait)
		return waiting{b.limiter.blockedUntil(updating)}
	}
	return err
}

// updateLater is update, at its turn in a separate rate limit.
func (b *Bot) updateLater(ctx context.Context, channel, ts, holder string, m blocks.Message) error {
	if at := b.limiter.reserve(redrawing, holder); time.Now().Before(at) {
		return waiting{at}
	}
	return b.update(ctx, channel, ts, m)
}

func isWaiting(err error) bool { return errors.As(err, new(waiting)) }

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

// recovered is deferred in goroutines, and turns a panic into a logged fault.
func (b *Bot) recovered(ctx context.Context, doing string, id grant.ID) {
	if r := recover(); r != nil {
		b.Log.ErrorContext(ctx, "panic", "while", doing, "grant", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
