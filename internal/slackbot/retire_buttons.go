package slackbot

import (
	"context"
	"s3share/internal/slackbot/blocks"
)

// What is here takes the buttons off notices that can do nothing any more: a
// question that was answered, an access that is over. What is pressed is held
// against the record all the same; this is so that nobody presses it in vain.

// redrawsAtMost is in how many passes it is tried to take the buttons off. They
// can do nothing, so it is no reason to go on for ever.
const redrawsAtMost = 12

// drawSpent takes the buttons off the notices that are spent, once everything
// else is told, and more slowly: cards are drawn by the same method of Slack's.
func (p *delivery) drawSpent(ctx context.Context) {
	for i, post := range p.d.Posts {
		if !blocks.LosesButtons(post.Kind) || post.TS == "" {
			continue
		}
		m, ok := blocks.SpentMessage(p.g, post.Kind, post.Event)
		if !ok || post.Digest == m.Digest() {
			continue
		}
		err := p.updateLater(ctx, post.Channel, post.TS, string(p.g.ID), m)
		switch {
		case err == nil:
		case isPermanent(err) || !isWaiting(err) && p.d.Attempts >= redrawsAtMost:
			p.Log.WarnContext(ctx, "a notice keeps its buttons", "grant", p.g.ID, "kind", post.Kind, "err", err)
		default:
			p.fail(err)
			return
		}
		p.d.Posts[i].Digest = m.Digest() // also of what is left as it is: it is done with
		if err := p.save(ctx); err != nil {
			p.fail(err)
			return
		}
	}
}
