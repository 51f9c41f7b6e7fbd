package commands

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/grant"
)

// Decisions decides on requests and extensions, and opens, prolongs and restores access.
type Decisions struct {
	decider     *decider
	rules       *ruleBook
	directory   *directory
	freezeCheck *freezeCheck
	preflight   Preflight
	now         func() time.Time
	log         *slog.Logger
}

// Approve records the caller's approval of a request or an extension at a revision.
func (d *Decisions) Approve(ctx context.Context, c Invocation, id grant.ID, revision int) (Answer, error) {
	return d.approveOrDeny(ctx, c, id, &revision, grant.EventApprove, "")
}

// Deny ends a request or an extension for a reason.
func (d *Decisions) Deny(ctx context.Context, c Invocation, id grant.ID, revision int, reason string) (Answer, error) {
	return d.approveOrDeny(ctx, c, id, &revision, grant.EventDeny, reason)
}

// MayOpenCard refuses to open the card of a request for a person who may not decide on it. Slack is asked
// anew.
func (d *Decisions) MayOpenCard(ctx context.Context, c Invocation, id grant.ID) error {
	batch, err := d.decider.records.batchOf(ctx, id, true)
	if err != nil {
		return err
	}
	by := d.directory.lookup(c, batch).actor(ctx, c.By)
	for _, g := range batch {
		no := grant.Deny{By: by, Today: d.rules.Today(g), Revision: g.Revision, Why: "only tried"}
		if _, err := g.Apply(no, d.now()); err != nil {
			return err
		}
	}
	return nil
}

func (d *Decisions) approveOrDeny(ctx context.Context, c Invocation, id grant.ID, revision *int, kind grant.EventKind,
	reason string) (Answer, error) {
	g, err := d.record(ctx, c, id, revision, kind, reason)
	return answer(g, err, func(g grant.Grant) string { return decisionReply(g, recordedAs(g, c, kind)) })
}

// record records an approver's decision, typed or by button. A nil revision means the latest.
func (d *Decisions) record(ctx context.Context, c Invocation, id grant.ID, revision *int, kind grant.EventKind,
	reason string) (grant.Grant, error) {
	c.closes = kind == grant.EventDeny
	return d.decider.decide(ctx, c, id, func(ctx context.Context, batch []grant.Grant) decision {
		who := d.directory.lookup(c, batch)
		by, seen := who.actor(ctx, c.By), batch[0].Revision
		if revision != nil {
			seen = *revision
		}
		if kind == grant.EventDeny {
			return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
				no := grant.Deny{By: by, Today: d.rules.Today(g), Revision: seen, Why: strings.TrimSpace(reason)}
				return g.Apply(denial(g, no), d.now())
			}}
		}
		return decision{
			step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
				today := d.rules.Today(g)
				others := who.actors(ctx, today.CompletingApprovers(g))
				yes := grant.Approve{By: by, Today: today, Revision: seen, Others: others, Found: found}
				return g.Apply(d.rules.approval(g, yes), d.now())
			},
			preflight: func(ctx context.Context, g, _ grant.Grant) (*grant.Findings, error) {
				return d.preflightApproval(ctx, g, who)
			},
		}
	})
}

// denial returns the denial of the extension of g if one is pending, otherwise that of the request.
func denial(g grant.Grant, no grant.Deny) grant.Action {
	if g.PendingExtension == nil {
		return no
	}
	return grant.DenyExtension(no)
}

// recordedAs returns the kind of event that the caller's decision was recorded as.
func recordedAs(g grant.Grant, c Invocation, kind grant.EventKind) grant.EventKind {
	more := grant.EventExtend
	if kind == grant.EventDeny {
		more = grant.EventDenyExtension
	}
	if last := g.Last(kind, more); last != nil && last.By.Same(c.By) {
		return last.Kind
	}
	return kind
}

// preflightApproval checks an approval against the changes since the request: a freeze, the rules in
// the config, the requester and the beneficiary, and last the limits of AWS. It returns the current
// findings of AWS.
func (d *Decisions) preflightApproval(ctx context.Context, g grant.Grant, who *actorLookup) (*grant.Findings, error) {
	if err := d.freezeCheck.whileFrozen(ctx); err != nil {
		return nil, err
	}
	rule, err := d.rules.evaluate(g)
	if err != nil {
		return nil, err
	}
	if err := who.mayStillRequest(ctx, rule, g); err != nil {
		return nil, err
	}
	if g.PendingExtension != nil {
		return d.preflight.CheckExtension(ctx, g)
	}
	return d.preflight.CheckApproval(ctx, g)
}

// evaluate checks a request, or the pending extension of a grant, against today's rules.
func (r *ruleBook) evaluate(g grant.Grant) (rule grant.Rule, err error) {
	if g.PendingExtension != nil {
		rule, err = r.EvaluateExtension(g, g.PendingExtension.Term)
	} else {
		rule, err = r.Evaluate(g)
	}
	var no *grant.Refusal
	if errors.As(err, &no) {
		err = grant.Refuse("The rules have changed since this was requested. %s", no.Sentence).
			WithHint("Deny it, so that the requester can submit a new request.")
	}
	return rule, err
}
