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

	mu     sync.Mutex
	opened map[grant.Person]time.Time // when each was last opened
	shown  map[grant.Person]string    // the digest of the last published view
	due    map[grant.Person]bool
	failed map[grant.Person]bool      // Slack refused it, or its data could not be read
	until  map[grant.Person]time.Time // when its contents become wrong
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
		wake: make(chan struct{}, 1), opened: map[grant.Person]time.Time{}, shown: map[grant.Person]string{},
		due: map[grant.Person]bool{}, until: map[grant.Person]time.Time{}, failed: map[grant.Person]bool{}}
}

// opens records that a person opened their Home.
func (h *homes) opens(p grant.Person, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened[p], h.due[p] = now, true
	delete(h.shown, p)
	select {
	case h.wake <- struct{}{}:
	default:
	}
	if len(h.opened) <= homesMost {
		return
	}
	oldest := p
	for q, at := range h.opened {
		if at.Before(h.opened[oldest]) {
			oldest = q
		}
	}
	h.forget(oldest)
}

func (h *homes) forget(p grant.Person) {
	delete(h.opened, p)
	delete(h.shown, p)
	delete(h.due, p)
	delete(h.until, p)
	delete(h.failed, p)
}

// changed records a commit: every Home may be out of date.
func (h *homes) changed(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, at := range h.opened {
		if now.Sub(at) > homeStays {
			h.forget(p)
			continue
		}
		h.due[p] = true
	}
}

// next returns the most recently opened Home that is due.
func (h *homes) next() (p grant.Person, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for q := range h.due {
		if !ok || h.opened[q].After(h.opened[p]) {
			p, ok = q, true
		}
	}
	delete(h.due, p)
	delete(h.failed, p)
	return p, ok
}

// fails records that a Home could not be updated.
func (h *homes) fails(p grant.Person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed[p] = true
}

func (h *homes) haveFailed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.failed) > 0
}

// retry makes failed Homes due again.
func (h *homes) retry() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.failed {
		if _, open := h.opened[p]; open {
			h.due[p] = true
		}
	}
	clear(h.failed)
}

func (h *homes) again(p grant.Person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.opened[p]; open {
		h.due[p] = true
	}
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
				h.again(p)
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
			h.retry()
		case <-turns.C:
			h.turned(h.now())
		case <-h.commits:
			if !backoff.Wait(ctx, homePause) {
				return
			}
			h.changed(h.now())
		}
	}
}

// publish draws one Home, and returns the wait that Slack requests.
func (h *homes) publish(ctx context.Context, p grant.Person) (wait time.Duration) {
	home, err := h.service.Queries.Home(ctx, commands.Invocation{By: p})
	if err != nil {
		h.log.WarnContext(ctx, "reading what a Home shows", "person", p.User, "err", err)
		h.fails(p)
		return 0
	}
	now := h.now()
	h.lasts(p, blocks.HomeLasts(home, now))
	view := blocks.HomeView(p, home, now)
	digest := blocks.HomeDigest(view)
	if h.shows(p, digest) {
		return 0
	}
	_, err = h.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: p.User, View: view})
	wait, limited := outbox.LimitedFor(err)
	switch {
	case limited:
		return wait
	case err != nil:
		h.log.WarnContext(ctx, "publishing a Home", "person", p.User, "err", err)
		if !outbox.Unreachable(err) {
			h.fails(p)
		}
		return 0
	}
	h.showed(p, digest)
	return 0
}

func (h *homes) shows(p grant.Person, digest string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shown[p] == digest
}

func (h *homes) showed(p grant.Person, digest string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.opened[p]; open {
		h.shown[p] = digest
	}
}

// lasts records when a Home becomes wrong without any event; zero: never.
func (h *homes) lasts(p grant.Person, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.opened[p]; open && !until.IsZero() {
		h.until[p] = until
	} else {
		delete(h.until, p)
	}
}

// turned marks the Homes that have become wrong as due.
func (h *homes) turned(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, until := range h.until {
		if !now.Before(until) {
			h.due[p] = true
		}
	}
}
