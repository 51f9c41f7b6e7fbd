package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// suggestions is the most options that Slack accepts.
const suggestions = 100

// globs are the characters that make a rule's bucket a pattern.
const globs = "*?["

// SuggestBuckets returns the buckets that the caller may request and whose name contains text:
// those of the caller's earlier requests, those named by rules, and text itself if a rule covers
// it. It does not reveal other buckets.
func (s *Service) SuggestBuckets(ctx context.Context, c Invocation, text string) ([]string, error) {
	s.await(ctx, c)
	by, _ := s.actors.seen.Get(c.By, s.now())
	offers := s.offersTo(by)
	covered := func(bucket string) bool {
		rule, _, ok := s.rules.Match(bucket)
		return ok && slices.ContainsFunc(offers,
			func(o grant.Rule) bool { return o.Name == rule.Name && o.Bucket == rule.Bucket })
	}
	own, err := s.store.List(ctx, store.Query{Requester: c.By.User})
	if err != nil {
		return nil, fmt.Errorf("listing earlier requests: %w", err)
	}
	var names []string
	for _, g := range own { // newest first
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

// SuggestPrincipals returns the principals whose ARN contains text. The caller's own come first,
// then those of their earlier requests, then the others in the config and in the accounts, and last
// the principal that text itself names. Service-linked roles are left out. Guests and strangers get
// no suggestions.
func (s *Service) SuggestPrincipals(ctx context.Context, c Invocation, text string) ([]string, error) {
	s.await(ctx, c)
	if by, known := s.actors.seen.Get(c.By, s.now()); !known || by.Check() != nil {
		return nil, nil
	}
	var own, known, arns []string
	for arn, users := range s.rules.PrincipalOwners {
		if slices.Contains(users, c.By.User) {
			own = append(own, arn)
		} else {
			known = append(known, arn)
		}
	}
	slices.Sort(own)
	slices.Sort(known)
	before, err := s.store.List(ctx, store.Query{Requester: c.By.User})
	if err != nil {
		return nil, fmt.Errorf("listing earlier requests: %w", err)
	}
	arns = append(arns, own...)
	for _, g := range before {
		arns = append(arns, g.Principal.ARN)
	}
	arns = append(arns, known...)
	arns = append(arns, s.principalsOf(ctx)...)
	if p, err := grant.ParsePrincipal(text, s.rules.Accounts); err == nil {
		arns = append(arns, p.ARN)
		text = p.Name
	}
	may := func(arn string) bool {
		_, err := grant.ParsePrincipal(arn, s.rules.Accounts)
		return err == nil && !s.rules.IsBot(arn)
	}
	return offered(arns, text, may), nil
}

// offered returns the names that contain text and are allowed by may, without duplicates.
func offered(names []string, text string, may func(string) bool) (kept []string) {
	text = lower(strings.TrimSpace(text))
	for _, name := range names {
		if len(kept) < suggestions && strings.Contains(lower(name), text) && !slices.Contains(kept, name) && may(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// MoreTargets parses the field for additional buckets.
func MoreTargets(s string) []string { return parse.MoreTargets(s) }

// MorePrincipals parses the field for additional users and roles.
func MorePrincipals(s string) []string { return parse.MorePrincipals(s) }

// RuleFor returns the rule that covers a bucket.
func (s *Service) RuleFor(bucket string) (grant.Rule, bool) {
	rule, _, ok := s.rules.Match(bucket)
	return rule, ok
}

// Preview returns the first grant of a request, and the number of others in its batch. The error is
// the refusal that can be predicted without a call to Slack or AWS. It stores nothing.
func (s *Service) Preview(c Invocation, d grant.Draft) (lead grant.Grant, others int, err error) {
	d.Requester = c.By
	all, err := s.rules.DraftBatch(func() grant.ID { return "00000000" }, d, 0, s.now())
	if err != nil {
		return grant.Grant{}, 0, err
	}
	return all[0], len(all) - 1, nil
}
