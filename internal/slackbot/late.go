package slackbot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// lateNote is the prefix of the note with a grant's last void approval.
const lateNote = "late yes "

// A lateYes is an approval that was acknowledged and did not count.
type lateYes struct {
	By       grant.Person
	At       time.Time // when it was received
	Why      string
	Revision int // of the pending request
}

// A refusedYes is an approval of one grant that did not count.
type refusedYes struct {
	pick
	why *grant.Refusal
}

// refusedYeses returns each approval of an act that did not count: by button, command, form or bulk
// approval.
func refusedYeses(e *entry, err error) (all []refusedYes) {
	a := e.act
	switch a.Verb {
	case commands.ApproveSeveral:
		for i, out := range e.outcomes {
			if out.Failure != nil {
				all = append(all, refusedYes{a.Picks[i], out.Failure})
			}
		}
		return all
	case commands.Approve, commands.NarrowAndApprove:
	default:
		return nil
	}
	why := blocks.Refused(err)
	switch {
	case why == nil || errors.Is(err, errNotProved):
	case a.On != nil:
		all = append(all, refusedYes{pick{a.On.ID, a.On.Revision}, why})
	case len(a.Picks) == 1:
		all = append(all, refusedYes{a.Picks[0], why})
	}
	return all
}

// noteLateYes adds a void approval to the card, while the card still asks for approvals. The
// approval of a person who may not approve is not shown.
func (b *Bot) noteLateYes(ctx context.Context, a act, yes refusedYes) {
	g, err := b.Service.Get(ctx, yes.ID)
	if err != nil || yes.Revision != g.Revision || g.State != grant.Pending && g.PendingExtension == nil {
		return
	}
	if g.State.Open() && !g.IsBatchLead() { // the card of the batch belongs to its lead
		if g, err = b.Service.Get(ctx, g.BatchLead()); err != nil {
			return
		}
	}
	may, err := b.Service.MayDecide(ctx, commands.Invocation{By: a.by(), Received: a.At}, g)
	if err != nil {
		b.Log.WarnContext(ctx, "asking whether a yes that did not count was an approver's", "grant", g.ID, "err", err)
		return
	}
	if !may {
		return
	}
	_, err = store.Update(ctx, b.Store, func(ctx context.Context) (grant.Tx, error) {
		var old lateYes
		note, err := grant.ReadDocument(ctx, b.Store, lateNote+string(g.ID), &old)
		if err != nil {
			return grant.Tx{}, err
		}
		note, err = note.WithValue(lateYes{By: a.by(), At: a.At, Why: yes.why.Sentence, Revision: g.Revision})
		now := b.Now()
		wake := grant.DueTime{Worker: grant.SlackWorker, ID: g.ID, At: now}
		return grant.Tx{At: now, Documents: []grant.Document{note}, DueTimes: []grant.DueTime{wake}}, err
	})
	if err != nil {
		b.Log.WarnContext(ctx, "having a card say that a yes did not count", "grant", g.ID, "err", err)
	}
}

// readLateYes reads the last void approval, for a card that asks. The pass commits only if that is
// unchanged; otherwise a card without it would count as drawn.
func (p *delivery) readLateYes(ctx context.Context) error {
	if p.g.State != grant.Pending && p.g.PendingExtension == nil {
		return nil
	}
	key := lateNote + string(p.g.ID)
	note, err := grant.ReadDocument(ctx, p.Store, key, &p.lateYes)
	if errors.Is(err, grant.ErrUnreadable) {
		p.Log.WarnContext(ctx, "reading a yes that did not count", "grant", p.g.ID, "err", err)
		p.lateYes, err = nil, nil
	}
	p.late = &grant.Expect{Key: key, Version: note.Version}
	return err
}

// withLateYes adds a note about a void approval to a card that still asks.
func (p *delivery) withLateYes(card blocks.Message) blocks.Message {
	late := p.lateYes
	if late == nil || late.Revision != p.g.Revision || len(card.Blocks) == 0 {
		return card
	}
	text := fmt.Sprintf("The approval by %s of %s did not count: %s", blocks.Mention(late.By), blocks.When(late.At),
		blocks.Safe(late.Why, 300))
	card.Blocks = slices.Insert(slices.Clone(card.Blocks), len(card.Blocks)-1,
		slack.Block(slack.NewContextBlock("", blocks.Mrkdwn(text))))
	return card
}
