package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"s3share/internal/grant"
)

// buckets answers with what can be asked for, and on which terms. A rule under
// which the caller may not ask is left out: it is not theirs to know of.
func (s *Service) buckets(ctx context.Context, c Call, args []word) (Answer, error) {
	part := ""
	if len(args) > 0 {
		part = lower(args[0].text)
	}
	var lines []string
	for _, r := range s.Offers(ctx, c) {
		if strings.Contains(r.Bucket, part) {
			lines = append(lines, offer(r))
		}
	}
	if len(lines) == 0 {
		return Answer{Text: "There is no bucket of that name that you may ask for. The people who run s3share can add a rule."}, nil
	}
	return Answer{Text: "What you may ask for:\n" + strings.Join(lines, "\n")}, nil
}

// Offers returns the rules under which the caller may ask for access.
func (s *Service) Offers(ctx context.Context, c Call) []grant.Rule {
	var groups []string
	for _, r := range s.Rules.Rules {
		groups = append(groups, r.Requesters.Groups...)
	}
	slices.Sort(groups)
	by := s.actor(ctx, c.By, slices.Compact(groups))
	if by.Standing != grant.Member {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Rules.Rules), func(r grant.Rule) bool {
		return !r.OwnPrincipals && !r.Requesters.IsEmpty() && !r.Requesters.Include(by) && !s.Rules.StandsBehind(by.User) ||
			r.OwnPrincipals && !s.Rules.StandsBehind(by.User)
	})
}

func offer(r grant.Rule) string {
	line := fmt.Sprintf("`%s` in %s: %s, up to %s", r.Bucket, r.Account, strings.Join(r.Levels, ", "), r.MaxTerm)
	if len(r.Prefixes) > 0 {
		line += "; under `" + strings.Join(r.Prefixes, "`, `") + "`"
	}
	need := make([]string, 0, len(r.Levels))
	for _, level := range r.Levels {
		need = append(need, strconv.Itoa(r.Quorum(level)))
	}
	switch same := len(slices.Compact(slices.Clone(need))) == 1; {
	case same && need[0] == "1":
		return line + "; one approval"
	case same:
		return line + "; " + need[0] + " approvals"
	}
	for i, level := range r.Levels {
		need[i] = level + " " + need[i]
	}
	return line + "; approvals: " + strings.Join(need, ", ")
}
