package commands

import (
	"context"
	"strings"

	"s3share/internal/grant"
)

// Extend requests a longer duration for a grant. All checks of a new request under today's rules
// apply. The same commit approves the extension if the rule allows a short one without approval. If
// the caller is an approver and not concerned by the grant, the commit counts their approval.
func (d *Decisions) Extend(ctx context.Context, c Invocation, id grant.ID, term, reason string) (Answer, error) {
	more, err := grant.ParseTerm(term)
	if err != nil {
		return Answer{}, err
	}
	g, err := d.decider.decide(ctx, c, id, func(ctx context.Context, batch []grant.Grant) decision {
		who := d.directory.lookup(c, batch)
		by := who.actor(ctx, c.By)
		return decision{
			step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
				return d.rules.extend(g, by, more, reason, found)
			},
			preflight: func(ctx context.Context, g, next grant.Grant) (*grant.Findings, error) {
				return d.preflightExtension(ctx, who, g, next)
			},
		}
	})
	return answer(g, err, func(g grant.Grant) string { return extensionReply(g, c.By) })
}

// preflightExtension checks the extended grant next: its people, a freeze, and last the limits of
// AWS. It returns the findings of AWS for g.
func (d *Decisions) preflightExtension(ctx context.Context, who *actorLookup, g, next grant.Grant) (
	*grant.Findings, error) {
	rule, _ := d.rules.RuleFor(g)
	if err := who.mayStillRequest(ctx, rule, next); err != nil {
		return nil, err
	}
	if err := d.freezeCheck.whileFrozen(ctx); err != nil {
		return nil, err
	}
	return d.preflight.CheckExtension(ctx, g)
}

// extend adds an extension to g and, where possible, approves it. found holds the current findings
// of AWS.
func (r *ruleBook) extend(g grant.Grant, by grant.Actor, more grant.Term, reason string, found *grant.Findings) (
	grant.Grant, error) {
	now, today := r.now(), r.Today(g)
	act := grant.RequestExtension{By: by, Today: today, Term: more, Why: strings.TrimSpace(reason), Found: found}
	next, err := g.Apply(act, now) // report a problem of the grant before one of the rules
	if err != nil {
		return g, err
	}
	rule, err := r.EvaluateExtension(g, more)
	if err != nil {
		return g, err
	}
	concerned := g.ConcernsToday(by.Person, today.PrincipalOwners)
	if concerned {
		if err := r.EvaluateRequester(rule, g, by); err != nil {
			return g, err
		}
	}
	switch {
	case next.PendingExtension.Free:
		return next.Apply(grant.ExtendFree{Rule: today.Rule, WarnBefore: r.WarnBefore}, now)
	case !concerned:
		return next.Apply(r.approval(next, grant.Approve{By: by, Today: today, Revision: next.Revision}), now)
	}
	return next, nil
}
