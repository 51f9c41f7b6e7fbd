package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// validateWithin is the time limit of checks before an acknowledgement.
const validateWithin = 500 * time.Millisecond

// A performer carries out one act by the commands.
type performer struct {
	service *commands.Service
	store   store.Store
	clicks  *clicks
	now     func() time.Time
	log     *slog.Logger
}

// do carries out a typed command, a click or a submission.
func (f *performer) do(ctx context.Context, a act) (commands.Answer, error) {
	call := a.call()
	if err := f.pressedBefore(ctx, a); err != nil {
		return commands.Answer{}, err
	}
	switch {
	case len(a.Picks) == 1 && (a.Text != "" || a.Action == blocks.DecisionCallback):
		return f.decide(ctx, call, a)
	case a.Text != "":
		return f.service.Command(ctx, call, a.Text)
	case a.Verb == commands.Request && a.Form != nil:
		return f.service.Requests.Submit(ctx, call, a.Form.Draft(call.By))
	case a.Verb == commands.BreakGlass && a.BreakGlass != nil:
		return f.service.Requests.BreakGlass(ctx, call, a.BreakGlass.Draft(a.Reason))
	case a.On != nil:
		return f.doOn(ctx, call, a)
	}
	return commands.Answer{}, errUnknownMessage()
}

// errNotProved means that an act came from a message that the bot did not post for its grant.
var errNotProved = errors.New("not on a message of the grant's")

// doOn carries out an act on a message, if the bot posted the message for that grant.
func (f *performer) doOn(ctx context.Context, call commands.Invocation, a act) (commands.Answer, error) {
	c := *a.On
	if err := f.clicks.verifyClick(ctx, c, allowed[a.Action], proveWithin); err != nil {
		f.clicks.replaceSecondCopy(ctx, a, err)
		return commands.Answer{}, fmt.Errorf("%w: %w", errNotProved, err)
	}
	answer, err := f.actOn(ctx, call, a, c)
	f.clicks.redrawIfStale(ctx, c, err)
	return answer, err
}

func (f *performer) actOn(ctx context.Context, call commands.Invocation, a act, c click) (commands.Answer, error) {
	switch a.Verb {
	case commands.Approve:
		if err := f.mayApproveThere(ctx, c); err != nil {
			return commands.Answer{}, err
		}
		return f.service.Decisions.Approve(ctx, call, c.ID, c.Revision)
	case commands.Deny:
		return f.service.Decisions.Deny(ctx, call, c.ID, c.Revision, a.Reason)
	case commands.Review:
		return f.service.Endings.Review(ctx, call, c.ID, a.Reason)
	case commands.Extend:
		return f.service.Decisions.Extend(ctx, call, c.ID, a.Term, a.Reason)
	case commands.Consent:
		return f.service.Decisions.Consent(ctx, call, c.ID)
	case commands.Decline:
		return f.service.Decisions.Decline(ctx, call, c.ID)
	case commands.Cancel:
		return f.service.Endings.Cancel(ctx, call, c.ID)
	case commands.OpenCard:
		return f.openCard(ctx, call, c)
	case commands.Narrow, commands.NarrowAndApprove:
		if a.Narrow != nil {
			return f.service.Decisions.Narrow(ctx, call, c.ID, c.Revision, a.Narrow.Smaller())
		}
	case commands.End, commands.PutBack:
		if a.Action == blocks.ActRevoke {
			return f.service.Endings.End(ctx, call, c.ID, a.Reason)
		}
		drift, err := f.clicks.driftShown(ctx, c)
		if err != nil {
			return commands.Answer{}, err
		}
		if a.Verb == commands.End {
			return f.service.Endings.EndChanged(ctx, call, c.ID, drift)
		}
		return f.service.Decisions.PutBack(ctx, call, c.ID, drift)
	}
	return commands.Answer{}, errUnknownMessage()
}

// openCard has the card of a request on a list posted, for a person who may decide on it.
func (f *performer) openCard(ctx context.Context, call commands.Invocation, c click) (commands.Answer, error) {
	if err := f.service.Decisions.MayOpenCard(ctx, call, c.ID); err != nil {
		return commands.Answer{}, err
	}
	opened, err := f.clicks.outbox.OpenCard(ctx, c.ID)
	if err == nil && !opened {
		return commands.Answer{Text: fmt.Sprintf("The card of request `%s` was posted before.", c.ID)}, nil
	}
	return commands.Answer{Text: fmt.Sprintf("Posting the card of request `%s` in this channel.", c.ID)}, err
}

// mayApproveThere refuses an approval on a Home that does not show all of the request.
func (f *performer) mayApproveThere(ctx context.Context, c click) error {
	if !c.atHome() {
		return nil
	}
	g, err := f.service.Queries.Get(ctx, c.ID)
	if err == nil && !blocks.ShowsAll(g) && (g.State == grant.Pending || g.PendingExtension != nil) {
		err = grant.Refuse("You can't approve this from your Home, which does not show all of it.").
			WithHint("Use its card in the channel.")
	}
	return err
}

// approveOne approves one ticked item, if it may be approved in bulk.
func (f *performer) approveOne(ctx context.Context, a act, p pick) commands.Outcome {
	out := commands.Outcome{ID: p.ID}
	if out.Failure = f.service.Order.TooLate(a.Verb, a.At); out.Failure != nil && !f.committed(ctx, a.causeOf(p)) {
		out.Late = true
		return out
	}
	out.Failure = nil
	g, err := f.service.Queries.Get(ctx, p.ID)
	if err == nil && !blocks.IsBulkApprovable(g) && (g.State == grant.Pending || g.PendingExtension != nil) {
		err = grant.Refuse("This can't be approved together with others: it allows writes, covers a whole bucket, has a " +
			"warning, or is too long for the list.").WithHint("Use its card in the channel.")
	}
	if errors.As(err, &out.Failure) {
		return out
	}
	return f.service.Decisions.ApproveOne(ctx, a.call(), commands.Selection{ID: p.ID, Revision: p.Revision})
}

// decide carries out a decision that was typed, or sent by its modal.
func (f *performer) decide(ctx context.Context, call commands.Invocation, a act) (commands.Answer, error) {
	p := a.Picks[0]
	if a.Text != "" {
		call.Revision = &p.Revision
		return f.service.Command(ctx, call, a.Text)
	}
	if a.Verb == commands.Deny {
		return f.service.Decisions.Deny(ctx, call, p.ID, p.Revision, a.Reason)
	}
	return f.service.Decisions.Approve(ctx, call, p.ID, p.Revision)
}

// pressedBefore refuses a second click on a retry button. A replay of the first click is allowed.
func (f *performer) pressedBefore(ctx context.Context, a act) error {
	key := a.retryCause()
	if key == "" || !f.committed(ctx, key) || f.doneBefore(ctx, a) {
		return nil
	}
	return grant.Refuse("You already requested that extension.").
		WithHint("`/s3share show %s` shows its status.", f.aboutGrant(ctx, a))
}

func (f *performer) aboutGrant(ctx context.Context, a act) grant.ID {
	if ids := a.ids(); len(ids) == 1 {
		return ids[0]
	}
	return f.service.Parser.TypedID(ctx, a.Text)
}

// doneBefore reports whether an earlier run carried out an act, or a part of it.
func (f *performer) doneBefore(ctx context.Context, a act) bool {
	causes := a.causes()
	for _, p := range a.Picks {
		causes = append(causes, a.causeOf(p))
	}
	return f.committed(ctx, causes...)
}

// committed reports whether the store has one of some causes. On an error it returns false, because
// a second commit would be a duplicate.
func (f *performer) committed(ctx context.Context, causes ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, validateWithin)
	defer cancel()
	done, err := f.store.Committed(ctx, f.now(), causes...)
	if err != nil {
		f.log.WarnContext(ctx, "asking whether an act was carried out before", "err", err)
	}
	return done
}
