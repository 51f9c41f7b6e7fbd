package outbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/store"
)

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
	if err := p.readLateYes(ctx); err != nil {
		o.log.ErrorContext(ctx, "looking for a yes that did not count", "grant", id, "err", err)
		return time.Now().Add(time.Second)
	}
	if strings.HasPrefix(d.LastError, unsure) && !o.answers(ctx) {
		p.fault = errNoAnswer
	} else {
		p.checkCard()
		p.drawCards(ctx)
		p.sendNotices(ctx)
		p.drawSpent(ctx)
	}
	ctx = context.WithoutCancel(ctx) // sent messages are recorded, however late
	if p.fault != nil {
		o.failed(ctx, p.asRead(), d, p.fault)
		return time.Time{}
	}
	wake := grant.DueTime{Worker: grant.NoticeWorker, ID: id}
	if !p.turn.IsZero() {
		wake.At = o.now().Add(time.Until(p.turn)) // or earlier after another event, which may be sent at once
	} else {
		d.Attempts, d.LastError = 0, ""
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
	o.log.WarnContext(ctx, "telling people is tried again", "grant", d.ID, "tries", d.Attempts, "err", cause)
	change := store.Tx{At: o.now(), Deliveries: []store.Delivery{d}, Expect: read,
		DueTimes: []grant.DueTime{{Worker: grant.NoticeWorker, ID: d.ID, At: o.now().Add(wait)}}}
	err := o.store.Commit(ctx, change)
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

// A delivery is one pass over the messages of one grant.
type delivery struct {
	out    *Outbox
	g      grant.Grant
	others []grant.Grant // the rest of the batch, if g is its lead
	d      *store.Delivery
	frozen *grant.Freeze // the current freeze, or nil
	freeze store.Expect  // the expectation about it
	late   *store.Expect // the expectation about a void approval; nil: no card asks

	lateYes *LateYes  // nil: there is none
	fault   error     // the first failed call
	turn    time.Time // the next turn of a delayed post; zero: none waits
}

// asRead returns the expectations about everything that the pass has read.
func (p *delivery) asRead() []store.Expect {
	read := []store.Expect{{ID: p.g.ID, Version: p.g.Version}, p.freeze}
	if p.late != nil {
		read = append(read, *p.late)
	}
	for _, o := range p.others {
		read = append(read, store.Expect{ID: o.ID, Version: o.Version})
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

func (p *delivery) record(ctx context.Context, post store.Post) error {
	p.d.Posts = append(p.d.Posts, post)
	return p.save(ctx)
}

func (p *delivery) save(ctx context.Context) error {
	if err := p.out.keep(context.WithoutCancel(ctx), p.d); err != nil {
		return err
	}
	p.d.Version++
	p.out.inflight.broadcast(p.g.ID)
	return nil
}

// keep stores d over the current delivery, which each click on a stale card changes.
func (o *Outbox) keep(ctx context.Context, d *store.Delivery) error {
	first := true
	_, err := store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		if !first {
			stored, err := o.store.Delivery(ctx, d.ID)
			if err != nil {
				return store.Tx{}, err
			}
			mergePosts(d, stored)
		}
		first = false
		return store.Tx{At: o.now(), Deliveries: []store.Delivery{*d}}, nil
	})
	return err
}

// mergePosts merges a delivery that was committed meanwhile into d. Requested redraws stay
// requested. The sent messages of d stay recorded; otherwise they would be sent twice.
func mergePosts(d *store.Delivery, stored store.Delivery) {
	d.Version = stored.Version
	for _, post := range stored.Posts {
		same := func(p store.Post) bool { return p.Key() == post.Key() }
		switch i := slices.IndexFunc(d.Posts, same); {
		case i < 0:
			d.Posts = append(d.Posts, post)
		case post.Digest == "":
			d.Posts[i].Digest = ""
		}
	}
}
