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

// This file edits messages that are posted: the status message of a request, and messages that lose
// their buttons when a newer one follows or the access ends. Clicks are checked against the record
// anyway.

const (
	maxEditRetries   = 12  // of an edit that Slack answers with an error
	maxOutageRetries = 300 // of an edit while Slack does not work: about a day
)

// editMessages edits the messages that show an older state. It runs after everything else is sent, and
// at a lower rate: cards use the same Slack method. A message that Slack refuses to edit stops no
// other. cards is the fault of the cards, and sent that of the notices too.
func (p *delivery) editMessages(ctx context.Context, cards, sent error) error {
	standing := p.standing(ctx, cards)
	for i, post := range p.d.Posts {
		if post.TS == "" {
			continue
		}
		standing.HasNewer = p.hasNewer(post)
		m, ok := blocks.Current(p.g, post, standing)
		if !ok || post.Digest == m.Digest() {
			continue
		}
		var err error
		if !p.isNeedlessEdit() {
			err = p.out.update(ctx, post.Channel, post.TS, quiet, m)
		}
		switch {
		case err == nil:
		case IsPermanent(err) || !isWaiting(err) && p.d.Attempts >= editRetries(sent, err):
			p.out.log.WarnContext(ctx, "a message keeps its older state", "grant", p.g.ID, "kind", post.Kind, "err", err)
		default:
			return err
		}
		if SaidBySlack(err, "message_not_found") {
			p.d.Posts[i].TS = "" // deleted
		}
		p.d.Posts[i].Digest = m.Digest() // also if the edit was given up
		if err := p.save(ctx); err != nil {
			return err
		}
	}
	return nil
}

// mostEditing is the longest queue of edits, in time. Beyond it, the old messages of a grant that is over
// keep their text: a newer message has the end, and a click has the clicked one drawn again.
const mostEditing = 5 * time.Minute

func (p *delivery) isNeedlessEdit() bool {
	return !p.g.State.Open() && !p.g.State.InAWS() && p.out.limiter.backlog(updating, quiet) > mostEditing
}

// editRetries bounds the attempts of an edit, so that no message is tried for ever. The next change is
// tried again. sent is the fault of the pass before the edit.
func editRetries(sent, err error) int {
	if SaidBySlack(err, unknownCodes...) && !errors.As(sent, new(unknown)) { // the message may be the reason
		return maxEditRetries
	}
	return maxOutageRetries
}

// hasNewer reports whether a person has a message about the access that is newer than a post.
func (p *delivery) hasNewer(post store.Post) bool {
	return slices.ContainsFunc(p.d.Posts, func(o store.Post) bool {
		if o.Recipient != post.Recipient || o.Event <= post.Event || o.Event >= len(p.g.History) || o.TS == "" {
			return false
		}
		return o.Kind == blocks.PostGranted || o.Kind == blocks.PostWarning ||
			p.g.History[o.Event].Kind == grant.EventDrift
	})
}
