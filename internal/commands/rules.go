package commands

import (
	"context"
	"slices"

	"s3share/internal/grant"
)

// Groups returns the user groups that the config names, each once.
func (s *Service) Groups() []string {
	groups := slices.Concat(s.rules.Auditors.Groups, s.rules.Responders.Groups)
	for _, r := range s.rules.Rules {
		groups = append(groups, r.Groups()...)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// Level returns a level by its name, or the zero level.
func (s *Service) Level(name string) grant.Level { return s.rules.Levels[name] }

// ParsePrincipal reads a principal of the config's accounts.
func (s *Service) ParsePrincipal(text string) (grant.Principal, error) {
	return grant.ParsePrincipal(text, s.rules.Accounts)
}

// MayDecide reports whether the caller is an approver of today's rule for g, and not concerned by g.
// It asks Slack.
func (s *Service) MayDecide(ctx context.Context, c Invocation, g grant.Grant) (bool, error) {
	rule, covered := s.RuleFor(g.Bucket.Name)
	who, err := s.people.Actor(ctx, c.By, rule.Groups(), c.Received)
	if err != nil {
		return false, err
	}
	concerned := g.ConcernsToday(c.By, s.rules.OwnersOf(g.Principal.ARN))
	return covered && rule.Approvers.Include(who) && !concerned, nil
}
