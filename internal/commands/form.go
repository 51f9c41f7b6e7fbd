package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// suggestions is how many a list offers; Slack takes no more.
const suggestions = 100

// globs are the characters by which a rule is about more than one bucket.
const globs = "*?["

// SuggestBuckets returns the buckets that the caller may ask for and whose name
// has a text in it: those that rules name, those of earlier grants that the caller
// may see, and the text itself where a rule covers it. Which other buckets there
// are is not for the bot to tell.
func (s *Service) SuggestBuckets(ctx context.Context, c Call, text string) ([]string, error) {
	s.await(ctx, c)
	by, _ := s.glances.seen.Get(c.By, s.Now())
	offers := s.offersTo(by)
	covered := func(bucket string) bool {
		rule, _, ok := s.Rules.Match(bucket)
		return ok && slices.ContainsFunc(offers, func(o grant.Rule) bool { return o.Name == rule.Name && o.Bucket == rule.Bucket })
	}
	own, err := s.Store.List(ctx, grant.Query{Requester: c.By.User})
	if err != nil {
		return nil, fmt.Errorf("listing earlier requests: %w", err)
	}
	var names []string
	for _, g := range own { // the newest first
		names = append(names, g.Bucket.Name)
	}
	for _, r := range offers {
		if !strings.ContainsAny(r.Bucket, globs) {
			names = append(names, r.Bucket)
		}
	}
	if bucket, _, err := grant.ParseTarget(text); err == nil {
		names = append(names, bucket)
	}
	return offered(names, text, covered), nil
}

// SuggestPrincipals returns principals whose ARN has a text in it: first those
// that are the caller's own, then those that they asked for before, then the
// others that the config knows and the accounts have, and what the text itself
// can be read as. Roles that AWS looks after are not among them. Whoever may not ask
// learns of none: who there is in an account is not for guests and strangers.
func (s *Service) SuggestPrincipals(ctx context.Context, c Call, text string) ([]string, error) {
	s.await(ctx, c)
	if by, known := s.glances.seen.Get(c.By, s.Now()); !known || by.Check() != nil {
		return nil, nil
	}
	var own, known, arns []string
	for arn, users := range s.Rules.Behind {
		if slices.Contains(users, c.By.User) {
			own = append(own, arn)
		} else {
			known = append(known, arn)
		}
	}
	slices.Sort(own)
	slices.Sort(known)
	before, err := s.Store.List(ctx, grant.Query{Requester: c.By.User})
	if err != nil {
		return nil, fmt.Errorf("listing earlier requests: %w", err)
	}
	arns = append(arns, own...)
	for _, g := range before {
		arns = append(arns, g.Principal.ARN)
	}
	arns = append(arns, known...)
	arns = append(arns, s.principalsOf(ctx)...)
	if p, err := grant.ParsePrincipal(text, s.Rules.Accounts); err == nil {
		arns = append(arns, p.ARN)
		text = p.Name
	}
	may := func(arn string) bool {
		_, err := grant.ParsePrincipal(arn, s.Rules.Accounts)
		return err == nil && !s.Rules.IsBot(arn)
	}
	return offered(arns, text, may), nil
}

// offered keeps each of the names once, in order, that has the text in it.
func offered(names []string, text string, may func(string) bool) (kept []string) {
	text = lower(strings.TrimSpace(text))
	for _, name := range names {
		if len(kept) < suggestions && strings.Contains(lower(name), text) && !slices.Contains(kept, name) && may(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// MoreTargets returns the buckets that somebody typed into a field of their own.
func MoreTargets(s string) []string { return parse.MoreTargets(s) }

// MorePrincipals returns the users and roles that somebody typed into a field of
// their own.
func MorePrincipals(s string) []string { return parse.MorePrincipals(s) }

// RuleFor returns the rule that a request for a bucket would be held to.
func (s *Service) RuleFor(bucket string) (grant.Rule, bool) {
	rule, _, ok := s.Rules.Match(bucket)
	return rule, ok
}

// Preview returns what a request would be, the grant that leads and how many
// there are with it, or the refusal that it would meet as far as that can be
// known without asking anybody. It stores nothing.
func (s *Service) Preview(c Call, d grant.Draft) (lead grant.Grant, others int, err error) {
	d.Requester = c.By
	all, err := s.Rules.DraftTogether(func() grant.ID { return "00000000" }, d, 0, s.Now())
	if err != nil {
		return grant.Grant{}, 0, err
	}
	return all[0], len(all) - 1, nil
}
