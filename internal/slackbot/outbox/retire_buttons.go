package outbox

import (
	"context"

	"s3share/internal/slackbot/blocks"
)

// This file removes buttons from notices when they can have no effect any more, for example after a
// decision or an end. Clicks are checked against the record anyway; this only spares people useless
// clicks.

// redrawsAtMost bounds the attempts to remove the buttons. They can have no effect, so retries need
// not go on forever.
const redrawsAtMost = 12

// retireButtons removes the buttons from spent notices, after everything else is sent, and at a lower
// rate: cards use the same Slack method.
func (p *delivery) retireButtons(ctx context.Context) error {
	for i, post := range p.d.Posts {
		if !blocks.LosesButtons(post.Kind) || post.TS == "" {
			continue
		}
		m, ok := blocks.SpentMessage(p.g, post.Kind, post.Event)
		if !ok || post.Digest == m.Digest() {
			continue
		}
		err := p.out.updateLater(ctx, post.Channel, post.TS, string(p.g.ID), m)
		switch {
		case err == nil:
		case IsPermanent(err) || !isWaiting(err) && p.d.Attempts >= redrawsAtMost:
			p.out.log.WarnContext(ctx, "a notice keeps its buttons", "grant", p.g.ID, "kind", post.Kind, "err", err)
		default:
			return err
		}
		p.d.Posts[i].Digest = m.Digest() // also if the redraw was given up
		if err := p.save(ctx); err != nil {
			return err
		}
	}
	return nil
}
