package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/store"
)

const (
	sideBySide = 8
	dueAtOnce  = 1000
	dueEver    = 1 << 20
)

// Run makes Slack agree with the records until ctx ends. Then it waits for the work in flight,
// which ends with linger.
func (o *Outbox) Run(ctx, linger context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	slots := make(chan struct{}, sideBySide)
	var all sync.WaitGroup
	defer all.Wait()
	var looked time.Time
	for {
		until, limit := dueUntil(o.now(), &looked)
		ids, err := o.store.Due(ctx, grant.NoticeWorker, until, limit)
		if err != nil && ctx.Err() == nil {
			o.log.ErrorContext(ctx, "reading what is to be told", "err", err)
		}
		for _, id := range ids {
			if !o.inflight.begin(id) {
				continue // in progress, or failed a moment ago
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				o.inflight.end(id, time.Time{})
				return
			}
			all.Go(func() {
				until := time.Now().Add(time.Second) // after a panic
				defer func() { <-slots; o.inflight.end(id, until) }()
				defer o.recovered(linger, "telling people", id)
				o.gate.Wait(ctx)
				until = o.syncGrant(linger, id)
			})
		}
		for channel, n := range o.ended.take() {
			all.Go(func() { o.postSummary(linger, channel, n) })
		}
		for _, channel := range o.cards.ready() {
			all.Go(func() {
				err := errPanic
				defer func() { o.cards.done(channel, err) }()
				defer o.recovered(linger, "posting a list of requests", "")
				if err = o.gather(linger, channel); err != nil && !isWaiting(err) {
					o.log.WarnContext(linger, "a list of requests was not posted; retrying", "channel", channel, "err", err)
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-o.kick:
		case <-o.inflight.ended:
		case <-o.inflight.nextHeld():
		case <-ticker.C:
		}
	}
}

var errPanic = errors.New("a panic")

// dueUntil returns the limit of due times to read, and the number of grants to read at once. After
// a start, and after the clock was set back, everything is due once: due times may have been
// computed by a clock that was ahead.
func dueUntil(now time.Time, before *time.Time) (until time.Time, limit int) {
	now = now.Round(0) // without the monotonic part
	all := before.IsZero() || now.Before(before.Add(-time.Second))
	*before = now
	if all {
		return now.AddDate(100, 0, 0), dueEver
	}
	return now, dueAtOnce
}

// recovered is deferred in goroutines, and turns a panic into a logged fault.
func (o *Outbox) recovered(ctx context.Context, doing string, id grant.ID) {
	if r := recover(); r != nil {
		o.log.ErrorContext(ctx, "panic", "while", doing, "grant", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	}
}

// syncGrant updates the messages of one grant, and stores its next due time. until is the earliest
// time of the next attempt.
func (o *Outbox) syncGrant(ctx context.Context, id grant.ID) (until time.Time) {
	g, err := o.store.Get(ctx, id)
	if err != nil {
		o.log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	d, err := o.store.Delivery(ctx, id)
	if errors.Is(err, store.ErrUnreadable) { // no message is repeated, and the card is posted again
		d, err = store.Delivery{ID: id, Version: d.Version, Told: len(g.History)}, nil
	}
	if err != nil {
		o.log.ErrorContext(ctx, "reading a delivery", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	p := &delivery{out: o, g: g, d: &d}
	if p.others, err = store.ReadRest(ctx, o.store, g); err != nil {
		o.log.ErrorContext(ctx, "reading what was asked for together", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if p.frozen, p.freeze, err = store.FreezeGuard(ctx, o.store); err != nil {
		o.log.ErrorContext(ctx, "looking for a freeze", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if g.State == grant.Pending || g.PendingExtension != nil {
		late, read, err := o.readLateYes(ctx, id)
		if err != nil {
			o.log.ErrorContext(ctx, "looking for a yes that did not count", "grant", id, "err", err)
			return time.Now().Add(time.Second)
		}
		p.lateYes, p.late = late, &read
	}
	fault := errNoAnswer
	if !strings.HasPrefix(d.LastError, unsure) || o.answers(ctx) {
		p.checkCard()
		cards := p.drawCards(ctx)
		cards = worse(cards, p.drawList(ctx)) // its line says that the card is posted
		fault = p.sendNotices(ctx, cards)
		fault = worse(fault, p.editMessages(ctx, cards, fault))
	}
	ctx = context.WithoutCancel(ctx) // sent messages are recorded, however late
	var turn waiting
	if fault != nil && !errors.As(fault, &turn) {
		o.failed(ctx, p.asRead(), d, fault)
		return time.Time{}
	}
	wake := grant.DueTime{Worker: grant.NoticeWorker, ID: id}
	if fault != nil {
		wake.At = o.now().Add(time.Until(turn.until)) // or earlier after another event, which may be sent at once
	} else {
		d.Attempts, d.LastError = 0, ""
	}
	if p.merged {
		wake.At = o.now()
	}
	err = o.store.Commit(ctx,
		store.Tx{At: o.now(), Deliveries: []store.Delivery{d}, DueTimes: []grant.DueTime{wake}, Expect: p.asRead()})
	if err != nil && !errors.Is(err, store.ErrConflict) { // a conflict means that more is due
		o.log.ErrorContext(ctx, "recording a delivery", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	return time.Time{}
}

// failed records a failed call to Slack and the time of the next attempt. If the grant has changed,
// it is due at once.
func (o *Outbox) failed(ctx context.Context, read []store.Expect, d store.Delivery, cause error) {
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
	o.log.WarnContext(ctx, "a message was not sent; retrying", "grant", d.ID, "tries", d.Attempts, "err", cause)
	tx := store.Tx{At: o.now(), Deliveries: []store.Delivery{d}, Expect: read,
		DueTimes: []grant.DueTime{{Worker: grant.NoticeWorker, ID: d.ID, At: o.now().Add(wait)}}}
	err := o.store.Commit(ctx, tx)
	if errors.Is(err, store.ErrConflict) { // new notices or a redraw are due
		err = o.keep(ctx, &d)
	}
	if err != nil {
		o.log.ErrorContext(ctx, "recording a delivery", "grant", d.ID, "err", err)
	}
}

// unsure is the prefix of a fault with an unknown outcome. A retry may post a duplicate, so it
// waits until Slack answers, and retries are increasingly rare.
const unsure = "unknown outcome: "

// unsureBackoff grows faster than others: each retry may post a duplicate.
var unsureBackoff = backoff.Backoff{First: 10 * time.Second, Factor: 4, Max: 2560 * time.Second}

var errNoAnswer = errors.New(unsure + "Slack does not answer yet")

// answers reports whether Slack answers at the moment.
func (o *Outbox) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := o.api.AuthTestContext(ctx)
	return err == nil
}
