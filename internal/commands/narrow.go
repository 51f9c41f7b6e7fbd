package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// A Smaller holds an approver's changes to a request, as they were typed. An empty field keeps the
// value of the request.
type Smaller struct {
	Prefix, Level, Term string
	WholePrefix         bool // an empty prefix means the whole bucket
	Approve             bool // also count as the caller's approval
}

// Narrow narrows a request at the revision that the caller saw. Earlier approvals become void.
func (d *Decisions) Narrow(ctx context.Context, c Invocation, id grant.ID, revision int, to Smaller) (Answer, error) {
	g, err := d.decider.decide(ctx, c, id, func(ctx context.Context, batch []grant.Grant) decision {
		who := d.directory.lookup(c, batch)
		return d.narrow(who, who.actor(ctx, c.By), revision, to)
	})
	return answer(g, err, func(g grant.Grant) string { return narrowReply(g, to) })
}

// narrow returns the decision that narrows a request and, if to says so, approves it.
func (d *Decisions) narrow(who *actorLookup, by grant.Actor, revision int, to Smaller) decision {
	does := decision{
		step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
			n, err := d.rules.narrowing(g, to)
			if err != nil {
				return g, err
			}
			act := grant.Narrow{By: by, Today: d.rules.Today(g), Revision: revision, To: n, Findings: g.Findings}
			if found != nil {
				act.Findings = *found
			}
			return g.Apply(act, d.now())
		},
		preflight: func(ctx context.Context, _, next grant.Grant) (*grant.Findings, error) {
			return d.preflightNarrowing(ctx, who, next, to.Approve)
		},
	}
	if to.Approve {
		does.also = func(next grant.Grant) (grant.Grant, error) {
			yes := grant.Approve{By: by, Today: d.rules.Today(next), Revision: next.Revision}
			return next.Apply(yes, next.Last(grant.EventNarrow).At)
		}
	}
	return does
}

// narrowReply returns the answer to a narrowing.
func narrowReply(g grant.Grant, to Smaller) string {
	done, how := "Saved", ""
	if n := len(g.BatchIDs); n > 0 {
		how = fmt.Sprintf(" for all %d requests", n)
	}
	ev := g.Last(grant.EventNarrow)
	if ev != nil {
		how += ": " + ev.Why
	}
	if to.Approve && isApproved(g) {
		return done + " and approved" + how + approvalNext(g)
	}
	if to.Approve {
		return done + how + ". " + decisionReply(g, grant.EventApprove)
	}
	if ev != nil && len(ev.Void) > 0 {
		return done + how + ". Earlier approvals no longer count."
	}
	return done + how + ". Still waiting for a decision."
}

// preflightNarrowing checks a narrowed request against the rules, and returns the findings of AWS.
func (d *Decisions) preflightNarrowing(ctx context.Context, who *actorLookup, next grant.Grant, approve bool) (
	*grant.Findings, error) {
	rule, err := d.rules.Evaluate(next)
	if err != nil {
		return nil, err
	}
	if approve {
		if err := who.mayStillRequest(ctx, rule, next); err != nil {
			return nil, err
		}
		if err := d.freezeCheck.whileFrozen(ctx); err != nil {
			return nil, err
		}
	}
	found, err := d.preflight.CheckNarrowing(ctx, next, approve)
	return &found, err
}

// narrowing parses the typed values of a narrowing of g.
func (r *ruleBook) narrowing(g grant.Grant, to Smaller) (grant.Narrowing, error) {
	n := grant.Narrowing{Prefix: g.Prefix, Level: g.Level, Term: g.Term}
	if len(g.BatchIDs) > 0 && (to.Prefix != "" || to.WholePrefix) {
		return n, grant.About(grant.FieldPrefix, grant.Refuse("Requests that were submitted together have several "+
			"folders, so you can change only their access level and duration.").
			WithHint("Deny them; the requester can submit separate requests."))
	}
	if prefix := strings.Trim(strings.TrimSpace(to.Prefix), "/"); prefix != "" {
		_, read, err := grant.ParseTarget(g.Bucket.Name + "/" + prefix)
		if err != nil {
			return n, grant.About(grant.FieldPrefix, err)
		}
		n.Prefix = read
	} else if to.WholePrefix {
		n.Prefix = ""
	}
	if name := lower(strings.TrimSpace(to.Level)); name != "" && name != g.Level.Name {
		level, ok := r.Levels[name]
		if !ok {
			return n, grant.About(grant.FieldLevel, grant.Refuse("There is no access level %q.", clip(to.Level)).
				WithHint("The request has the level %s.", g.Level.Name))
		}
		n.Level = level
	}
	if to.Term != "" {
		term, err := grant.ParseTerm(to.Term)
		if err != nil {
			return n, grant.About(grant.FieldTerm, err)
		}
		n.Term = term
	}
	return n, nil
}
