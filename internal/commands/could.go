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

// CouldApprove checks an approval of a request or of an extension.
func (s *Service) CouldApprove(ctx context.Context, c Call, id grant.ID, revision int) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: onWhatWaits(g, grant.Approve), Revision: revision}, nil
	})
}

// CouldDeny checks a denial of a request or of an extension.
func (s *Service) CouldDeny(ctx context.Context, c Call, id grant.ID, revision int, reason string) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: onWhatWaits(g, grant.Deny), Revision: revision, Why: strings.TrimSpace(reason)}, nil
	})
}

// CouldChange checks a narrowing of a request. The zero Smaller only checks that the caller may
// narrow the request at all.
func (s *Service) CouldChange(ctx context.Context, c Call, id grant.ID, revision int, to Smaller) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		if to == (Smaller{}) {
			return grant.Action{Kind: grant.Approve, Revision: revision}, nil
		}
		n, err := s.narrowing(g, to)
		return grant.Action{Kind: grant.Narrow, Revision: revision, Narrow: &n}, err
	})
}

// CouldEnd checks an early end of a grant.
func (s *Service) CouldEnd(ctx context.Context, c Call, id grant.ID, reason string) error {
	return s.could(ctx, c, id, func(grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: grant.End, Why: strings.TrimSpace(reason)}, nil
	})
}

// CouldReview checks the closing of a break-glass review.
func (s *Service) CouldReview(ctx context.Context, c Call, id grant.ID, found string) error {
	return s.could(ctx, c, id, func(grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: grant.Review, Why: strings.TrimSpace(found)}, nil
	})
}

func (s *Service) could(ctx context.Context, c Call, id grant.ID, act func(grant.Grant) (grant.Action, error)) error {
	all, err := s.decidedWith(ctx, id)
	for _, g := range all {
		if err := s.couldOne(c, g, act); err != nil {
			return err
		}
	}
	return err
}

func (s *Service) couldOne(c Call, g grant.Grant, act func(grant.Grant) (grant.Action, error)) error {
	a, err := act(g)
	if err != nil {
		return err
	}
	a.By = atBest(c.By, s.Rules.Responders.Groups, s.groupsOf([]grant.Grant{g}), g.Rule.Groups())
	a.Responds = s.Rules.Responders.Include(a.By)
	_, err = g.Next(s.today(g, a))
	return err
}

// atBest returns p as a member of all the groups, the best answer that Slack could give.
func atBest(p grant.Person, groups ...[]string) grant.Actor {
	return grant.Actor{Person: p, Standing: grant.Member, Groups: slices.Concat(groups...)}
}

// today fills in today's rule, owners and time for an act on g. It assumes the best of the people
// who approved before.
func (s *Service) today(g grant.Grant, a grant.Action) grant.Action {
	rule, covered := s.Rules.RuleFor(g)
	switch {
	case covered:
		a.Rule = &rule
	case a.Kind == grant.End || a.Kind == grant.Review:
		a.Rule = &g.Rule // an approver of the grant's own rule may still end it
	}
	a.At, a.PrincipalOwners = s.Now(), s.Rules.OwnersOf(g.Principal.ARN)
	for _, p := range g.CompletingApprovers(a) {
		a.Others = append(a.Others, atBest(p, rule.Groups()))
	}
	return a
}
