package commands

import "s3share/internal/grant"

// Groups returns the user groups that the config names, each once.
func (s *Service) Groups() []string {
	return s.rules.groupsWith(grant.Rule.Groups, s.rules.Auditors.Groups, s.rules.Responders.Groups)
}

// Level returns a level by its name, or the zero level.
func (s *Service) Level(name string) grant.Level { return s.rules.Levels[name] }

// LevelNames returns the names of all levels, in order.
func (s *Service) LevelNames() []string { return s.rules.levelNames() }

// ParsePrincipal reads a principal of the config's accounts.
func (s *Service) ParsePrincipal(text string) (grant.Principal, error) {
	return grant.ParsePrincipal(text, s.rules.Accounts)
}

// RuleFor returns the rule that covers a bucket.
func (s *Service) RuleFor(bucket string) (grant.Rule, bool) {
	rule, _, covered := s.rules.Match(bucket)
	return rule, covered
}

// MaxExtension returns the longest extension that today's rule allows, and how much of it needs no
// approval.
func (s *Service) MaxExtension(g grant.Grant) (most, free grant.Term) {
	rule, covered := s.rules.RuleFor(g)
	if !covered {
		return 0, 0
	}
	return rule.MaxExtension(g)
}
