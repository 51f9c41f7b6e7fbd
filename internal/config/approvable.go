package config

import (
	"maps"
	"slices"

	"s3share/internal/grant"
)

// checkApprovable refuses a rule that makes every approval impossible. People
// cannot decide on requests for themselves or for a principal they own. So if
// every requester is also needed as an approver, no request can reach its
// quorum.
func (b *builder) checkApprovable(r rule, rule grant.Rule) {
	if rule.OwnPrincipals && len(b.People) == 0 {
		b.p.add(r.OwnPrincipals.mark, "own_principals is true, but people is empty: list each principal's users under "+
			"people, or remove own_principals")
		return
	}
	open := rule.Requesters.IsEmpty() && !rule.OwnPrincipals
	unknown := r.Requesters.bad() || r.Approvers.bad() || b.Approvers.bad() || b.badAccounts
	if open || unknown || rule.Approvers.IsEmpty() || len(rule.Requesters.Groups) > 0 || len(rule.Approvers.Groups) > 0 {
		return
	}
	sides := slices.Collect(maps.Values(b.c.Rules.PrincipalOwners)) // owners of a principal may always request it
	if !rule.OwnPrincipals {
		for _, u := range rule.Requesters.Users {
			sides = append(sides, []string{u})
		}
	}
	at := r.Requesters.mark
	if rule.Requesters.IsEmpty() {
		at = r.OwnPrincipals.mark
	}
	for _, level := range rule.Levels {
		need := rule.Quorum(level)
		if !slices.ContainsFunc(sides, func(side []string) bool { return others(rule.Approvers.Users, side) >= need }) {
			b.p.add(at, "no request for %s can be approved: the requester and the principal's users cannot approve it, which "+
				"leaves too few approvers (%d needed); list more approvers or other requesters",
				clip(level), need)
			return
		}
	}
}

// others counts the distinct people of all that are not in side.
func others(all, side []string) (n int) {
	for _, u := range slices.Compact(slices.Sorted(slices.Values(all))) {
		if !slices.Contains(side, u) {
			n++
		}
	}
	return n
}
