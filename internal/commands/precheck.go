package commands

import (
	"context"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// The Could functions report an act that is certain to be refused. They use only the record, so
// that a person can correct a form before it is submitted. Nil is no promise: Slack is asked about
// the person only when they act.

// CanApprove checks an approval of a request or of an extension.
func (s *Service) CanApprove(ctx context.Context, c Invocation, id grant.ID, revision int) error {
	return s.precheck(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: onWhatWaits(g, grant.Approve), Revision: revision}, nil
	})
}

// CanDeny checks a denial of a request or of an extension.
func (s *Service) CanDeny(ctx context.Context, c Invocation, id grant.ID, revision int, reason string) error {
	return s.precheck(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: onWhatWaits(g, grant.Deny), Revision: revision, Why: strings.TrimSpace(reason)}, nil
	})
}

// CanNarrow checks a narrowing of a request. The zero Smaller only checks that the caller may
// narrow the request at all.
func (s *Service) CanNarrow(ctx context.Context, c Invocation, id grant.ID, revision int, to Smaller) error {
	return s.precheck(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		if to == (Smaller{}) {
			return grant.Action{Kind: grant.Approve, Revision: revision}, nil
		}
		n, err := s.narrowing(g, to)
		return grant.Action{Kind: grant.Narrow, Revision: revision, Narrow: &n}, err
	})
}

// CanEnd checks an early end of a grant.
func (s *Service) CanEnd(ctx context.Context, c Invocation, id grant.ID, reason string) error {
	return s.precheck(ctx, c, id, func(grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: grant.End, Why: strings.TrimSpace(reason)}, nil
	})
}

// CanReview checks the closing of a break-glass review.
func (s *Service) CanReview(ctx context.Context, c Invocation, id grant.ID, found string) error {
	return s.precheck(ctx, c, id, func(grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: grant.Review, Why: strings.TrimSpace(found)}, nil
	})
}

func (s *Service) precheck(ctx context.Context, c Invocation, id grant.ID,
	act func(grant.Grant) (grant.Action, error)) error {
	all, err := s.batchOf(ctx, id, true)
	for _, g := range all {
		if err := s.precheckOne(c, g, act); err != nil {
			return err
		}
	}
	return err
}

func (s *Service) precheckOne(c Invocation, g grant.Grant, act func(grant.Grant) (grant.Action, error)) error {
	a, err := act(g)
	if err != nil {
		return err
	}
	a.By = optimisticActor(c.By, s.rules.Responders.Groups, s.groupsOf([]grant.Grant{g}), g.Rule.Groups())
	a.Responds = s.rules.Responders.Include(a.By)
	_, err = g.Next(s.withCurrentRule(g, a))
	return err
}

// optimisticActor returns p as a member of all the groups, the best answer that Slack could give.
func optimisticActor(p grant.Person, groups ...[]string) grant.Actor {
	return grant.Actor{Person: p, Standing: grant.Member, Groups: slices.Concat(groups...)}
}

// withCurrentRule fills in today's rule, owners and time for an act on g. It assumes the best of the people
// who approved before.
func (s *Service) withCurrentRule(g grant.Grant, a grant.Action) grant.Action {
	rule, covered := s.rules.RuleFor(g)
	switch {
	case covered:
		a.Rule = &rule
	case a.Kind == grant.End || a.Kind == grant.Review:
		a.Rule = &g.Rule // an approver of the grant's own rule may still end it
	}
	a.At, a.PrincipalOwners = s.now(), s.rules.OwnersOf(g.Principal.ARN)
	for _, p := range g.CompletingApprovers(a) {
		a.Others = append(a.Others, optimisticActor(p, rule.Groups()))
	}
	return a
}
