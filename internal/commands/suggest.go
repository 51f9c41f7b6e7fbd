package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// suggestions is the most options that Slack accepts.
const suggestions = 100

// Suggestions offers options for the fields of a form.
type Suggestions struct {
	store      reader
	rules      *ruleBook
	actors     *actorCache
	principals *principals
}

// Warm starts the lookups for a form in the background: Slack's answer about the caller, and the
// principals of the accounts.
func (s *Suggestions) Warm(ctx context.Context, c Invocation) {
	s.actors.warm(ctx, c)
	s.principals.wake()
}

// globs are the characters that make a rule's bucket a pattern.
const globs = "*?["

// Buckets returns the buckets that the caller may request and whose name contains text:
// those of the caller's earlier requests, those named by rules, and text itself if a rule covers
// it. It does not reveal other buckets.
func (s *Suggestions) Buckets(ctx context.Context, c Invocation, text string) ([]string, error) {
	by, _ := s.actors.await(ctx, c)
	offers := s.rules.offersTo(by)
	covered := func(bucket string) bool {
		rule, _, ok := s.rules.Match(bucket)
		return ok && slices.ContainsFunc(offers,
			func(o grant.Rule) bool { return o.Name == rule.Name && o.Bucket == rule.Bucket })
	}
	own, err := s.earlier(ctx, c)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, g := range own {
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
	return optionsOf(names, text, covered), nil
}

// Principals returns the principals whose ARN contains text. The caller's own come first,
// then those of their earlier requests, then the others in the config and in the accounts, and last
// the principal that text itself names. Service-linked roles are left out. Guests and strangers get
// no suggestions.
func (s *Suggestions) Principals(ctx context.Context, c Invocation, text string) ([]string, error) {
	if by, known := s.actors.await(ctx, c); !known || by.Check() != nil {
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
	before, err := s.earlier(ctx, c)
	if err != nil {
		return nil, err
	}
	arns = append(arns, own...)
	for _, g := range before {
		arns = append(arns, g.Principal.ARN)
	}
	arns = append(arns, known...)
	arns = append(arns, s.principals.all(ctx)...)
	if p, err := grant.ParsePrincipal(text, s.rules.Accounts); err == nil {
		arns = append(arns, p.ARN)
		text = p.Name
	}
	may := func(arn string) bool {
		_, err := grant.ParsePrincipal(arn, s.rules.Accounts)
		return err == nil && !s.rules.IsBot(arn)
	}
	return optionsOf(arns, text, may), nil
}

// earlier returns the caller's requests, newest first.
func (s *Suggestions) earlier(ctx context.Context, c Invocation) ([]grant.Grant, error) {
	own, err := s.store.List(ctx, store.Query{Requester: c.By.User})
	if err != nil {
		return nil, fmt.Errorf("listing earlier requests: %w", err)
	}
	return own, nil
}

// optionsOf returns the names that contain text and are allowed by may, without duplicates.
func optionsOf(names []string, text string, may func(string) bool) (kept []string) {
	text = lower(strings.TrimSpace(text))
	for _, name := range names {
		if len(kept) < suggestions && strings.Contains(lower(name), text) && !slices.Contains(kept, name) && may(name) {
			kept = append(kept, name)
		}
	}
	return kept
}
