package commands

import (
	"context"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A Confirm is a break-glass that waits for the caller's confirmation: the typed draft, and the
// grant that it would open.
type Confirm struct {
	Draft grant.Draft
	Grant grant.Grant
}

// breakGlass previews a break-glass. It stores nothing before the caller confirms, because the
// access opens without a second person.
func (p *Prechecks) breakGlass(ctx context.Context, c Invocation, q parse.Request) (Answer, error) {
	confirm, err := p.ConfirmBreakGlass(ctx, c, drafted(c, q))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Confirm: &confirm}, nil
}

// ConfirmBreakGlass returns the grant that a break-glass would open, or a refusal that is certain
// without a call to Slack.
func (p *Prechecks) ConfirmBreakGlass(ctx context.Context, c Invocation, draft grant.Draft) (Confirm, error) {
	draft.Requester = c.By
	g, _, err := p.Preview(c, draft)
	if err != nil {
		return Confirm{}, err
	}
	// the best case; Slack is asked after the confirmation
	if err := p.rules.EvaluateRequester(g.Rule, g, optimisticActor(c.By, g.Rule.Groups())); err != nil {
		return Confirm{}, err
	}
	if err := p.mayBreakGlass(ctx, g); err != nil {
		return Confirm{}, err
	}
	return Confirm{draft, g}, nil
}

// BreakGlass stores a break-glass that the caller has confirmed.
func (r *Requests) BreakGlass(ctx context.Context, c Invocation, draft grant.Draft) (Answer, error) {
	draft.BreakGlass = true
	draft.Requester = c.By
	g, err := r.create(ctx, c, draft)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf("Break-glass `%s`: it opens as soon as AWS has been asked, the admin channel is "+
		"told, and an approver reviews it afterwards.", g.ID)}, nil
}

// mayBreakGlass checks a break-glass against a freeze and the requester's earlier break-glass.
func (p *Prechecks) mayBreakGlass(ctx context.Context, g grant.Grant) error {
	if err := p.gate.whileFrozen(ctx); err != nil {
		return err
	}
	past, err := p.store.List(ctx, store.Query{Requester: g.Requester.User})
	if err != nil {
		return fmt.Errorf("looking for earlier break-glass: %w", err)
	}
	return p.rules.EvaluateBreakGlassHistory(g, past, p.now())
}

// mayBreakGlass also refuses a break-glass if a freeze or an end-all was received after it. The
// expectations make the commit fail if that changes before it.
func (r *Requests) mayBreakGlass(ctx context.Context, c Invocation, all []grant.Grant) ([]store.Expect, error) {
	frozen, err := r.gate.notFrozen(ctx)
	if err != nil {
		return nil, err
	}
	cutOff, err := r.gate.notCutOff(ctx, c, all)
	if err != nil {
		return nil, err
	}
	return []store.Expect{frozen, cutOff}, r.prechecks.mayBreakGlass(ctx, all[0])
}
