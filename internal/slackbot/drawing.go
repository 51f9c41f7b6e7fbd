package slackbot

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

func (p *delivery) drawCards(ctx context.Context) {
	for _, d := range drawings(p.g, p.others...) {
		if p.frozen != nil && (d.kind == postCard && p.g.State == grant.Pending || d.kind == postExtension && d.needs) {
			d.message = whileFrozen(d.message, *p.frozen)
		}
		if d.kind == postCard && p.g.State == grant.Pending || d.kind == postExtension && d.needs {
			d.message = p.withLateYes(d.message)
		}
		p.draw(ctx, d)
	}
}

// draw posts a drawing, or brings it up to date.
func (p *delivery) draw(ctx context.Context, d drawing) {
	i := slices.IndexFunc(p.d.Posts, d.isPost)
	if i < 0 {
		if d.kind == postCard && (p.g.State == grant.Cancelled || p.g.State == grant.Lapsed) || (d.kind == postExtension || d.kind == postReconfirm) && !d.needs {
			return
		}
		p.postDrawing(ctx, d)
		return
	}
	if p.d.Posts[i].Digest == d.digest() && p.d.Posts[i].DecisionRevision == d.asks {
		return
	}
	if p.d.Posts[i].TS == "" {
		return // it was deleted once it was about nothing
	}
	err := p.update(ctx, p.d.Posts[i].Channel, p.d.Posts[i].TS, d.message)
	final := err != nil && (lost(err) || isPermanent(err))
	switch {
	case final && d.needs:
		p.Log.WarnContext(ctx, "a card is gone: posting another", "grant", p.g.ID, "err", err)
		p.postDrawing(ctx, d)
		return
	case err != nil && !final:
		p.fail(err)
		return
	case saidBySlack(err, "message_not_found"):
		p.d.Posts[i].TS = "" // nothing can stand below it any more
	}
	p.d.Posts[i].Digest = d.digest()
	if p.d.Posts[i].DecisionRevision != d.asks {
		p.d.Posts[i].DecisionRevision, p.d.Posts[i].Since = d.asks, p.since(d)
	}
	if err := p.save(ctx); err != nil {
		p.fail(err)
	}
}

// postDrawing posts a drawing, and records it in place of the one before it.
func (p *delivery) postDrawing(ctx context.Context, d drawing) {
	if d.kind == postReview { // somebody may have to stop it
		p.limiter.prioritize(p.g.Rule.Channel, string(p.g.ID))
	}
	channel, ts, err := p.post(ctx, p.g.Rule.Channel, string(p.g.ID), d.message)
	if err == nil {
		p.d.Posts = slices.DeleteFunc(p.d.Posts, d.isPost)
		err = p.record(ctx, grant.Post{Kind: d.kind, Event: d.event, Recipient: grant.ToChannel, Channel: channel, TS: ts, Digest: d.digest(), DecisionRevision: d.asks, Since: p.since(d)})
	}
	if err != nil {
		p.fail(err)
	}
}

// since is from when on a drawing asks for a decision.
func (p *delivery) since(d drawing) time.Time {
	if d.asks == 0 {
		return time.Time{}
	}
	return p.Now().UTC().Round(0)
}
