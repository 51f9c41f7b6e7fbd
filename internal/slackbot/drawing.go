package slackbot

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

func (p *delivery) drawCards(ctx context.Context) {
	for _, d := range blocks.Drawings(p.g, p.others...) {
		if p.frozen != nil && (d.Kind == blocks.PostCard && p.g.State == grant.Pending ||
			d.Kind == blocks.PostExtension && d.Needs) {
			d.Message = blocks.WhileFrozen(d.Message, *p.frozen)
		}
		if d.Kind == blocks.PostCard && p.g.State == grant.Pending || d.Kind == blocks.PostExtension && d.Needs {
			d.Message = p.withLateYes(d.Message)
		}
		p.draw(ctx, d)
	}
}

// draw posts or updates a drawing.
func (p *delivery) draw(ctx context.Context, d blocks.Drawing) {
	i := slices.IndexFunc(p.d.Posts, d.IsPost)
	if i < 0 {
		if d.Kind == blocks.PostCard && (p.g.State == grant.Cancelled || p.g.State == grant.Lapsed) ||
			(d.Kind == blocks.PostExtension || d.Kind == blocks.PostReconfirm) && !d.Needs {
			return
		}
		p.postDrawing(ctx, d)
		return
	}
	if p.d.Posts[i].Digest == d.Digest() && p.d.Posts[i].DecisionRevision == d.Asks {
		return
	}
	if p.d.Posts[i].TS == "" {
		return // deleted after it became irrelevant
	}
	err := p.update(ctx, p.d.Posts[i].Channel, p.d.Posts[i].TS, d.Message)
	final := err != nil && (lost(err) || isPermanent(err))
	switch {
	case final && d.Needs:
		p.Log.WarnContext(ctx, "a card is gone: posting another", "grant", p.g.ID, "err", err)
		p.postDrawing(ctx, d)
		return
	case err != nil && !final:
		p.fail(err)
		return
	case saidBySlack(err, "message_not_found"):
		p.d.Posts[i].TS = "" // it can have no thread any more
	}
	p.d.Posts[i].Digest = d.Digest()
	if p.d.Posts[i].DecisionRevision != d.Asks {
		p.d.Posts[i].DecisionRevision, p.d.Posts[i].Since = d.Asks, p.since(d)
	}
	if err := p.save(ctx); err != nil {
		p.fail(err)
	}
}

// postDrawing posts a drawing and replaces its record.
func (p *delivery) postDrawing(ctx context.Context, d blocks.Drawing) {
	if d.Kind == blocks.PostReview { // an approver may have to stop it
		p.limiter.prioritize(p.g.Rule.Channel, string(p.g.ID))
	}
	channel, ts, err := p.post(ctx, p.g.Rule.Channel, string(p.g.ID), d.Message)
	if err == nil {
		p.d.Posts = slices.DeleteFunc(p.d.Posts, d.IsPost)
		err = p.record(ctx, grant.Post{Kind: d.Kind, Event: d.Event, Recipient: grant.ToChannel, Channel: channel, TS: ts,
			Digest: d.Digest(), DecisionRevision: d.Asks, Since: p.since(d)})
	}
	if err != nil {
		p.fail(err)
	}
}

// since returns the time since when a drawing asks for a decision.
func (p *delivery) since(d blocks.Drawing) time.Time {
	if d.Asks == 0 {
		return time.Time{}
	}
	return p.Now().UTC().Round(0)
}
