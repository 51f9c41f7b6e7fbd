package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Prechecks reports acts that are certain to be refused, so that a person can correct a form before
// it is submitted. It uses the record and the config only. Nil is no promise: Slack is asked about
// the person only when they act.
type Prechecks struct {
	store       reader
	records     *records
	rules       *ruleBook
	freezeCheck *freezeCheck
	now         func() time.Time
}

// Preview returns the first grant of a request, and the number of others in its batch. The error is
// the refusal that can be predicted without a call to Slack or AWS. It stores nothing.
func (p *Prechecks) Preview(c Invocation, d grant.Draft) (lead grant.Grant, others int, err error) {
	d.Requester = c.By
	all, err := p.rules.DraftBatch(previewID, d, 0, p.now())
	if err != nil {
		return grant.Grant{}, 0, err
	}
	return all[0], len(all) - 1, nil
}

// previewID is the id of a grant that is not stored.
func previewID() grant.ID { return "00000000" }

// CanRequest reports a request that is certain to be refused, by the config and the store only.
func (p *Prechecks) CanRequest(ctx context.Context, c Invocation, draft grant.Draft) error {
	draft.Requester = c.By
	open, err := p.openRequests(ctx, c)
	if err != nil {
		return err
	}
	all, err := p.rules.DraftBatch(previewID, draft, open, c.received(p.now()))
	if err != nil {
		return err
	}
	if !all[0].BreakGlass {
		return nil
	}
	return p.mayBreakGlass(ctx, all[0])
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

// openRequests counts the caller's undecided requests.
func (p *Prechecks) openRequests(ctx context.Context, c Invocation) (int, error) {
	open, err := p.store.Count(ctx,
		store.Query{Requester: c.By.User, States: []grant.State{grant.Checking, grant.Pending}})
	if err != nil {
		return 0, fmt.Errorf("counting open requests: %w", err)
	}
	return open, nil
}

// mayBreakGlass checks a break-glass against a freeze and the requester's earlier break-glass.
func (p *Prechecks) mayBreakGlass(ctx context.Context, g grant.Grant) error {
	if err := p.freezeCheck.whileFrozen(ctx); err != nil {
		return err
	}
	past, err := p.store.List(ctx, store.Query{Requester: g.Requester.User})
	if err != nil {
		return fmt.Errorf("looking for earlier break-glass: %w", err)
	}
	return p.rules.EvaluateBreakGlassHistory(g, past, p.now())
}

// CanApprove checks an approval of a request or of an extension.
func (p *Prechecks) CanApprove(ctx context.Context, c Invocation, id grant.ID, revision int) error {
	return p.precheck(ctx, c, id, func(g grant.Grant, by grant.Actor) (grant.Action, error) {
		return p.rules.likelyApproval(g, by, revision), nil
	})
}

// CanDeny checks a denial of a request or of an extension.
func (p *Prechecks) CanDeny(ctx context.Context, c Invocation, id grant.ID, revision int, reason string) error {
	return p.precheck(ctx, c, id, func(g grant.Grant, by grant.Actor) (grant.Action, error) {
		no := grant.Deny{By: by, Today: p.rules.Today(g), Revision: revision, Why: strings.TrimSpace(reason)}
		return denial(g, no), nil
	})
}

// CanNarrow checks a narrowing of a request. The zero Smaller only checks that the caller may
// narrow the request at all.
func (p *Prechecks) CanNarrow(ctx context.Context, c Invocation, id grant.ID, revision int, to Smaller) error {
	return p.precheck(ctx, c, id, func(g grant.Grant, by grant.Actor) (grant.Action, error) {
		today := p.rules.Today(g)
		if to == (Smaller{}) {
			return grant.Approve{By: by, Today: today, Revision: revision, Others: likelyApprovers(g, today)}, nil
		}
		n, err := p.rules.narrowing(g, to)
		return grant.Narrow{By: by, Today: today, Revision: revision, To: n}, err
	})
}

// CanExtend reports an extension that is certain to be refused, by the record only. Without a
// term it checks only that the caller may extend the grant at all.
func (p *Prechecks) CanExtend(ctx context.Context, c Invocation, id grant.ID, term, reason string) error {
	g, err := p.records.get(ctx, id)
	if err != nil {
		return err
	}
	more := grant.Term(1)
	if term != "" {
		if more, err = grant.ParseTerm(term); err != nil {
			return err
		}
	}
	rule, _ := p.rules.RuleFor(g)
	_, err = p.rules.extend(g, optimisticActor(c.By, rule.Groups()), more, reason, nil)
	if no := refusedField(err); err == nil || term == "" && no == grant.FieldReason {
		return p.freezeCheck.whileFrozen(ctx)
	}
	return err
}

// refusedField returns the field that a refusal is about.
func refusedField(err error) grant.Field {
	var no *grant.Refusal
	if errors.As(err, &no) {
		return no.Field
	}
	return ""
}

// CanEnd checks an early end of a grant.
func (p *Prechecks) CanEnd(ctx context.Context, c Invocation, id grant.ID, reason string) error {
	return p.precheck(ctx, c, id, func(g grant.Grant, by grant.Actor) (grant.Action, error) {
		return grant.End{By: by, Today: p.rules.todayOrOwn(g), Responder: p.rules.Responders.Include(by),
			Why: strings.TrimSpace(reason)}, nil
	})
}

// CanReview checks the closing of a break-glass review.
func (p *Prechecks) CanReview(ctx context.Context, c Invocation, id grant.ID, found string) error {
	return p.precheck(ctx, c, id, func(g grant.Grant, by grant.Actor) (grant.Action, error) {
		return grant.Review{By: by, Today: p.rules.todayOrOwn(g), Why: strings.TrimSpace(found)}, nil
	})
}

// precheck tries an action on each grant of a batch, without storing it.
func (p *Prechecks) precheck(ctx context.Context, c Invocation, id grant.ID,
	action func(g grant.Grant, by grant.Actor) (grant.Action, error)) error {
	all, err := p.records.batchOf(ctx, id, true)
	for _, g := range all {
		by := optimisticActor(c.By, p.rules.Responders.Groups, p.rules.groupsOf([]grant.Grant{g}), g.Rule.Groups())
		a, err := action(g, by)
		if err != nil {
			return err
		}
		if _, err := g.Apply(a, p.now()); err != nil {
			return err
		}
	}
	return err
}
