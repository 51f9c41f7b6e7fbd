package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

const (
	sideBySide = 8
	dueAtOnce  = 1000
	dueEver    = 1 << 20
)

// deliver makes Slack agree with the records until ctx ends. Then it waits for the work in flight,
// which ends with linger.
func (b *Bot) deliver(ctx, linger context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	slots := make(chan struct{}, sideBySide)
	var all sync.WaitGroup
	defer all.Wait()
	var looked time.Time
	for {
		until, limit := dueUntil(b.Now(), &looked)
		ids, err := b.Store.Due(ctx, grant.SlackWorker, until, limit)
		if err != nil && ctx.Err() == nil {
			b.Log.ErrorContext(ctx, "reading what is to be told", "err", err)
		}
		for _, id := range ids {
			if !b.inflight.begin(id) {
				continue // in progress, or failed a moment ago
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				b.inflight.end(id, time.Time{})
				return
			}
			all.Go(func() {
				until := time.Now().Add(time.Second) // after a panic
				defer func() { <-slots; b.inflight.end(id, until) }()
				defer b.recovered(linger, "telling people", id)
				until = b.syncGrant(linger, id)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-b.Kick:
		case <-b.inflight.ended:
		case <-b.inflight.nextHeld():
		case <-ticker.C:
		}
	}
}

// syncGrant updates the messages of one grant, and stores its next due time. until is the earliest
// time of the next attempt.
func (b *Bot) syncGrant(ctx context.Context, id grant.ID) (until time.Time) {
	g, err := b.Store.Get(ctx, id)
	if err != nil {
		b.Log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	d, err := b.Store.Delivery(ctx, id)
	if errors.Is(err, grant.ErrUnreadable) { // no message is repeated, and the card is posted again
		d, err = grant.Delivery{ID: id, Version: d.Version, Told: len(g.History)}, nil
	}
	if err != nil {
		b.Log.ErrorContext(ctx, "reading a delivery", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	p := &delivery{Bot: b, g: g, d: &d}
	if p.others, err = b.batchOf(ctx, g); err != nil {
		b.Log.ErrorContext(ctx, "reading what was asked for together", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if p.frozen, p.freeze, err = grant.FreezeGuard(ctx, b.Store); err != nil {
		b.Log.ErrorContext(ctx, "looking for a freeze", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if err := p.readLateYes(ctx); err != nil {
		b.Log.ErrorContext(ctx, "looking for a yes that did not count", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if strings.HasPrefix(d.LastError, unsure) && !b.answers(ctx) {
		p.fault = errNoAnswer
	} else {
		p.checkCard()
		p.drawCards(ctx)
		p.sendNotices(ctx)
		p.drawSpent(ctx)
	}
	ctx = context.WithoutCancel(ctx) // sent messages are recorded, however late
	if p.fault != nil {
		b.failed(ctx, p.asRead(), d, p.fault)
		return time.Time{}
	}
	wake := grant.DueTime{Worker: grant.SlackWorker, ID: id}
	if !p.turn.IsZero() {
		wake.At = b.Now().Add(time.Until(p.turn)) // or earlier after another event, which may be sent at once
	} else {
		d.Attempts, d.LastError = 0, ""
	}
	err = b.Store.Commit(ctx,
		grant.Tx{At: b.Now(), Deliveries: []grant.Delivery{d}, DueTimes: []grant.DueTime{wake}, Expect: p.asRead()})
	if err != nil && !errors.Is(err, grant.ErrConflict) { // a conflict means that more is due
		b.Log.ErrorContext(ctx, "recording a delivery", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	return time.Time{}
}

// failed records a failed call to Slack and the time of the next attempt. If the grant has changed,
// it is due at once.
func (b *Bot) failed(ctx context.Context, read []grant.Expect, d grant.Delivery, cause error) {
	d.Attempts++
	d.LastError = cause.Error()
	wait := retryAfter(cause, d.Attempts)
	switch {
	case errors.Is(cause, errNoAnswer):
		d.Attempts, wait = d.Attempts-1, 10*time.Second
	case errors.As(cause, new(unknown)):
		d.LastError = unsure + cause.Error()
		wait = unsureBackoff.Pause(d.Attempts - 2)
	}
	b.Log.WarnContext(ctx, "telling people is tried again", "grant", d.ID, "tries", d.Attempts, "err", cause)
	change := grant.Tx{At: b.Now(), Deliveries: []grant.Delivery{d}, Expect: read,
		DueTimes: []grant.DueTime{{Worker: grant.SlackWorker, ID: d.ID, At: b.Now().Add(wait)}}}
	err := b.Store.Commit(ctx, change)
	if errors.Is(err, grant.ErrConflict) { // new notices or a redraw are due
		err = b.keep(ctx, &d)
	}
	if err != nil {
		b.Log.ErrorContext(ctx, "recording a delivery", "grant", d.ID, "err", err)
	}
}

// unsure is the prefix of a fault with an unknown outcome. A retry may post a duplicate, so it
// waits until Slack answers, and retries are increasingly rare.
const unsure = "unknown outcome: "

// unsureBackoff grows faster than others: each retry may post a duplicate.
var unsureBackoff = backoff.Backoff{First: 10 * time.Second, Factor: 4, Max: 2560 * time.Second}

var errNoAnswer = errors.New(unsure + "Slack does not answer yet")

// answers reports whether Slack answers at the moment.
func (b *Bot) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := b.api.AuthTestContext(ctx)
	return err == nil
}

// A delivery is one pass over the messages of one grant.
type delivery struct {
	*Bot
	g      grant.Grant
	others []grant.Grant // the rest of the batch, if g is its lead
	d      *grant.Delivery
	frozen *grant.Freeze // the current freeze, or nil
	freeze grant.Expect  // the expectation about it
	late   *grant.Expect // the expectation about a void approval; nil: no card asks

	lateYes *lateYes  // nil: there is none
	fault   error     // the first failed call
	turn    time.Time // the next turn of a delayed post; zero: none waits
}

// asRead returns the expectations about everything that the pass has read.
func (p *delivery) asRead() []grant.Expect {
	read := []grant.Expect{{ID: p.g.ID, Version: p.g.Version}, p.freeze}
	if p.late != nil {
		read = append(read, *p.late)
	}
	for _, o := range p.others {
		read = append(read, grant.Expect{ID: o.ID, Version: o.Version})
	}
	return read
}

// fail records that a message was not sent, and why.
func (p *delivery) fail(err error) {
	var w waiting
	switch {
	case errors.As(err, &w):
		if p.turn.IsZero() || w.until.Before(p.turn) {
			p.turn = w.until
		}
	case p.fault == nil, errors.As(err, new(unknown)): // an unknown outcome determines the next attempt
		p.fault = err
	}
}

// sendNotices sends the notices that were not sent yet. Each is recorded at once. A failure blocks
// only later notices to the same people, so that the order holds.
func (p *delivery) sendNotices(ctx context.Context) {
	stuck := map[string]bool{}
	complete := true
	if p.g.NeedsConsent() && !p.g.WantsConsent() {
		return // the beneficiary is still being looked up
	}
	for event := p.d.Told; event < len(p.g.History); event++ {
		for _, n := range p.addressed(ctx, blocks.Notices(p.g, event)) {
			switch {
			case p.sent(n.key(event)):
				continue
			case stuck[n.channel]:
				complete = false
				continue
			case n.Kind == blocks.PostReceived && p.unposted(ctx):
				p.tellUnposted(ctx, event)
				stuck[n.channel], complete = true, false
				continue
			}
			if err := p.send(ctx, n, event); err != nil {
				p.fail(err)
				stuck[n.channel], complete = true, false
			}
		}
		if complete {
			p.d.Told = event + 1
		}
	}
}

// checkCard forces a redraw of the card before a reminder in its thread. Slack accepts a reply to a
// deleted message and shows it without the card.
func (p *delivery) checkCard() {
	due := slices.ContainsFunc(p.g.History[min(p.d.Told, len(p.g.History)):],
		func(ev grant.Event) bool { return blocks.IsReminder(ev.Kind) })
	if !due {
		return
	}
	for _, d := range blocks.Drawings(p.g, p.others...) {
		if i := slices.IndexFunc(p.d.Posts, d.IsPost); i >= 0 {
			p.d.Posts[i].Digest = ""
		}
	}
}

// An addressed is a notice for one channel or person.
type addressed struct {
	blocks.Notice
	recipient string // as in [grant.Post]
	channel   string // a channel or a user id
}

func (n addressed) key(event int) grant.PostKey {
	return grant.PostKey{Event: event, Kind: n.Kind, Recipient: n.recipient}
}

func (p *delivery) addressed(ctx context.Context, all []blocks.Notice) (out []addressed) {
	for _, n := range all {
		switch n.To {
		case blocks.ToChannel:
			out = append(out, addressed{n, grant.ToChannel, p.g.Rule.Channel})
		case blocks.ToAdmins:
			out = append(out, addressed{n, grant.ToAdmins, p.AdminChannel})
		case blocks.ToThread:
			if channel, ts := p.thread(ctx); ts != "" {
				n.Thread = ts
				out = append(out, addressed{n, grant.ToThread, channel})
			}
		case blocks.ToBeneficiary:
			out = append(out, toPerson(n, p.g.Beneficiary))
		case blocks.ToRequesterAlone:
			out = append(out, toPerson(n, p.g.Requester))
		case blocks.ToRequester:
			out = append(out, toPerson(n, p.g.Requester))
			if !p.g.Beneficiary.Same(p.g.Requester) {
				out = append(out, toPerson(n, p.g.Beneficiary))
			}
		}
	}
	return out
}

func toPerson(n blocks.Notice, who grant.Person) addressed { return addressed{n, who.User, who.User} }

// thread returns the channel and timestamp of the card. Notices about the grant go into its thread.
func (p *delivery) thread(ctx context.Context) (channel, ts string) {
	d := *p.d
	if !p.g.IsBatchLead() {
		var err error
		if d, err = p.Store.Delivery(ctx, p.g.BatchLead()); err != nil {
			return "", ""
		}
	}
	for _, post := range d.Posts {
		if post.Kind == blocks.PostCard || post.Kind == blocks.PostReview {
			return post.Channel, post.TS
		}
	}
	return "", ""
}

// sent reports whether the notice with a key was sent before.
func (p *delivery) sent(key grant.PostKey) bool {
	return slices.ContainsFunc(p.d.Posts, func(post grant.Post) bool { return post.Key() == key })
}

// send sends one notice of an event and records it. A person who cannot be reached is not retried.
func (p *delivery) send(ctx context.Context, n addressed, event int) error {
	post := grant.Post{Kind: n.Kind, Event: event, Recipient: n.recipient, Digest: n.Digest()}
	if n.Reply && p.replies(ctx, n) {
		return p.record(ctx, post)
	}
	var err error
	post.Channel, post.TS, err = p.post(ctx, n.channel, string(p.g.ID), n.Message)
	if n.To == blocks.ToThread && n.Kind != blocks.PostThread && (lost(err) || isPermanent(err)) {
		n.Thread = "" // a reminder must be visible
		post.Channel, post.TS, err = p.post(ctx, n.channel, string(p.g.ID), n.Message)
	}
	if n.To == blocks.ToThread && (lost(err) || isPermanent(err)) {
		return nil // the card is gone, and the history has the text
	}
	if (n.To == blocks.ToRequester || n.To == blocks.ToRequesterAlone) && needsPerson(err) && p.replies(ctx, n) {
		return p.record(ctx, post)
	}
	if err != nil && n.IsPersonal() && unreachable(err) {
		p.Log.WarnContext(ctx, "a person cannot be told", "grant", p.g.ID, "person", n.channel, "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	return p.record(ctx, post)
}

// replies sends a notice to the command's response URL while that is valid.
func (p *delivery) replies(ctx context.Context, n addressed) bool {
	return n.channel == p.g.Requester.User && p.d.Reply != "" && p.Now().Before(p.d.ReplyBy) &&
		p.respond(ctx, p.d.Reply, n.Message, false) == nil
}

func (p *delivery) record(ctx context.Context, post grant.Post) error {
	p.d.Posts = append(p.d.Posts, post)
	return p.save(ctx)
}

func (p *delivery) save(ctx context.Context) error {
	if err := p.keep(context.WithoutCancel(ctx), p.d); err != nil {
		return err
	}
	p.d.Version++
	p.inflight.broadcast(p.g.ID)
	return nil
}

// keep stores d over the current delivery, which each click on a stale card changes.
func (b *Bot) keep(ctx context.Context, d *grant.Delivery) error {
	first := true
	_, err := store.Update(ctx, b.Store, func(ctx context.Context) (grant.Tx, error) {
		if !first {
			stored, err := b.Store.Delivery(ctx, d.ID)
			if err != nil {
				return grant.Tx{}, err
			}
			mergePosts(d, stored)
		}
		first = false
		return grant.Tx{At: b.Now(), Deliveries: []grant.Delivery{*d}}, nil
	})
	return err
}

// mergePosts merges a delivery that was committed meanwhile into d. Requested redraws stay
// requested. The sent messages of d stay recorded; otherwise they would be sent twice.
func mergePosts(d *grant.Delivery, stored grant.Delivery) {
	d.Version = stored.Version
	for _, post := range stored.Posts {
		same := func(p grant.Post) bool { return p.Key() == post.Key() }
		switch i := slices.IndexFunc(d.Posts, same); {
		case i < 0:
			d.Posts = append(d.Posts, post)
		case post.Digest == "":
			d.Posts[i].Digest = ""
		}
	}
}

// batchOf returns the other requests of a batch, if g is its lead.
func (b *Bot) batchOf(ctx context.Context, g grant.Grant) (others []grant.Grant, err error) {
	if len(g.BatchIDs) == 0 || !g.IsBatchLead() {
		return nil, nil
	}
	return grant.Read(ctx, b.Store, g.BatchIDs[1:]...)
}

// lead returns the grant whose card shows a grant.
func (b *Bot) lead(ctx context.Context, id grant.ID) grant.ID {
	g, err := b.Store.Get(ctx, id)
	if err != nil {
		return id
	}
	return g.BatchLead()
}
