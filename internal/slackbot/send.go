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

// waiting is that something may not be sent yet.
type waiting struct{ until time.Time }

func (w waiting) Error() string { return "waiting for Slack's pace" }

// post posts a message, when it is its turn. A message that Slack refuses for
// good is posted in a plainer form, and then into the admin channel. If Slack
// neither accepted nor refused the call, the message may exist, and a retry may
// post a second one: finding the first takes a scope that the bot should not
// have. A click on the copy does not count, and replaces it.
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

// postInto posts into one channel, in a plainer form if Slack refuses the first.
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

// unknown is that nobody can say whether something was posted.
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

// updateLater is update, one at a time and only when it is its turn.
func (b *Bot) updateLater(ctx context.Context, channel, ts, holder string, m blocks.Message) error {
	if at := b.limiter.reserve(redrawing, holder); time.Now().Before(at) {
		return waiting{at}
	}
	return b.update(ctx, channel, ts, m)
}

func isWaiting(err error) bool { return errors.As(err, new(waiting)) }

// inflight is which grants are being told of just now, and which are left alone
// for a moment, because it could not be read or recorded how far that has come.
type inflight struct {
	ended chan struct{} // receives after one has ended

	mu    sync.Mutex
	busy  map[grant.ID]chan struct{} // closed and replaced at each step
	held  map[grant.ID]time.Time
	first *time.Timer // when the first of them is let go
}

func newInflight() *inflight {
	first := time.NewTimer(time.Hour)
	first.Stop()
	return &inflight{ended: make(chan struct{}, 1), busy: map[grant.ID]chan struct{}{}, held: map[grant.ID]time.Time{}, first: first}
}

// begin reports whether the caller may bring the grant up to date now.
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

// end notes that the grant was looked at, and is not before until, if that is to come.
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

// rewind sets the timer to the first of those that are held, and forgets those
// that are not any more.
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

// nextHeld receives when one that was held may go on.
func (p *inflight) nextHeld() <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewind()
	return p.first.C
}

// waitCh returns a channel that is closed at the next step of what is being told of
// a grant, or nil if nothing is.
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

// recovered is deferred around what must not take the program down: a panic is a
// fault like any other.
func (b *Bot) recovered(ctx context.Context, doing string, id grant.ID) {
	if r := recover(); r != nil {
		b.Log.ErrorContext(ctx, "panic", "while", doing, "grant", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}
