package slackbot

import (
	"context"
	"errors"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

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
func (w *worker) noteLateYes(ctx context.Context, a act, yes refusedYes) {
	g, err := w.service.Queries.Get(ctx, yes.ID)
	if err != nil || yes.Revision != g.Revision || g.State != grant.Pending && g.PendingExtension == nil {
		return
	}
	if g.State.Open() && !g.IsBatchLead() { // the card of the batch belongs to its lead
		if g, err = w.service.Queries.Get(ctx, g.BatchLead()); err != nil {
			return
		}
	}
	may, err := w.service.Queries.MayDecide(ctx, commands.Invocation{By: a.by(), Received: a.At}, g)
	if err != nil {
		w.log.WarnContext(ctx, "asking whether a yes that did not count was an approver's", "grant", g.ID, "err", err)
		return
	}
	if !may {
		return
	}
	w.outbox.NoteLateYes(ctx, g.ID, outbox.LateYes{By: a.by(), At: a.At, Why: yes.why.Sentence, Revision: g.Revision})
}
