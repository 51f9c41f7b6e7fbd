package outbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// drawCards posts or updates the cards. A failure of one stops no other.
func (p *delivery) drawCards(ctx context.Context) (fault error) {
	for _, d := range blocks.Drawings(p.g, p.others...) {
		if p.frozen != nil && (d.Kind == blocks.PostCard && p.g.State == grant.Pending ||
			d.Kind == blocks.PostExtension && d.Needs) {
			d.Message = blocks.WhileFrozen(d.Message, *p.frozen)
		}
		if d.Kind == blocks.PostCard && p.g.State == grant.Pending || d.Kind == blocks.PostExtension && d.Needs {
			if late := p.lateYes; late != nil && late.Revision == p.g.Revision {
				d.Message = blocks.WithVoidApproval(d.Message, late.By, late.At, late.Why)
			}
		}
		fault = worse(fault, p.draw(ctx, d))
	}
	return fault
}

// draw posts or updates a drawing.
func (p *delivery) draw(ctx context.Context, d blocks.Drawing) error {
	i := slices.IndexFunc(p.d.Posts, d.IsPost)
	if i < 0 {
		if d.Kind == blocks.PostCard && !p.needsCard() ||
			(d.Kind == blocks.PostExtension || d.Kind == blocks.PostReconfirm) && !d.Needs {
			return nil
		}
		return p.postDrawing(ctx, d)
	}
	if p.d.Posts[i].Digest == d.Digest() && p.d.Posts[i].DecisionRevision == d.Asks {
		return nil
	}
	if p.d.Posts[i].TS == "" {
		return nil // deleted after it became irrelevant
	}
	var err error
	switch {
	case d.Needs || d.Kind != blocks.PostCard || p.g.State == grant.Denied: // an approver looks at it
		err = p.out.update(ctx, p.d.Posts[i].Channel, p.d.Posts[i].TS, awaited, d.Message)
	case !p.isNeedlessEdit():
		err = p.out.update(ctx, p.d.Posts[i].Channel, p.d.Posts[i].TS, quiet, d.Message)
	}
	final := err != nil && (lost(err) || IsPermanent(err))
	switch {
	case final && d.Needs:
		p.out.log.WarnContext(ctx, "a card is gone: posting another", "grant", p.g.ID, "err", err)
		return p.postDrawing(ctx, d)
	case err != nil && !final:
		return err
	case SaidBySlack(err, "message_not_found"):
		p.d.Posts[i].TS = "" // it can have no thread any more
	}
	p.d.Posts[i].Digest = d.Digest()
	if p.d.Posts[i].DecisionRevision != d.Asks {
		p.d.Posts[i].DecisionRevision, p.d.Posts[i].Since = d.Asks, p.since(d)
	}
	return p.save(ctx)
}

// needsCard reports whether a request without a card gets one: it waits and is on no list, it was opened
// there, or the rule approved it. So does open access whose record of messages was lost.
func (p *delivery) needsCard() bool {
	if p.g.State == grant.Pending {
		post := p.listed()
		return post == nil || !post.Since.IsZero()
	}
	p.out.cards.remove(p.g.Rule.Channel, p.g.ID)
	return p.g.State.InAWS() && (p.g.Last(grant.EventAutoApprove) != nil || len(p.d.Posts) == 0)
}

// postDrawing posts a drawing and replaces its record.
func (p *delivery) postDrawing(ctx context.Context, d blocks.Drawing) error {
	to, holder := p.g.Rule.Channel, string(p.g.ID)
	isQueued := d.Kind == blocks.PostCard && d.Asks > 0 && p.listed() == nil
	if d.Kind == blocks.PostReview || d.Kind == blocks.PostCard && p.listed() != nil {
		p.out.limiter.prioritize(to, holder) // an approver may have to stop it, or has opened it
	}
	if isQueued {
		if wait, listed := p.out.cards.add(to, p.g.ID); listed {
			p.out.limiter.abandon(to, func(holder string) bool { return p.out.cards.has(to, holder) })
			return waiting{time.Now().Add(wait)}
		}
	}
	channel, ts, err := p.out.post(ctx, to, holder, awaited, d.Message)
	if isQueued && !isWaiting(err) {
		p.out.cards.remove(to, p.g.ID)
	}
	if err != nil {
		return err
	}
	p.d.Posts = slices.DeleteFunc(p.d.Posts, d.IsPost)
	return p.record(ctx, store.Post{Kind: d.Kind, Event: d.Event, Recipient: store.ToChannel, Channel: channel, TS: ts,
		Digest: d.Digest(), DecisionRevision: d.Asks, Since: p.since(d)})
}

// since returns the time since when a drawing asks for a decision.
func (p *delivery) since(d blocks.Drawing) time.Time {
	if d.Asks == 0 {
		return time.Time{}
	}
	return p.out.now().UTC().Round(0)
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

// Redraw requests a redraw of a message, if it is one of the grant's posts.
func (o *Outbox) Redraw(ctx context.Context, id grant.ID, channel, ts string) {
	_, err := store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		d, err := o.store.Delivery(ctx, id)
		if err != nil {
			return store.Tx{}, err
		}
		i := slices.IndexFunc(d.Posts, func(p store.Post) bool { return p.Channel == channel && p.TS == ts })
		if i < 0 {
			return store.Tx{}, errNotPosted
		}
		d.Posts[i].Digest = ""
		now := o.now()
		return store.Tx{At: now, Deliveries: []store.Delivery{d},
			DueTimes: []grant.DueTime{{Worker: grant.NoticeWorker, ID: id, At: now}}}, nil
	})
	if err != nil && !errors.Is(err, errNotPosted) {
		o.log.WarnContext(ctx, "having a card drawn again", "grant", id, "err", err)
	}
}

var errNotPosted = errors.New("the grant has no such post")
