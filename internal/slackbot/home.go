package slackbot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// homes lists the recently opened Homes, which are kept up to date. Slack reports when a Home is
// opened, but not when it is closed.
type homes struct {
	api     *slack.Client
	service *commands.Service
	commits <-chan struct{}
	now     func() time.Time
	log     *slog.Logger

	wake chan struct{} // a Home was opened

	mu   sync.Mutex
	open map[grant.Person]*home
}

// A home is one opened Home. homes.mu guards it.
type home struct {
	opened time.Time // the last time
	shown  string    // the digest of the last published view
	due    bool
	failed bool      // Slack refused it, or its data could not be read
	until  time.Time // when its contents become wrong; zero: never
}

const (
	homeStays = 24 * time.Hour
	homesMost = 500
	homePause = 500 * time.Millisecond // so that a burst of changes is drawn once
	homeTurns = 5 * time.Minute        // interval of updates of the remaining time
)

var homeBackoff = backoff.Backoff{First: 5 * time.Second, Max: 5 * time.Minute}

func newHomes(api *slack.Client, service *commands.Service, commits <-chan struct{}, now func() time.Time,
	log *slog.Logger) *homes {
	return &homes{api: api, service: service, commits: commits, now: now, log: log,
		wake: make(chan struct{}, 1), open: map[grant.Person]*home{}}
}

// opens records that a person opened their Home.
func (h *homes) opens(p grant.Person, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[p] == nil {
		h.open[p] = new(home)
	}
	h.open[p].opened, h.open[p].due, h.open[p].shown = now, true, ""
	select {
	case h.wake <- struct{}{}:
	default:
	}
	if len(h.open) <= homesMost {
		return
	}
	oldest := p
	for q, one := range h.open {
		if one.opened.Before(h.open[oldest].opened) {
			oldest = q
		}
	}
	delete(h.open, oldest)
}

// update changes a Home that is still open.
func (h *homes) update(p grant.Person, change func(*home)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.open[p]; one != nil {
		change(one)
	}
}

// updateAll changes all Homes, and forgets those that were opened long ago.
func (h *homes) updateAll(now time.Time, change func(*home)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, one := range h.open {
		if now.Sub(one.opened) > homeStays {
			delete(h.open, p)
			continue
		}
		change(one)
	}
}

// next returns the most recently opened Home that is due.
func (h *homes) next() (p grant.Person, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for q, one := range h.open {
		if one.due && (!ok || one.opened.After(h.open[p].opened)) {
			p, ok = q, true
		}
	}
	if ok {
		h.open[p].due, h.open[p].failed = false, false
	}
	return p, ok
}

func (h *homes) haveFailed() (failed bool) {
	h.updateAll(h.now(), func(one *home) { failed = failed || one.failed })
	return failed
}

// run publishes open Homes until ctx ends: within seconds of a change, only if the view
// differs, and within Slack's rate limit. Failures are retried with backoff.
func (h *homes) run(ctx context.Context) {
	turns := time.NewTicker(homeTurns)
	defer turns.Stop()
	var retry <-chan time.Time
	failures := 0
	for {
		for {
			p, ok := h.next()
			if !ok || ctx.Err() != nil {
				break
			}
			if wait := h.publish(ctx, p); wait > 0 {
				h.update(p, func(one *home) { one.due = true })
				if !backoff.Wait(ctx, wait) {
					return
				}
			}
		}
		switch failed := h.haveFailed(); {
		case !failed:
			retry, failures = nil, 0
		case retry == nil:
			retry = time.After(homeBackoff.Pause(failures))
			failures++
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-retry:
			retry = nil
			h.updateAll(h.now(), func(one *home) { one.due, one.failed = one.due || one.failed, false })
		case <-turns.C:
			now := h.now()
			h.updateAll(now, func(one *home) { one.due = one.due || !one.until.IsZero() && !now.Before(one.until) })
		case <-h.commits:
			if !backoff.Wait(ctx, homePause) {
				return
			}
			h.updateAll(h.now(), func(one *home) { one.due = true })
		}
	}
}

// publish draws one Home, and returns the wait that Slack requests.
func (h *homes) publish(ctx context.Context, p grant.Person) (wait time.Duration) {
	contents, err := h.service.Queries.Home(ctx, commands.Invocation{By: p})
	if err != nil {
		h.log.WarnContext(ctx, "reading what a Home shows", "person", p.User, "err", err)
		h.update(p, func(one *home) { one.failed = true })
		return 0
	}
	now := h.now()
	view := blocks.HomeView(p, contents, now)
	digest := blocks.HomeDigest(view)
	same := false
	h.update(p, func(one *home) { one.until, same = blocks.HomeLasts(contents, now), one.shown == digest })
	if same {
		return 0
	}
	_, err = h.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: p.User, View: view})
	if wait, limited := outbox.LimitedFor(err); limited {
		return wait
	}
	if err != nil {
		h.log.WarnContext(ctx, "publishing a Home", "person", p.User, "err", err)
	}
	h.update(p, func(one *home) {
		if err == nil {
			one.shown = digest
		}
		one.failed = err != nil && !outbox.Unreachable(err)
	})
	return 0
}
