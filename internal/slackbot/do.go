package slackbot

import (
	"context"
	"errors"
	"fmt"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// do carries out a typed command, a click or a submission.
func (b *Bot) do(ctx context.Context, a act) (commands.Answer, error) {
	call := a.call()
	if err := b.pressedBefore(ctx, a); err != nil {
		return commands.Answer{}, err
	}
	switch {
	case len(a.Picks) == 1 && (a.Text != "" || a.Action == decisionModal):
		return b.decide(ctx, call, a)
	case a.Text != "":
		return b.Service.Command(ctx, call, a.Text)
	case a.Verb == commands.Request && a.Form != nil:
		return b.Service.RequestByForm(ctx, call, a.Form.draft(call))
	case a.Verb == commands.BreakGlass && a.Glass != nil:
		return b.Service.BreakGlass(ctx, call, a.Glass.draft(a.Reason))
	case a.On != nil:
		return b.doOn(ctx, call, a)
	}
	return commands.Answer{}, errUnknownMessage()
}

// errNotProved means that an act came from a message that the bot did not post for its grant.
var errNotProved = errors.New("not on a message of the grant's")

// doOn carries out an act on a message, if the bot posted the message for that grant.
func (b *Bot) doOn(ctx context.Context, call commands.Invocation, a act) (commands.Answer, error) {
	c := *a.On
	if err := b.clicks.verifyClick(ctx, c, allowed(a.Action), proveWithin); err != nil {
		b.clicks.replaceSecondCopy(ctx, a, err)
		return commands.Answer{}, fmt.Errorf("%w: %w", errNotProved, err)
	}
	answer, err := b.actOn(ctx, call, a, c)
	b.clicks.redrawIfStale(ctx, c, err)
	return answer, err
}

func (b *Bot) actOn(ctx context.Context, call commands.Invocation, a act, c click) (commands.Answer, error) {
	switch a.Verb {
	case commands.Approve:
		if err := b.mayApproveThere(ctx, c); err != nil {
			return commands.Answer{}, err
		}
		return b.Service.Approve(ctx, call, c.ID, c.Revision)
	case commands.Deny:
		return b.Service.Deny(ctx, call, c.ID, c.Revision, a.Reason)
	case commands.Review:
		return b.Service.Review(ctx, call, c.ID, a.Reason)
	case commands.Extend:
		return b.Service.Extend(ctx, call, c.ID, a.Term, a.Reason)
	case commands.Consent:
		return b.Service.Consent(ctx, call, c.ID)
	case commands.Decline:
		return b.Service.Decline(ctx, call, c.ID)
	case commands.Cancel:
		return b.Service.Cancel(ctx, call, c.ID)
	case commands.Narrow, commands.NarrowAndApprove:
		if a.Narrow != nil {
			return b.Service.Narrow(ctx, call, c.ID, c.Revision, a.Narrow.smaller())
		}
	case commands.End, commands.PutBack:
		if a.Action == blocks.ActRevoke {
			return b.Service.End(ctx, call, c.ID, a.Reason)
		}
		drift, err := b.clicks.askedAbout(ctx, c)
		if err != nil {
			return commands.Answer{}, err
		}
		if a.Verb == commands.End {
			return b.Service.EndChanged(ctx, call, c.ID, drift)
		}
		return b.Service.PutBack(ctx, call, c.ID, drift)
	}
	return commands.Answer{}, errUnknownMessage()
}

// mayApproveThere refuses the approval of a batch on a Home, which has no space to show it.
func (b *Bot) mayApproveThere(ctx context.Context, c click) error {
	if !c.atHome() {
		return nil
	}
	g, err := b.Service.Get(ctx, c.ID)
	if err == nil && len(g.BatchIDs) > 0 && g.PendingExtension == nil {
		err = grant.Refuse("Several grants in one request are not approved from your Home, which has no room to show them.").
			WithHint("Use the card, which shows them all.")
	}
	return err
}

// approveOne approves one ticked item, if it may be approved in bulk.
func (b *Bot) approveOne(ctx context.Context, a act, p pick) commands.Outcome {
	out := commands.Outcome{ID: p.ID}
	if out.Failure = b.Service.TooLate(a.Verb, a.At); out.Failure != nil && !b.committed(ctx, a.causeOf(p)) {
		out.Late = true
		return out
	}
	out.Failure = nil
	g, err := b.Service.Get(ctx, p.ID)
	if err == nil && !bulkApprovable(g) && (g.State == grant.Pending || g.PendingExtension != nil) {
		err = grant.Refuse("This is not decided along with others: it writes, is on a whole bucket, has a warning, or is " +
			"several grants in one.").WithHint("Use its card.")
	}
	if errors.As(err, &out.Failure) {
		return out
	}
	return b.Service.ApproveOne(ctx, a.call(), commands.Selection{ID: p.ID, Revision: p.Revision})
}
