package outbox

import (
	"context"
	"sync"
	"time"

	"s3share/internal/backoff"
)

// Slack accepts about one message a second in a channel, and short bursts
// (docs.slack.dev/apis/web-api/rate-limits).
const (
	spacing = time.Second
	burst   = 5
)

// redrawing stands for a channel in the rate limit for removing buttons. Slack accepts about 50
// updates of messages a minute, and most of them are for cards.
const redrawing = "redraw"

// spacingIn returns the interval between messages.
func spacingIn(channel string) time.Duration {
	if channel == redrawing {
		return 3 * spacing
	}
	return spacing
}

// A rateLimiter spaces the messages in each channel. A delayed message gets a ticket for its own time, so that many
// delayed ones are not sent at the same moment.
type rateLimiter struct {
	mu      sync.Mutex
	drained map[string]time.Time // by channel: when its quota is complete again
	tickets map[ticket]time.Time
	shut    map[string]time.Time // by method: the end of a rate limit
	limited map[string]time.Time // by channel: the end of a rate limit
	resume  time.Time            // the next turn of all channels after a limit of the whole workspace
}

type ticket struct{ channel, holder string }

func newRateLimiter() *rateLimiter {
	return &rateLimiter{drained: map[string]time.Time{}, tickets: map[ticket]time.Time{}, shut: map[string]time.Time{},
		limited: map[string]time.Time{}}
}

// reserve returns when the holder may post into a channel. Before that time it returns the same
// time again; at or after it, it uses up the ticket.
func (p *rateLimiter) reserve(channel, holder string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, t := time.Now(), ticket{channel, holder}
	at, has := p.tickets[t]
	if !has {
		at = p.drained[channel].Add(-(burst - 1) * spacingIn(channel))
		if at.Before(now) {
			at = now
		}
		if at.Before(p.resume) && channel != redrawing {
			at = p.resume
			p.resume = p.resume.Add(workspaceSpacing)
		}
		p.drained[channel] = latest(p.drained[channel], now).Add(spacingIn(channel))
		p.tickets[t] = at
	}
	if !now.Before(at) {
		delete(p.tickets, t)
		p.tidy(now)
	}
	return at
}

// prioritize gives the holder the next turn in a channel. All others there get the turn after their
// own.
func (p *rateLimiter) prioritize(channel, holder string) {
	at := p.reserve(channel, holder) // the last turn; the others move up to it
	p.mu.Lock()
	defer p.mu.Unlock()
	now, mine := time.Now(), ticket{channel, holder}
	if !now.Before(at) {
		p.tickets[mine] = at // it was used up
		return
	}
	first := at
	for t, other := range p.tickets {
		if t.channel == channel && t != mine && other.After(now) && other.Before(at) {
			if other.Before(first) {
				first = other
			}
			p.tickets[t] = other.Add(spacingIn(channel))
		}
	}
	p.tickets[mine] = first
}

// wait waits for the holder's turn in a channel.
func (p *rateLimiter) wait(ctx context.Context, channel, holder string) bool {
	for {
		at := p.reserve(channel, holder)
		if !time.Now().Before(at) {
			return true
		}
		if !backoff.Wait(ctx, time.Until(at)) {
			return false
		}
	}
}

// tidy removes idle channels.
func (p *rateLimiter) tidy(now time.Time) {
	if len(p.drained) < 1000 {
		return
	}
	for channel, at := range p.drained {
		if at.Before(now) {
			delete(p.drained, channel)
		}
	}
}

// pushBack makes all holders in a channel wait as Slack requests, and then take turns.
func (p *rateLimiter) pushBack(channel string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.tickets {
		if t.channel == channel {
			delete(p.tickets, t)
		}
	}
	now := time.Now()
	p.drained[channel] = latest(p.drained[channel], now.Add(wait+(burst-1)*spacing))
	others := false
	for other, until := range p.limited {
		switch {
		case !until.After(now):
			delete(p.limited, other)
		case other != channel:
			others = true
		}
	}
	p.limited[channel] = now.Add(wait)
	if others {
		p.slowAll(now.Add(wait))
	}
}

// workspaceSpacing is the interval between posts after a limit of the whole workspace, which is
// about 300 posts a minute.
const workspaceSpacing = 200 * time.Millisecond

// slowAll makes all channels wait until then. Slack does not name the limit behind a 429: two
// limited channels at once mean the workspace's limit.
func (p *rateLimiter) slowAll(then time.Time) {
	clear(p.tickets)
	p.resume = latest(p.resume, then)
}

// shutFor records a rate limit of a method.
func (p *rateLimiter) shutFor(method string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut[method] = latest(p.shut[method], time.Now().Add(wait))
}

// blockedUntil returns when a method may be called again; a time in the past if it may be called
// now.
func (p *rateLimiter) blockedUntil(method string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shut[method]
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
