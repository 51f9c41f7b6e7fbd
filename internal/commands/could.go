package commands

import (
	"context"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// What is here says what certainly stands against an act, from the record alone:
// so that nobody fills in a form in vain, and what will not do can be mended where
// it was typed. Nil is no promise: who somebody is in Slack is asked when they act.

// CouldApprove is about a yes to a request or to an extension.
func (s *Service) CouldApprove(ctx context.Context, c Call, id grant.ID, revision int) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Act, error) {
		return grant.Act{Kind: onWhatWaits(g, grant.Approve), Revision: revision}, nil
	})
}

// CouldDeny is about a no to a request or to an extension.
func (s *Service) CouldDeny(ctx context.Context, c Call, id grant.ID, revision int, reason string) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Act, error) {
		return grant.Act{Kind: onWhatWaits(g, grant.Deny), Revision: revision, Why: strings.TrimSpace(reason)}, nil
	})
}

// CouldChange is about making a request smaller. The zero to only asks whether
// the caller may change anything.
func (s *Service) CouldChange(ctx context.Context, c Call, id grant.ID, revision int, to Smaller) error {
	return s.could(ctx, c, id, func(g grant.Grant) (grant.Act, error) {
		if to == (Smaller{}) {
			return grant.Act{Kind: grant.Approve, Revision: revision}, nil
		}
		n, err := s.narrowing(g, to)
		return grant.Act{Kind: grant.Narrow, Revision: revision, Narrow: &n}, err
	})
}

// CouldEnd is about the end of a grant.
func (s *Service) CouldEnd(ctx context.Context, c Call, id grant.ID, reason string) error {
	return s.could(ctx, c, id, func(grant.Grant) (grant.Act, error) {
		return grant.Act{Kind: grant.End, Why: strings.TrimSpace(reason)}, nil
	})
}

// CouldReview is about closing the review of a break-glass.
func (s *Service) CouldReview(ctx context.Context, c Call, id grant.ID, found string) error {
	return s.could(ctx, c, id, func(grant.Grant) (grant.Act, error) {
		return grant.Act{Kind: grant.Review, Why: strings.TrimSpace(found)}, nil
	})
}

func (s *Service) could(ctx context.Context, c Call, id grant.ID, act func(grant.Grant) (grant.Act, error)) error {
	all, err := s.decidedWith(ctx, id)
	for _, g := range all {
		if err := s.couldOne(c, g, act); err != nil {
			return err
		}
	}
	return err
}

func (s *Service) couldOne(c Call, g grant.Grant, act func(grant.Grant) (grant.Act, error)) error {
	a, err := act(g)
	if err != nil {
		return err
	}
	a.By = atBest(c.By, s.Rules.Responders.Groups, s.groupsOf([]grant.Grant{g}), g.Rule.Groups())
	a.Responds = s.Rules.Responders.Include(a.By)
	_, err = g.Next(s.today(g, a))
	return err
}

// atBest is somebody of whom Slack has not been asked.
func atBest(p grant.Person, groups ...[]string) grant.Actor {
	return grant.Actor{Person: p, Standing: grant.Member, Groups: slices.Concat(groups...)}
}

// today fills in what an act on g is held to now. Of those who said yes before, the
// best is taken.
func (s *Service) today(g grant.Grant, a grant.Act) grant.Act {
	rule, covered := s.Rules.RuleFor(g)
	switch {
	case covered:
		a.Rule = &rule
	case a.Kind == grant.End || a.Kind == grant.Review:
		a.Rule = &g.Rule // whoever could end it under the rule it was made by still can
	}
	a.At, a.Behind = s.Now(), s.Rules.PeopleBehind(g.Principal.ARN)
	for _, p := range g.Joins(a) {
		a.Others = append(a.Others, atBest(p, rule.Groups()))
	}
	return a
}
