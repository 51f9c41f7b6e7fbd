package slackbot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// homeMost is the most grants in one part of a Home. Slack allows 100 blocks.
const homeMost = 12

// homeView draws a Home: the person's actions, grants, pending decisions and recent grants.
func homeView(p grant.Person, h commands.Home, now time.Time) slack.HomeTabViewRequest {
	request := slack.NewButtonBlockElement(blocks.ActForm, "home", blocks.Plain("Request access", 75))
	request.Style = slack.StylePrimary
	content := []slack.Block{
		blocks.Section("*Share an S3 bucket with a user or role of another account, for a limited time.*"),
		slack.NewActionBlock("home", request),
	}
	if h.Frozen != nil {
		content = append(content,
			blocks.Section(fmt.Sprintf(":snowflake: Everything is frozen by %s since %s: %s", blocks.Mention(h.Frozen.By),
				blocks.When(h.Frozen.At), blocks.Safe(h.Frozen.Why, 500))))
	}
	if waits := len(h.Waiting) + len(h.Asked); waits > 0 {
		decisions, answers := homeShares(len(h.Waiting), len(h.Asked))
		content = append(content, part(fmt.Sprintf("Waiting for you (%d)", waits))...)
		if shown, _, _ := bulkSelectable(h.Waiting); len(shown) > 1 {
			content = append(content,
				slack.NewActionBlock("several",
					slack.NewButtonBlockElement(blocks.ActSeveral, "home", blocks.Plain("Decide several…", 75))))
		}
		for _, g := range h.Waiting[:decisions] {
			content = append(content, waitsAtHome(g)...)
		}
		for _, w := range h.Asked[:answers] {
			content = append(content, askedAtHome(w)...)
		}
		content = append(content, more(waits, "/s3share list pending")...)
	}
	content = append(content, part("Your access")...)
	for _, g := range h.Open[:min(homeMost, len(h.Open))] {
		name, on := blocks.Subject(g)
		still, _ := left(g, now)
		line := fmt.Sprintf("%s %s %s %s — %s%s", name, blocks.AccessClauseAt(g, now), blocks.Verb(g.Level.Name), on,
			blocks.StatusText(g), still)
		content = append(content, homeLine(g, line))
		if g.State == grant.Active {
			content = append(content, slack.NewActionBlock("", blocks.DoneButtons(g)...))
		}
	}
	if len(h.Open) == 0 {
		content = append(content, blocks.Section("None is open."))
	}
	content = append(content, more(len(h.Open), "/s3share list mine")...)
	if len(h.Requests) > 0 {
		content = append(content, part("Your requests")...)
		for _, g := range h.Requests[:min(homeMost, len(h.Requests))] {
			content = append(content, requestAtHome(p, g)...)
		}
		content = append(content, more(len(h.Requests), "/s3share list mine")...)
	}
	if len(h.Recent) > 0 {
		content = append(content, part("Lately")...)
		var past []slack.Block
		for _, g := range h.Recent {
			name, on := blocks.Subject(g)
			past = blocks.Joined(past, fmt.Sprintf("`%s` %s on %s — %s", g.ID, name, on, blocks.StatusText(g)))
		}
		content = append(content, past...)
	}
	content = append(content,
		slack.NewContextBlock("drawn", blocks.Mrkdwn("As of "+blocks.When(now)+". `/s3share help` lists what you can type.")))
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: content}}
}

func part(title string) []slack.Block {
	return []slack.Block{slack.NewDividerBlock(), slack.NewHeaderBlock(blocks.Plain(title, 150))}
}

func more(n int, command string) []slack.Block {
	if n <= homeMost {
		return nil
	}
	return []slack.Block{slack.NewContextBlock("", blocks.Mrkdwn(fmt.Sprintf("%d more: `%s`", n-homeMost, command)))}
}

func homeLine(g grant.Grant, text string) slack.Block {
	return blocks.Section("`" + string(g.ID) + "` " + text)
}

// waitsAtHome draws a pending decision. If it does not fit, it is approved on its card.
func waitsAtHome(g grant.Grant) []slack.Block {
	if len(g.BatchIDs) > 0 && g.PendingExtension == nil {
		return []slack.Block{homeLine(g, blocks.AsksForAll(g)+". Its card shows them all."),
			slack.NewActionBlock("", homeButtons(g, blocks.ActDeny, blocks.ActDetails)...)}
	}
	return []slack.Block{homeLine(g, blocks.AsksNow(g)),
		slack.NewActionBlock("", homeButtons(g, blocks.ActApprove, blocks.ActDeny, blocks.ActDetails)...)}
}

// requestAtHome draws a request of the person's. It includes a pending consent, because the message
// that asks for it may be lost.
func requestAtHome(p grant.Person, g grant.Grant) []slack.Block {
	if g.NeedsConsent() && g.Beneficiary.Same(p) {
		return []slack.Block{homeLine(g, blocks.ConsentNotice(g).Text), slack.NewActionBlock("", blocks.ConsentButtons(g)...)}
	}
	return []slack.Block{homeLine(g, blocks.RequestClause(g)+" — "+blocks.StatusText(g)),
		slack.NewActionBlock("", homeButtons(g, blocks.ActCancel)...)}
}

func homeButtons(g grant.Grant, actions ...string) (buttons []slack.BlockElement) {
	labels := map[string]string{blocks.ActApprove: "Approve", blocks.ActDeny: "Deny…", blocks.ActDetails: "Details",
		blocks.ActCancel: "Cancel"}
	for _, action := range actions {
		b := blocks.Button(action, labels[action], g, "")
		if action == blocks.ActApprove {
			b = blocks.ApproveButton(g)
		}
		buttons = append(buttons, b)
	}
	return buttons
}

// homes lists the recently opened Homes, which are kept up to date. Slack reports when a Home is
// opened, but not when it is closed.
type homes struct {
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

func newHomes() *homes {
	return &homes{wake: make(chan struct{}, 1), opened: map[grant.Person]time.Time{}, shown: map[grant.Person]string{},
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

// keepHomes publishes open Homes until ctx ends: within seconds of a change, only if the view
// differs, and within Slack's rate limit. Failures are retried with backoff.
func (b *Bot) keepHomes(ctx context.Context) {
	turns := time.NewTicker(homeTurns)
	defer turns.Stop()
	var retry <-chan time.Time
	failures := 0
	for {
		for {
			p, ok := b.homes.next()
			if !ok || ctx.Err() != nil {
				break
			}
			if wait := b.publish(ctx, p); wait > 0 {
				b.homes.again(p)
				if !backoff.Wait(ctx, wait) {
					return
				}
			}
		}
		switch failed := b.homes.haveFailed(); {
		case !failed:
			retry, failures = nil, 0
		case retry == nil:
			retry = time.After(homeBackoff.Pause(failures))
			failures++
		}
		select {
		case <-ctx.Done():
			return
		case <-b.homes.wake:
		case <-retry:
			retry = nil
			b.homes.retry()
		case <-turns.C:
			b.homes.turned(b.Now())
		case <-b.Changed:
			if !backoff.Wait(ctx, homePause) {
				return
			}
			b.homes.changed(b.Now())
		}
	}
}

// publish draws one Home, and returns the wait that Slack requests.
func (b *Bot) publish(ctx context.Context, p grant.Person) (wait time.Duration) {
	home, err := b.Service.Queries.Home(ctx, commands.Invocation{By: p})
	if err != nil {
		b.Log.WarnContext(ctx, "reading what a Home shows", "person", p.User, "err", err)
		b.homes.fails(p)
		return 0
	}
	now := b.Now()
	b.homes.turns(p, home, now)
	view := homeView(p, home, now)
	digest := homeDigest(view)
	if b.homes.shows(p, digest) {
		return 0
	}
	_, err = b.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: p.User, View: view})
	wait, limited := outbox.LimitedFor(err)
	switch {
	case limited:
		return wait
	case err != nil:
		b.Log.WarnContext(ctx, "publishing a Home", "person", p.User, "err", err)
		if !outbox.Unreachable(err) {
			b.homes.fails(p)
		}
		return 0
	}
	b.homes.showed(p, digest)
	return 0
}

// homeDigest ignores the last line, which has the time of drawing.
func homeDigest(v slack.HomeTabViewRequest) string {
	return blocks.Message{Blocks: slices.Clone(v.Blocks.BlockSet[:len(v.Blocks.BlockSet)-1])}.Digest()
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
