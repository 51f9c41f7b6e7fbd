package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// Extend requests a longer duration for a grant. All checks of a new request under today's rules
// apply. The same commit approves the extension if the rule allows a short one without approval. If
// the caller is an approver and not concerned by the grant, the commit counts their approval.
func (s *Service) Extend(ctx context.Context, c Invocation, id grant.ID, term, reason string) (Answer, error) {
	more, err := grant.ParseTerm(term)
	if err != nil {
		return Answer{}, err
	}
	batch, err := s.batchOf(ctx, id, false)
	if err != nil {
		return Answer{}, err
	}
	if a, again, err := s.again(ctx, c, id, asked); again || err != nil {
		return a, err
	}
	who := s.actorLookup(c, batch)
	by := who.lookup(ctx, c.By)
	next, err := s.carryOut(ctx, c, id, batch, decision{
		step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
			return s.askMore(g, by, more, reason, found)
		},
		preflight: func(ctx context.Context, g, next grant.Grant) (*grant.Findings, error) {
			return s.preflightExtension(ctx, who, g, next)
		},
	})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: asked(next)}, nil
}

// preflightExtension checks the extended grant next: its people, a freeze, and last the limits of
// AWS. It returns the findings of AWS for g.
func (s *Service) preflightExtension(ctx context.Context, who *actorLookup, g, next grant.Grant) (
	*grant.Findings, error) {
	rule, _ := s.rules.RuleFor(g)
	if err := who.mayStillRequest(ctx, rule, next); err != nil {
		return nil, err
	}
	if err := s.whileFrozen(ctx); err != nil || s.preflight == nil {
		return nil, err
	}
	return s.preflight.CheckExtension(ctx, g)
}

// CanExtend reports an extension that is certain to be refused, by the record only. Without a
// term it checks only that the caller may extend the grant at all.
func (s *Service) CanExtend(ctx context.Context, c Invocation, id grant.ID, term, reason string) error {
	g, err := s.store.Get(ctx, id)
	if err != nil {
		return notFound(id, err)
	}
	more := grant.Term(1)
	if term != "" {
		if more, err = grant.ParseTerm(term); err != nil {
			return err
		}
	}
	rule, _ := s.rules.RuleFor(g)
	_, err = s.askMore(g, optimisticActor(c.By, rule.Groups()), more, reason, nil)
	if no := refusedField(err); err == nil || term == "" && no == grant.FieldReason {
		return s.whileFrozen(ctx)
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

// MaxExtension returns the longest extension that today's rule allows, and how much of it needs no
// approval.
func (s *Service) MaxExtension(g grant.Grant) (most, free grant.Term) {
	rule, covered := s.rules.RuleFor(g)
	if !covered {
		return 0, 0
	}
	return g.MaxExtension(rule)
}

// askMore adds an extension to g and, where possible, approves it. found holds the current findings
// of AWS.
func (s *Service) askMore(g grant.Grant, by grant.Actor, more grant.Term, reason string, found *grant.Findings) (
	grant.Grant, error) {
	act := grant.Action{Kind: grant.RequestExtension, At: s.now(), By: by, Term: more, Why: strings.TrimSpace(reason),
		PrincipalOwners: s.rules.OwnersOf(g.Principal.ARN), Found: found}
	rule, covered := s.rules.RuleFor(g)
	if covered {
		act.Rule = &rule
	}
	next, err := g.Next(act) // report a problem of the grant before one of the rules
	if err != nil {
		return g, err
	}
	if _, err := s.rules.EvaluateExtension(g, more); err != nil {
		return g, err
	}
	side := g.ConcernsToday(by.Person, act.PrincipalOwners)
	if side {
		if err := s.rules.EvaluateRequester(rule, g, by); err != nil {
			return g, err
		}
	}
	yes := grant.Action{Kind: grant.Extend, At: act.At, Rule: &rule, PrincipalOwners: act.PrincipalOwners,
		Revision: next.Revision, Warn: s.rules.WarnBefore}
	switch {
	case next.PendingExtension.Free:
		return next.Next(yes)
	case !side:
		yes.By = by
		return next.Next(yes)
	}
	return next, nil
}

// asked returns the answer to an extension, and to an approval of one. A redelivery may find that it
// was denied, cancelled or undecided until the end.
func asked(g grant.Grant) string {
	last := g.Last(grant.RequestExtension, grant.Extend)
	if g.PendingExtension == nil && (last == nil || last.Expiry.IsZero()) {
		return fmt.Sprintf("The extension of `%s` was not approved; `/s3share show %s` says how it stands.", g.ID, g.ID)
	}
	if g.PendingExtension == nil {
		return fmt.Sprintf("The extension of `%s` is approved. The later end is being written: %s. The person who asked is "+
			"told once AWS has confirmed it.", g.ID, gives(g))
	}
	if len(g.PendingExtension.Decisions) > 0 {
		return fmt.Sprintf("Approved: your approval of the extension of `%s` counts; %d more to go.", g.ID, g.Missing()) +
			void(g)
	}
	return fmt.Sprintf("An extension of `%s` by %s is asked for. The access stays as it is until the approvers have "+
		"decided.", g.ID, g.PendingExtension.Term)
}
