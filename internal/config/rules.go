package config

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"s3share/internal/grant"
)

func (b *builder) buildRules() {
	standard := b.Approvers.build(b.p)
	if len(b.Rules) == 0 {
		b.p.warn(mark{in: b.Slack.AdminChannel.in}, "there are no rules, so no bucket can be requested: add one under rules")
	}
	for i, r := range b.Rules {
		rule := grant.Rule{
			Name:          r.mark.brief(),
			Bucket:        r.Bucket.v,
			Account:       r.Account.v,
			Region:        r.Region.v,
			Prefixes:      r.buildPrefixes(b.p),
			Levels:        b.checkRuleLevels(r.Levels),
			MaxTerm:       r.MaxTerm.or(defaultMaxTerm),
			Channel:       r.Channel.or(b.Slack.AdminChannel.v),
			OwnPrincipals: r.OwnPrincipals.v,
			Heal:          r.Drift.v == "heal",
			Requesters:    r.Requesters.build(b.p),
			Approvers:     r.Approvers.build(b.p),
		}
		r.checkBucket(b.p, b.Rules[:i])
		owner := b.checkOwner(r.Account)
		r.checkRegion(b.p, owner)
		rule.Principals = b.checkPrincipals(r.Principals, owner)
		channelID.check(b.p, r.Channel)
		atMost(b.p, "max_term", r.MaxTerm, longestTerm)
		if r.Drift.ok && r.Drift.v != "heal" && r.Drift.v != "ask" {
			b.p.add(r.Drift.mark, "drift is %q: write ask or heal", clip(r.Drift.v))
		}
		if rule.Approvers.IsEmpty() {
			rule.Approvers = standard
		}
		b.checkQuorum(r, &rule)
		b.checkApprovable(r, rule)
		r.buildWaiting(b.p, &rule)
		r.buildExtensions(b.p, &rule)
		b.buildUnattended(r, &rule)
		b.c.Rules.Rules = append(b.c.Rules.Rules, rule)
	}
}

// buildWaiting reads the settings for undecided requests: notify, reminders,
// escalation.
func (r rule) buildWaiting(p *problems, rule *grant.Rule) {
	rule.Notify, rule.Escalate = r.Notify.build(p), r.Escalate.build(p)
	rule.RemindAfter, rule.EscalateAfter = r.RemindAfter.or(defaultRemindAfter), r.EscalateAfter.v
	atMost(p, "remind_after", r.RemindAfter, longestTerm)
	atMost(p, "escalate_after", r.EscalateAfter, longestTerm)
	switch nobody := rule.Escalate.IsEmpty() && !r.Escalate.bad(); {
	case r.EscalateAfter.ok && nobody:
		p.add(r.EscalateAfter.mark, "escalate_after is set, but escalate is missing: list the people to notify, like "+
			"escalate: { "+
			"users: [U0LEAD] }")
	case !nobody && !r.EscalateAfter.ok && !r.EscalateAfter.bad:
		p.add(r.Escalate.mark, "escalate is set, but escalate_after is missing: add it, like escalate_after: 8h")
	}
	rule.ReasonPattern = r.ReasonPattern.v
	if _, err := regexp.Compile(rule.ReasonPattern); err != nil {
		p.add(r.ReasonPattern.mark, "reason_pattern is not a regular expression: %s", err)
	}
}

func (r rule) buildExtensions(p *problems, rule *grant.Rule) {
	rule.MaxTotal, rule.FreeExtension = r.MaxTotal.or(2*rule.MaxTerm), r.FreeExtension.v
	if rule.MaxTotal < rule.MaxTerm {
		p.add(r.MaxTotal.mark, "max_total is %s, less than the max_term of %s: raise it, because it includes max_term and "+
			"all extensions", rule.MaxTotal, rule.MaxTerm)
	} else {
		atMost(p, "max_total", r.MaxTotal, longestTotal)
	}
	if rule.FreeExtension > rule.MaxTerm {
		p.add(r.FreeExtension.mark, "free_extension is %s, more than the max_term of %s: lower it", rule.FreeExtension,
			rule.MaxTerm)
	}
}

func (r rule) checkBucket(p *problems, earlier []rule) {
	bucket, account := r.Bucket, r.Account
	missing(p, bucket, "bucket is missing: name the buckets of this rule, like bucket: my-bucket-*")
	if !bucket.ok {
		return
	}
	if sentence := badBucket(bucket.v); sentence != "" {
		p.add(bucket.mark, "%s", sentence)
		return
	}
	for _, e := range earlier {
		switch {
		case !e.Bucket.ok || badBucket(e.Bucket.v) != "":
		case (e.Bucket.v == bucket.v || hides(e.Bucket.v, bucket.v)) && e.Account.ok && account.ok &&
			e.Account.v != account.v:
			p.add(bucket.mark, "this rule has no effect, because %s of the rule at %s matches all its buckets, and rules are "+
				"chosen by bucket name, not by account: give the two rules patterns that share no name",
				e.Bucket.v, e.brief())
			return
		case e.Bucket.v == bucket.v:
			p.add(bucket.mark, "this rule has no effect, because the rule at %s is also for %s and comes first: merge them",
				e.brief(), bucket.v)
			return
		case hides(e.Bucket.v, bucket.v):
			p.add(bucket.mark, "this rule has no effect, because %s of the rule at %s matches all its buckets and comes "+
				"first: move this rule before it",
				e.Bucket.v, e.brief())
			return
		}
	}
}

// badBucket returns the problem with a bucket name or pattern, or "".
func badBucket(s string) string {
	const mend = `write it like my-bucket-*`
	switch {
	case s == "":
		return "bucket is empty: " + mend
	case strings.HasPrefix(s, "s3://") || strings.HasPrefix(s, "arn:") || strings.Contains(s, "/"):
		return `"` + clip(s) + `" is not a bucket name: ` + mend + ", and put the path after the slash into prefixes"
	}
	if _, err := path.Match(s, ""); err != nil {
		return `"` + clip(s) + `" is not a valid pattern: close the bracket, or ` + mend
	}
	if !strings.ContainsAny(s, globChars) {
		if _, _, err := grant.ParseTarget(s); err != nil {
			return "no bucket can match: " + reason(err)
		}
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-*?[]^") != "" {
		return `no bucket can match "` + clip(s) +
			`": use only lower-case letters, digits, dots and hyphens`
	}
	return ""
}

// checkOwner returns the account of a rule's buckets, if it is known.
func (b *builder) checkOwner(name found[string]) Account {
	missing(b.p, name, "account is missing: name the account that owns the buckets, like account: nonprod")
	if !name.ok {
		return Account{}
	}
	var known []string
	for _, a := range b.c.Accounts {
		if a.Name == name.v {
			alone := !slices.ContainsFunc(b.c.Accounts,
				func(o Account) bool { return o.ID != a.ID && o.Partition == a.Partition })
			switch {
			case len(b.c.Accounts) == 1:
				b.p.warn(name.mark, "%s is the only account, but s3share shares only between accounts: list the account whose "+
					"users or roles need access", name.v)
			case alone && !b.badAccounts:
				b.p.warn(name.mark, "%s is the only account in the partition %s, but s3share shares only within a partition: "+
					"list the account whose users or roles need access", name.v, a.Partition)
			}
			return a
		}
		known = append(known, a.Name)
	}
	if !b.badAccounts {
		b.p.add(name.mark, "there is no account called %q: %s", clip(name.v), suggest(name.v, known))
	}
	return Account{}
}

// checkRegion refuses a region outside the partition of the owner account.
func (r rule) checkRegion(p *problems, owner Account) {
	partition, ok := partitionOf(p, r.Region)
	if ok && r.Region.ok && owner.Partition != "" && partition != owner.Partition {
		p.add(r.Region.mark, "the region %s is in the partition %s, but the account %s is in %s: correct one of them",
			r.Region.v, partition, owner.Name, owner.Partition)
	}
}

func (r rule) buildPrefixes(p *problems) []string {
	if r.Prefixes.ok && len(r.Prefixes.v) == 0 {
		p.add(r.Prefixes.mark, "prefixes is empty: name some, like [builds/*], or leave it out to allow any")
	}
	var all []string
	for _, prefix := range r.Prefixes.v {
		// The domain checks a sample prefix that matches this pattern.
		_, _, err := grant.ParseTarget("xxx/" + strings.ReplaceAll(prefix.v, "*", "x"))
		switch {
		case prefix.v == "":
			p.add(prefix.mark, `a prefix is empty: write "*" for any, or a folder like builds/*`)
		case strings.ContainsAny(prefix.v, "?[") || strings.TrimSpace(prefix.v) != prefix.v:
			p.add(prefix.mark, "the prefix %q can never match: * is the only wildcard, and spaces at its start or end are "+
				"not allowed", clip(prefix.v))
		case err != nil:
			p.add(prefix.mark, "the prefix %q can never match: %s", clip(prefix.v), reason(err))
		case strings.HasSuffix(prefix.v, "/"):
			p.add(prefix.mark, "the prefix %q can never match: write %s* for the folder and everything in it",
				clip(prefix.v), clip(prefix.v))
		}
		all = append(all, prefix.v)
	}
	return all
}

func (b *builder) checkRuleLevels(levels texts) []string {
	if levels.ok && len(levels.v) == 0 {
		b.p.add(levels.mark, "levels is empty: name at least one, like [read], or leave it out for read")
	}
	var all []string
	for _, l := range levels.v {
		b.checkLevel(l.mark, l.v)
		all = append(all, l.v)
	}
	if !levels.ok {
		return []string{defaultLevel}
	}
	return all
}

func (b *builder) checkLevel(at mark, name string) {
	if _, ok := b.c.Rules.Levels[name]; !ok {
		b.p.add(at, "there is no level called %q: %s", clip(name), suggest(name, slices.Sorted(maps.Keys(b.c.Rules.Levels))))
	}
}

// checkQuorum also sets the number of approvals.
func (b *builder) checkQuorum(r rule, rule *grant.Rule) {
	rule.Approvals = r.Approvals.or(1)
	if rule.Approvers.IsEmpty() {
		if !r.Approvers.bad() && !b.Approvers.bad() {
			b.p.add(r.mark, "this rule has no approvers: list approvers in the rule or, for all rules, at the top level")
		}
		return
	}
	checkEnough(b.p, r.Approvals.found, "", rule.Approvers)
	for _, l := range r.Approvals.byLevel {
		b.checkLevel(l.mark, l.level)
		checkEnough(b.p, l.n, " for "+clip(l.level), rule.Approvers)
		if !slices.Contains(rule.Levels, l.level) {
			b.p.warn(l.mark, "approvals names the level %s, which this rule does not share: remove it or add it to the "+
				"rule's levels", clip(l.level))
		}
		if rule.LevelApproval == nil {
			rule.LevelApproval = map[string]int{}
		}
		rule.LevelApproval[l.level] = l.n.v
	}
}

// checkEnough accepts any number if a Slack group is listed, since its size is
// unknown here.
func checkEnough(p *problems, n found[int], forLevel string, approvers grant.People) {
	are := "approvers are"
	if len(approvers.Users) == 1 {
		are = "approver is"
	}
	switch {
	case !n.ok:
	case n.v < 1:
		p.add(n.mark, "approvals is %d%s: it must be at least 1", n.v, forLevel)
	case len(approvers.Groups) == 0 && n.v > len(slices.Compact(slices.Sorted(slices.Values(approvers.Users)))):
		p.add(n.mark, "approvals is %d%s, but only %d %s listed: list more approvers or lower approvals",
			n.v, forLevel, len(approvers.Users), are)
	}
}
