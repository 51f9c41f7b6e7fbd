package commands

import (
	"context"
	"errors"
	"strings"
	"time"

	"s3share/internal/grant"
)

// PutBack restores the part of a grant that was changed outside s3share at time drift. This opens
// access, so it is checked like an approval, and needs a rule of today.
func (d *Decisions) PutBack(ctx context.Context, c Invocation, id grant.ID, drift time.Time) (Answer, error) {
	g, err := d.decider.decide(ctx, c, id, func(ctx context.Context, batch []grant.Grant) decision {
		who := d.directory.lookup(c, batch)
		by := who.actor(ctx, c.By)
		return decision{
			step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
				return g.Apply(grant.Restore{By: by, Today: d.rules.Today(g), Drift: drift, Found: found}, d.now())
			},
			preflight: func(ctx context.Context, g, _ grant.Grant) (*grant.Findings, error) {
				return d.preflightRestore(ctx, who, g)
			},
		}
	})
	return answer(g, err, func(grant.Grant) string {
		return "Restoring access. The alert says when AWS has confirmed it."
	})
}

// preflightRestore checks a restore against a freeze, today's rules, the requester, the beneficiary
// and the limits of AWS. It returns the current findings of AWS.
func (d *Decisions) preflightRestore(ctx context.Context, who *actorLookup, g grant.Grant) (
	found *grant.Findings, err error) {
	if err := d.freezeCheck.whileFrozen(ctx); err != nil {
		return nil, err
	}
	rule, err := d.rules.EvaluateRestore(g, d.now())
	if err == nil {
		err = who.mayStillRequest(ctx, rule, g)
	}
	if err == nil {
		found, err = d.preflight.CheckRestore(ctx, g)
	}
	var no *grant.Refusal
	if !errors.As(err, &no) {
		return found, err
	}
	hint := "End it, so that the requester can submit a new request."
	if strings.Contains(no.Hint, "Try again") { // the obstacle is temporary
		hint = no.Hint
	}
	return nil, grant.Refuse("Access can't be restored. %s", no.Sentence).WithHint("%s", hint)
}
