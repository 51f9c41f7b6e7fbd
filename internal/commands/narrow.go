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
func (s *Service) Narrow(ctx context.Context, c Invocation, id grant.ID, revision int, to Smaller) (Answer, error) {
	all, err := s.batchOf(ctx, id, false)
	if err != nil {
		return Answer{}, err
	}
	say := func(g grant.Grant) string { return narrowed(g, to) }
	if a, again, err := s.again(ctx, c, id, say); again || err != nil {
		return a, err
	}
	who := s.actorLookup(c, all)
	by := who.lookup(ctx, c.By)
	acts := map[grant.ID]grant.Action{}
	for _, g := range all {
		act := grant.Action{Kind: grant.Narrow, At: s.now(), By: by, Revision: revision}
		if acts[g.ID], err = s.changed(ctx, g, who, act, to); err != nil {
			return Answer{}, err
		}
	}
	next, err := s.update(ctx, c, id, func(g grant.Grant) (grant.Grant, error) {
		act := acts[g.ID]
		next, err := g.Next(act)
		if err != nil || !to.Approve {
			return next, err
		}
		yes := act
		yes.Kind, yes.Revision, yes.Narrow = grant.Approve, next.Revision, nil
		return next.Next(yes)
	})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: say(next)}, nil
}

func narrowed(g grant.Grant, to Smaller) string {
	why := ""
	if ev := g.Last(grant.Narrow); ev != nil {
		why = ev.Why
	}
	if to.Approve {
		return fmt.Sprintf("Changed %s: %s. ", allOf(g), why) + decisionReply(g, grant.Approve)
	}
	return fmt.Sprintf("Changed %s: %s. The card asks about it as it is now, and earlier approvals are void.",
		allOf(g), why)
}

// changed completes the act that narrows one request. It checks the narrowed request against the
// rules, and fills in the findings of AWS.
func (s *Service) changed(ctx context.Context, g grant.Grant, who *actorLookup, act grant.Action, to Smaller) (
	grant.Action, error) {
	if rule, covered := s.rules.RuleFor(g); covered {
		act.Rule = &rule
	}
	act.PrincipalOwners = s.rules.OwnersOf(g.Principal.ARN)
	narrow, err := s.narrowing(g, to)
	if err != nil {
		return act, err
	}
	act.Narrow = &narrow
	next, err := g.Next(act) // refuse before AWS is called
	if err != nil {
		return act, err
	}
	rule, err := s.rules.Evaluate(next)
	if err != nil {
		return act, err
	}
	if to.Approve {
		if err := who.mayStillRequest(ctx, rule, next); err != nil {
			return act, err
		}
		if err := s.whileFrozen(ctx); err != nil {
			return act, err
		}
	}
	act.Findings = g.Findings
	if s.preflight != nil {
		act.Findings, err = s.preflight.CheckNarrowing(ctx, next, to.Approve)
	}
	return act, err
}

// narrowing parses the typed values.
func (s *Service) narrowing(g grant.Grant, to Smaller) (grant.Narrowing, error) {
	n := grant.Narrowing{Prefix: g.Prefix, Level: g.Level, Term: g.Term}
	if len(g.BatchIDs) > 0 && (to.Prefix != "" || to.WholePrefix) {
		return n, grant.About(grant.FieldPrefix, grant.Refuse("Of what was asked for together, only the level and the term "+
			"can be changed.").WithHint("Deny it, and have them ask for each by itself."))
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
		level, ok := s.rules.Levels[name]
		if !ok {
			return n, grant.About(grant.FieldLevel, grant.Refuse("There is no level called %q.", clip(to.Level)))
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
