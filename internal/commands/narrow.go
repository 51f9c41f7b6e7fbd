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
	batch, err := s.batchOf(ctx, id, false)
	if err != nil {
		return Answer{}, err
	}
	say := func(g grant.Grant) string { return narrowed(g, to) }
	if a, again, err := s.again(ctx, c, id, say); again || err != nil {
		return a, err
	}
	who := s.actorLookup(c, batch)
	next, err := s.carryOut(ctx, c, id, batch, s.narrow(who, who.lookup(ctx, c.By), revision, to))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: say(next)}, nil
}

// narrow returns the decision that narrows a request and, if to says so, approves it.
func (s *Service) narrow(who *actorLookup, by grant.Actor, revision int, to Smaller) decision {
	d := decision{
		step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
			n, err := s.narrowing(g, to)
			if err != nil {
				return g, err
			}
			act := s.completed(grant.Action{Kind: grant.Narrow, By: by, Revision: revision, Narrow: &n}, g)
			act.Findings = g.Findings
			if found != nil {
				act.Findings = *found
			}
			return g.Next(act)
		},
		preflight: func(ctx context.Context, g, next grant.Grant) (*grant.Findings, error) {
			return s.preflightNarrowing(ctx, who, next, to.Approve)
		},
	}
	if to.Approve {
		d.also = func(next grant.Grant) (grant.Grant, error) {
			act := s.completed(grant.Action{Kind: grant.Approve, By: by, Revision: next.Revision}, next)
			act.At = next.Last(grant.Narrow).At
			return next.Next(act)
		}
	}
	return d
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

// preflightNarrowing checks a narrowed request against the rules, and returns the findings of AWS.
func (s *Service) preflightNarrowing(ctx context.Context, who *actorLookup, next grant.Grant, approve bool) (
	*grant.Findings, error) {
	rule, err := s.rules.Evaluate(next)
	if err != nil {
		return nil, err
	}
	if approve {
		if err := who.mayStillRequest(ctx, rule, next); err != nil {
			return nil, err
		}
		if err := s.whileFrozen(ctx); err != nil {
			return nil, err
		}
	}
	if s.preflight == nil {
		return nil, nil
	}
	found, err := s.preflight.CheckNarrowing(ctx, next, approve)
	return &found, err
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
