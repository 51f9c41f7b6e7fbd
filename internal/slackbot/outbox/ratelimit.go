package outbox

import (
	"context"
	"maps"
	"slices"
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

// Slack accepts several hundred posts a minute in a workspace, and about 50 updates of messages.
const (
	postSpacing   = 200 * time.Millisecond
	postBurst     = 24
	updateSpacing = 1200 * time.Millisecond
	updateBurst   = 16
)

// A class orders messages where many share a limit.
type class int

const (
	awaited class = iota // a person waits for it: cards, alerts, decisions, access that is active or failed
	told                 // access that ends or has ended
	quiet                // status messages, replies in threads, redraws
	classes
)

// A pool is a limit that the calls of all channels share. Each class has its own queue, and a lower
// class leaves a part of the burst to those above it, so that they hardly wait for it.
type pool struct {
	spacing time.Duration
	burst   int
	drained time.Time          // when its quota is complete again
	next    [classes]time.Time // the end of each queue
}

// turn takes a turn and returns true, or returns when to ask again. queued means that the caller has
// asked before.
func (q *pool) turn(c class, queued bool, now time.Time) (at time.Time, taken bool) {
	free := q.drained.Add(-time.Duration(q.burst>>c-1) * q.spacing)
	if !free.After(now) && (queued || !q.next[c].After(now)) {
		q.drained = latest(q.drained, now).Add(q.spacing)
		return now, true
	}
	at = latest(latest(free, q.next[c]), now)
	q.next[c] = at.Add(q.spacing)
	return at, false
}

// pause stops all turns until then.
func (q *pool) pause(then time.Time) {
	q.drained = latest(q.drained, then.Add(time.Duration(q.burst-1)*q.spacing))
	q.next = [classes]time.Time{}
}

// A rateLimiter spaces the messages in each channel and in the workspace. A delayed message gets a
// ticket for its own time, so that many delayed ones are not sent at the same moment.
type rateLimiter struct {
	mu      sync.Mutex
	drained map[string]time.Time // by channel: when its quota is complete again
	tickets map[ticket]*place
	limited map[string]time.Time // by channel: the end of a rate limit
	posts   pool
	updates pool
}

type ticket struct{ channel, holder string }

// A place is the turn of a ticket's holder.
type place struct {
	at     time.Time
	queued bool // in the pool; its turn in the channel is over
}

// updating stands for a channel in calls of chat.update, which have only the limit of the workspace.
const updating = "chat.update"

func newRateLimiter() *rateLimiter {
	return &rateLimiter{drained: map[string]time.Time{}, tickets: map[ticket]*place{}, limited: map[string]time.Time{},
		posts: pool{spacing: postSpacing, burst: postBurst}, updates: pool{spacing: updateSpacing, burst: updateBurst}}
}

// reserve returns when the holder may post into a channel, or ask again. Before that time it returns the
// same time again; a time that is not in the future uses up the ticket.
func (p *rateLimiter) reserve(channel, holder string, c class) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, mine := time.Now(), p.place(channel, holder)
	if now.Before(mine.at) {
		return mine.at
	}
	shared := &p.posts
	if channel == updating {
		shared = &p.updates
	}
	at, taken := shared.turn(c, mine.queued, now)
	mine.at, mine.queued = at, true
	if taken {
		delete(p.tickets, ticket{channel, holder})
		p.tidy(now)
	}
	return at
}

// place returns the holder's place in a channel, with the lock held.
func (p *rateLimiter) place(channel, holder string) *place {
	t := ticket{channel, holder}
	if p.tickets[t] == nil {
		now := time.Now()
		at := now
		if channel != updating {
			at = latest(now, p.drained[channel].Add(-(burst-1)*spacing))
			p.drained[channel] = latest(p.drained[channel], now).Add(spacing)
		}
		p.tickets[t] = &place{at: at}
	}
	return p.tickets[t]
}

// prioritize gives the holder the next turn in a channel. All others there get the turn after their
// own.
func (p *rateLimiter) prioritize(channel, holder string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.place(channel, holder) // the last turn; the others move up to it
	now, last := time.Now(), mine.at
	for t, other := range p.tickets {
		if t.channel == channel && other != mine && !other.queued && other.at.After(now) && other.at.Before(last) {
			mine.at = earliest(mine.at, other.at)
			other.at = other.at.Add(spacing)
		}
	}
}

// abandon returns the turns of some holders in a channel. The others there move up.
func (p *rateLimiter) abandon(channel string, gone func(holder string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var first time.Time
	var left []*place
	for t, one := range p.tickets {
		if t.channel != channel || one.queued || !one.at.After(now) {
			continue
		}
		if first.IsZero() {
			first = one.at
		}
		first = earliest(first, one.at)
		if gone(t.holder) {
			delete(p.tickets, t)
		} else {
			left = append(left, one)
		}
	}
	if first.IsZero() {
		return
	}
	slices.SortFunc(left, func(a, b *place) int { return a.at.Compare(b.at) })
	for i, one := range left {
		one.at = first.Add(time.Duration(i) * spacing)
	}
	p.drained[channel] = first.Add(time.Duration(len(left)+burst-1) * spacing)
}

// wait waits for the holder's turn in a channel.
func (p *rateLimiter) wait(ctx context.Context, channel, holder string, c class) bool {
	for {
		at := p.reserve(channel, holder, c)
		if !time.Now().Before(at) {
			return true
		}
		if !backoff.Wait(ctx, time.Until(at)) {
			return false
		}
	}
}

// tidy removes idle channels, and tickets whose holder has not returned.
func (p *rateLimiter) tidy(now time.Time) {
	if len(p.drained) < 1000 {
		return
	}
	maps.DeleteFunc(p.tickets, func(_ ticket, one *place) bool { return one.at.Before(now.Add(-time.Hour)) })
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
	if others { // Slack does not name the limit behind a 429: two limited channels mean the workspace's
		clear(p.tickets)
		p.posts.pause(now.Add(wait))
	}
}

// backlog returns how long a new message of a class would wait for its turn in a channel.
func (p *rateLimiter) backlog(channel string, c class) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if channel == updating {
		return time.Until(p.updates.next[c])
	}
	return max(time.Until(p.drained[channel].Add(-(burst-1)*spacing)), time.Until(p.posts.next[c]))
}

// pauseUpdates records a rate limit of chat.update.
func (p *rateLimiter) pauseUpdates(wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.updates.pause(time.Now().Add(wait))
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
