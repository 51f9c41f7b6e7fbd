package outbox

import (
	"context"
	"errors"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// A delivery is one pass over the messages of one grant.
type delivery struct {
	out    *Outbox
	g      grant.Grant
	others []grant.Grant // the rest of the batch, if g is its lead
	d      *store.Delivery
	frozen *grant.Freeze // the current freeze, or nil
	freeze store.Expect  // the expectation about it
	late   *store.Expect // the expectation about a void approval; nil: no card asks

	merged bool // a click was merged after the drawings: another pass is due

	lateYes *LateYes // nil: there is none
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

// worse returns the error that determines the next attempt: the last unknown outcome, else the first
// fault, else the earliest turn of a delayed post.
func worse(before, err error) error {
	var a, b waiting
	switch {
	case err == nil:
		return before
	case before == nil:
		return err
	case errors.As(err, &b):
		if errors.As(before, &a) && b.until.Before(a.until) {
			return err
		}
		return before
	case isWaiting(before), errors.As(err, new(unknown)):
		return err
	}
	return before
}

func (p *delivery) record(ctx context.Context, post store.Post) error {
	p.d.Attempts = 0 // Slack works
	p.d.Posts = append(p.d.Posts, post)
	return p.save(ctx)
}

func (p *delivery) save(ctx context.Context) error {
	before := p.d.Version
	if err := p.out.keep(context.WithoutCancel(ctx), p.d); err != nil {
		return err
	}
	p.merged = p.merged || p.d.Version != before
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
		i := slices.IndexFunc(d.Posts, same)
		if i < 0 {
			d.Posts = append(d.Posts, post)
			continue
		}
		if post.Digest == "" {
			d.Posts[i].Digest = ""
		}
		if post.Kind == blocks.PostListed && d.Posts[i].Since.IsZero() {
			d.Posts[i].Since = post.Since // it was opened
		}
	}
}
