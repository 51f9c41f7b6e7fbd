package config

import (
	"slices"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

func (b *builder) buildPeople() {
	b.c.Rules.Auditors = b.Auditors.build(b.p)
	b.c.Rules.Responders = b.Responders.build(b.p)
	b.c.Rules.PrincipalOwners = map[string][]string{}
	seen := map[string]mark{}
	for _, s := range b.People {
		missing(b.p, s.Principal, `principal is missing: name an IAM user or role, like principal: `+
			`"arn:aws:iam::111111111111:user/rita"`)
		users := userID.checkAll(b.p, s.Users)
		if len(s.Users.v) == 0 && !s.Users.bad {
			b.p.add(s.Users.mark, "users is missing or empty: list the principal's Slack users, like users: [U0RITA]")
		}
		if !s.Principal.ok || b.badAccounts {
			continue
		}
		principal, err := grant.ParsePrincipal(s.Principal.v, b.c.Rules.Accounts)
		first, twice := seen[grant.PrincipalKey(principal.ARN)]
		switch {
		case err != nil:
			b.p.add(s.Principal.mark, "principal is wrong: %s", reason(err))
		case twice:
			b.p.add(s.Principal.mark, "%s is listed already, at %s: list all its users there", principal.ARN, first.brief())
		default:
			seen[grant.PrincipalKey(principal.ARN)] = s.Principal.mark
			b.c.Rules.PrincipalOwners[principal.ARN] = users
		}
	}
}

// checkPrincipals refuses patterns that match no possible principal. The bot
// can do nothing outside the configured accounts. In the bucket's own account
// the bucket policy alone would give access.
func (b *builder) checkPrincipals(principals texts, owner Account) []string {
	if principals.ok && len(principals.v) == 0 {
		b.p.add(principals.mark, `principals is empty: name some, like ["arn:aws:iam::111111111111:user/*"], or leave it `+
			`out to allow any`)
	}
	var all []string
	for _, p := range principals.v {
		all = append(all, p.v)
		if b.badAccounts {
			continue
		}
		if !strings.ContainsAny(p.v, "*?[") {
			principal, err := grant.ParsePrincipal(p.v, b.c.Rules.Accounts)
			switch {
			case err != nil:
				b.p.add(p.mark, "principals is wrong: %s", reason(err))
				continue
			case slices.ContainsFunc(b.c.Rules.BotARNs,
				func(own string) bool { return grant.PrincipalKey(own) == grant.PrincipalKey(principal.ARN) }):
				b.p.add(p.mark, "%s is a role of s3share itself, which never gets access: use another principal",
					principal.ARN)
				continue
			case principal.ARN != p.v:
				b.p.add(p.mark, "principals are matched by their ARN: write %s", principal.ARN)
				continue
			}
		}
		b.checkMatch(p, owner)
	}
	return all
}

func (b *builder) checkMatch(glob found[string], owner Account) {
	var matched []Account
	for _, a := range b.c.Accounts {
		arn := "arn:" + a.Partition + ":iam::" + a.ID
		if policy.Overlap(glob.v, arn+":user/*") || policy.Overlap(glob.v, arn+":role/*") {
			matched = append(matched, a)
		}
	}
	switch {
	case strings.ContainsAny(glob.v, "?["):
		b.p.add(glob.mark, "%q cannot match a principal: * is the only wildcard", clip(glob.v))
	case len(matched) == 0:
		b.p.add(glob.mark, "%q matches no user or role of a configured account: write it like "+
			"arn:aws:iam::111111111111:user/*, with the id of one", clip(glob.v))
	case len(matched) == 1 && matched[0].ID == owner.ID:
		b.p.add(glob.mark, "%q matches only %s, the account of the buckets, but s3share shares only between accounts: use "+
			"another account", clip(glob.v), owner.Name)
	}
}
