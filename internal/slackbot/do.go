package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// A worker carries out acts, answers them, and reports acts that take too long.
type worker struct {
	acts      *acts
	dedupe    *dedupe
	service   *commands.Service
	store     store.Store
	outbox    *outbox.Outbox
	clicks    *clicks
	answers   *answers
	retries   *retries
	failpoint func(point string)
	now       func() time.Time
	log       *slog.Logger

	noJournal atomic.Pointer[string] // why the journal cannot be written; "" or nil: no known reason
}

// do carries out a typed command, a click or a submission.
func (w *worker) do(ctx context.Context, a act) (commands.Answer, error) {
	call := a.call()
	if err := w.pressedBefore(ctx, a); err != nil {
		return commands.Answer{}, err
	}
	switch {
	case len(a.Picks) == 1 && (a.Text != "" || a.Action == blocks.DecisionCallback):
		return w.decide(ctx, call, a)
	case a.Text != "":
		return w.service.Command(ctx, call, a.Text)
	case a.Verb == commands.Request && a.Form != nil:
		return w.service.Requests.Submit(ctx, call, a.Form.Draft(call.By))
	case a.Verb == commands.BreakGlass && a.Glass != nil:
		return w.service.Requests.BreakGlass(ctx, call, a.Glass.Draft(a.Reason))
	case a.On != nil:
		return w.doOn(ctx, call, a)
	}
	return commands.Answer{}, errUnknownMessage()
}

// errNotProved means that an act came from a message that the bot did not post for its grant.
var errNotProved = errors.New("not on a message of the grant's")

// doOn carries out an act on a message, if the bot posted the message for that grant.
func (w *worker) doOn(ctx context.Context, call commands.Invocation, a act) (commands.Answer, error) {
	c := *a.On
	if err := w.clicks.verifyClick(ctx, c, allowed(a.Action), proveWithin); err != nil {
		w.clicks.replaceSecondCopy(ctx, a, err)
		return commands.Answer{}, fmt.Errorf("%w: %w", errNotProved, err)
	}
	answer, err := w.actOn(ctx, call, a, c)
	w.clicks.redrawIfStale(ctx, c, err)
	return answer, err
}

func (w *worker) actOn(ctx context.Context, call commands.Invocation, a act, c click) (commands.Answer, error) {
	switch a.Verb {
	case commands.Approve:
		if err := w.mayApproveThere(ctx, c); err != nil {
			return commands.Answer{}, err
		}
		return w.service.Decisions.Approve(ctx, call, c.ID, c.Revision)
	case commands.Deny:
		return w.service.Decisions.Deny(ctx, call, c.ID, c.Revision, a.Reason)
	case commands.Review:
		return w.service.Endings.Review(ctx, call, c.ID, a.Reason)
	case commands.Extend:
		return w.service.Decisions.Extend(ctx, call, c.ID, a.Term, a.Reason)
	case commands.Consent:
		return w.service.Decisions.Consent(ctx, call, c.ID)
	case commands.Decline:
		return w.service.Decisions.Decline(ctx, call, c.ID)
	case commands.Cancel:
		return w.service.Endings.Cancel(ctx, call, c.ID)
	case commands.Narrow, commands.NarrowAndApprove:
		if a.Narrow != nil {
			return w.service.Decisions.Narrow(ctx, call, c.ID, c.Revision, a.Narrow.Smaller())
		}
	case commands.End, commands.PutBack:
		if a.Action == blocks.ActRevoke {
			return w.service.Endings.End(ctx, call, c.ID, a.Reason)
		}
		drift, err := w.clicks.askedAbout(ctx, c)
		if err != nil {
			return commands.Answer{}, err
		}
		if a.Verb == commands.End {
			return w.service.Endings.EndChanged(ctx, call, c.ID, drift)
		}
		return w.service.Decisions.PutBack(ctx, call, c.ID, drift)
	}
	return commands.Answer{}, errUnknownMessage()
}

// mayApproveThere refuses the approval of a batch on a Home, which has no space to show it.
func (w *worker) mayApproveThere(ctx context.Context, c click) error {
	if !c.atHome() {
		return nil
	}
	g, err := w.service.Queries.Get(ctx, c.ID)
	if err == nil && len(g.BatchIDs) > 0 && g.PendingExtension == nil {
		err = grant.Refuse("Several grants in one request are not approved from your Home, which has no room to show them.").
			WithHint("Use the card, which shows them all.")
	}
	return err
}

// approveOne approves one ticked item, if it may be approved in bulk.
func (w *worker) approveOne(ctx context.Context, a act, p pick) commands.Outcome {
	out := commands.Outcome{ID: p.ID}
	if out.Failure = w.service.Order.TooLate(a.Verb, a.At); out.Failure != nil && !w.committed(ctx, a.causeOf(p)) {
		out.Late = true
		return out
	}
	out.Failure = nil
	g, err := w.service.Queries.Get(ctx, p.ID)
	if err == nil && !blocks.IsBulkApprovable(g) && (g.State == grant.Pending || g.PendingExtension != nil) {
		err = grant.Refuse("This is not decided along with others: it writes, is on a whole bucket, has a warning, or is " +
			"several grants in one.").WithHint("Use its card.")
	}
	if errors.As(err, &out.Failure) {
		return out
	}
	return w.service.Decisions.ApproveOne(ctx, a.call(), commands.Selection{ID: p.ID, Revision: p.Revision})
}
