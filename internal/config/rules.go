package config

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"s3share/internal/grant"
)

func (b *builder) buildRules() {
	standard := b.buildPeopleList(b.approvers)
	if len(b.rules) == 0 {
		b.p.warn(mark{in: b.slack.adminChannel.in}, "there are no rules, so nothing can be shared")
	}
	for i, r := range b.rules {
		rule := grant.Rule{
			Name:          r.mark.brief(),
			Bucket:        r.bucket.v,
			Account:       r.account.v,
			Region:        r.region.v,
			Prefixes:      b.checkPrefixes(r.prefixes),
			Levels:        b.checkRuleLevels(r.levels),
			MaxTerm:       r.maxTerm.or(defaultMaxTerm),
			Channel:       r.channel.or(b.slack.adminChannel.v),
			OwnPrincipals: r.ownPrincipals.v,
			Heal:          r.drift.v == "heal",
			Requesters:    b.buildPeopleList(r.requesters),
			Approvers:     b.buildPeopleList(r.approvers),
		}
		b.checkBucket(r.bucket, r.account, b.rules[:i])
		owner := b.checkOwner(r.account)
		b.checkRuleRegion(r.region, owner)
		rule.Principals = b.checkPrincipals(r.principals, owner)
		channelID.check(b.p, r.channel)
		if rule.MaxTerm > longestTerm {
			b.p.add(r.maxTerm.mark, "max_term is %s: it may be %s at most", rule.MaxTerm, longestTerm)
		}
		if r.drift.ok && r.drift.v != "heal" && r.drift.v != "ask" {
			b.p.add(r.drift.mark, "drift is %q: write ask or heal", clip(r.drift.v))
		}
		if rule.Approvers.IsEmpty() {
			rule.Approvers = standard
		}
		b.checkQuorum(r, &rule)
		b.checkApprovable(r, rule)
		b.buildWaiting(r, &rule)
		b.buildExtensions(r, &rule)
		b.buildUnattended(r, &rule)
		b.c.Rules.Rules = append(b.c.Rules.Rules, rule)
	}
}

// buildWaiting reads the settings for undecided requests: notify, reminders,
// escalation.
func (b *builder) buildWaiting(r rule, rule *grant.Rule) {
	rule.Notify, rule.Escalate = b.buildPeopleList(r.notify), b.buildPeopleList(r.escalate)
	rule.RemindAfter, rule.EscalateAfter = r.remindAfter.or(defaultRemindAfter), r.escalateAfter.v
	for key, f := range map[string]found[grant.Term]{"remind_after": r.remindAfter, "escalate_after": r.escalateAfter} {
		if f.v > longestTerm {
			b.p.add(f.mark, "%s is %s: it may be %s at most", key, f.v, longestTerm)
		}
	}
	switch nobody := rule.Escalate.IsEmpty() && !r.escalate.bad(); {
	case r.escalateAfter.ok && nobody:
		b.p.add(r.escalateAfter.mark, "escalate_after says when, and nothing says to whom: list them, like escalate: { "+
			"users: [U0LEAD] }")
	case !nobody && !r.escalateAfter.ok && !r.escalateAfter.bad:
		b.p.add(r.escalate.mark, "escalate says to whom, and nothing says when: add escalate_after, like escalate_after: 8h")
	}
	rule.ReasonPattern = r.reasonPattern.v
	if _, err := regexp.Compile(rule.ReasonPattern); err != nil {
		b.p.add(r.reasonPattern.mark, "reason_pattern cannot be read as a regular expression: %s", err)
	}
}

func (b *builder) buildExtensions(r rule, rule *grant.Rule) {
	rule.MaxTotal, rule.FreeExtension = r.maxTotal.or(2*rule.MaxTerm), r.freeExtension.v
	switch {
	case rule.MaxTotal < rule.MaxTerm:
		b.p.add(r.maxTotal.mark, "max_total is %s, which is less than the max_term of %s: it is the longest with all "+
			"extensions", rule.MaxTotal, rule.MaxTerm)
	case r.maxTotal.ok && rule.MaxTotal > longestTotal:
		b.p.add(r.maxTotal.mark, "max_total is %s: it may be %s at most", rule.MaxTotal, longestTotal)
	}
	if rule.FreeExtension > rule.MaxTerm {
		b.p.add(r.freeExtension.mark, "free_extension is %s, which is more than the max_term of %s", rule.FreeExtension,
			rule.MaxTerm)
	}
}

func (b *builder) checkBucket(bucket, account found[string], earlier []rule) {
	missing(b.p, bucket, "bucket is missing: say which buckets this rule is about, like bucket: my-bucket-*")
	if !bucket.ok {
		return
	}
	if sentence := badBucket(bucket.v); sentence != "" {
		b.p.add(bucket.mark, "%s", sentence)
		return
	}
	for _, e := range earlier {
		switch {
		case !e.bucket.ok || badBucket(e.bucket.v) != "":
		case (e.bucket.v == bucket.v || hides(e.bucket.v, bucket.v)) && e.account.ok && account.ok &&
			e.account.v != account.v:
			b.p.add(bucket.mark, "this rule never counts, because %s of the one at %s matches every such bucket, and the name "+
				"alone decides, whatever the account: give the two patterns that have no name in common",
				e.bucket.v, e.brief())
			return
		case e.bucket.v == bucket.v:
			b.p.add(bucket.mark, "this rule never counts, because the one at %s is for %s too and comes first: make them one",
				e.brief(), bucket.v)
			return
		case hides(e.bucket.v, bucket.v):
			b.p.add(bucket.mark, "this rule never counts, because %s of the one at %s matches every such bucket and comes "+
				"first: put this rule before it",
				e.bucket.v, e.brief())
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
		return `"` + clip(s) + `" is not a bucket's name: ` + mend + ", and put what comes after a slash into prefixes"
	}
	if _, err := path.Match(s, ""); err != nil {
		return `"` + clip(s) + `" is not a pattern that can be read: close the bracket, or ` + mend
	}
	if !strings.ContainsAny(s, globChars) {
		if _, _, err := grant.ParseTarget(s); err != nil {
			return "no bucket can match: " + reason(err)
		}
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-*?[]^") != "" {
		return `no bucket can match "` + clip(s) +
			`": names of buckets have lower-case letters, digits, dots and hyphens only`
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
				b.p.warn(name.mark, "%s is the only account, and nothing is shared within an account: list the one whose users "+
					"or roles shall have access", name.v)
			case alone && !b.badAccounts:
				b.p.warn(name.mark, "%s is the only account in the partition %s, and nothing is shared between partitions: list "+
					"the one whose users or roles shall have access", name.v, a.Partition)
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

// checkRuleRegion refuses a region outside the partition of the owner account.
func (b *builder) checkRuleRegion(region found[string], owner Account) {
	partition, ok := b.partitionOf(region)
	if ok && region.ok && owner.Partition != "" && partition != owner.Partition {
		b.p.add(region.mark, "the region %s is in the partition %s, and the account %s is in %s: correct one of them",
			region.v, partition, owner.Name, owner.Partition)
	}
}

func (b *builder) checkPrefixes(prefixes texts) []string {
	if prefixes.ok && len(prefixes.v) == 0 {
		b.p.add(prefixes.mark, "prefixes is empty: name some, like [builds/*], or leave it out to allow any")
	}
	var all []string
	for _, p := range prefixes.v {
		// The domain checks a sample prefix that matches this pattern.
		_, _, err := grant.ParseTarget("xxx/" + strings.ReplaceAll(p.v, "*", "x"))
		switch {
		case p.v == "":
			b.p.add(p.mark, `a prefix is empty: write "*" for any, or a folder like builds/*`)
		case strings.ContainsAny(p.v, "?[") || strings.TrimSpace(p.v) != p.v:
			b.p.add(p.mark, `the prefix %q could never be asked for: only * stands for something else, and no space begins or `+
				`ends it`, clip(p.v))
		case err != nil:
			b.p.add(p.mark, "the prefix %q could never be asked for: %s", clip(p.v), reason(err))
		case strings.HasSuffix(p.v, "/"):
			b.p.add(p.mark, "the prefix %q could never be asked for: write %s* for the folder and all that is in it", clip(p.v),
				clip(p.v))
		}
		all = append(all, p.v)
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
		b.p.add(at, "there is no level called %q: %s", clip(name), suggest(name, b.levelNames()))
	}
}

// checkQuorum also sets the number of approvals.
func (b *builder) checkQuorum(r rule, rule *grant.Rule) {
	rule.Approvals = r.approvals.or(1)
	if rule.Approvers.IsEmpty() {
		if !r.approvers.bad() && !b.approvers.bad() {
			b.p.add(r.mark, "nobody could approve this rule's requests: list approvers in the rule, or for all rules at the top")
		}
		return
	}
	b.checkEnough(r.approvals, "", rule.Approvers)
	for _, l := range r.levelApprovals {
		b.checkLevel(l.mark, l.level)
		b.checkEnough(l.n, " for "+clip(l.level), rule.Approvers)
		if !slices.Contains(rule.Levels, l.level) {
			b.p.warn(l.mark, "approvals names the level %s, which this rule does not share", clip(l.level))
		}
		if rule.LevelApproval == nil {
			rule.LevelApproval = map[string]int{}
		}
		rule.LevelApproval[l.level] = l.n.v
	}
}

// checkEnough accepts any number if a Slack group is listed, since its size is
// unknown here.
func (b *builder) checkEnough(n found[int], forLevel string, approvers grant.People) {
	are := "are"
	if len(approvers.Users) == 1 {
		are = "is"
	}
	switch {
	case !n.ok:
	case n.v < 1:
		b.p.add(n.mark, "approvals asks for %d people%s: at least 1 has to approve", n.v, forLevel)
	case len(approvers.Groups) == 0 && n.v > len(slices.Compact(slices.Sorted(slices.Values(approvers.Users)))):
		b.p.add(n.mark, "approvals asks for %d people%s and only %d %s listed: name more approvers or ask for fewer",
			n.v, forLevel, len(approvers.Users), are)
	}
}
