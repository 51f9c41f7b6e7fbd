package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// Summary returns everything that decides on requests: a line for each rule,
// level, account and principal. Rules keep their order, which is significant.
// All other lines, and every list in a line, are sorted. So configs with the
// same meaning have the same lines.
func (c Config) Summary() []string {
	r := c.Rules
	var lines, rest []string
	for _, rule := range r.Rules {
		lines = append(lines, ruleLine(rule))
	}
	for _, l := range r.Levels {
		rest = append(rest, line("level "+l.Name, "object", words(l.Object), "bucket", words(l.Bucket)))
	}
	for _, a := range c.Accounts {
		identity := "group"
		if a.External {
			identity = "external"
		}
		rest = append(rest, line("account "+a.Name, "id", a.ID, "partition", a.Partition, "region", word(a.Region),
			"role", word(a.Role), "identity", identity))
	}
	for principal, users := range r.PrincipalOwners {
		rest = append(rest, line("people "+principal, "users", words(users)))
	}
	rest = append(rest,
		line("auditors", "users", words(r.Auditors.Users), "groups", words(r.Auditors.Groups)),
		line("responders", "users", words(r.Responders.Users), "groups", words(r.Responders.Groups)),
		line("slack", "admin_channel", c.Slack.AdminChannel, "teams", words(r.Teams)),
		line("requests", "max_pending", strconv.Itoa(r.MaxPending), "request_ttl", r.RequestTTL.String(),
			"warn_before", terms(r.WarnBefore)))
	slices.Sort(rest)
	return append(lines, rest...)
}

func ruleLine(r grant.Rule) string {
	approvals := strconv.Itoa(r.Approvals)
	for _, level := range slices.Sorted(maps.Keys(r.LevelApproval)) {
		approvals += fmt.Sprintf(",%s:%d", level, r.LevelApproval[level])
	}
	drift := "ask"
	if r.Heal {
		drift = "heal"
	}
	return line("rule", "bucket", word(r.Bucket), "account", r.Account, "region", word(r.Region),
		"prefixes", words(r.Prefixes), "levels", words(r.Levels),
		"max_term", r.MaxTerm.String(), "approvals", approvals, "channel", r.Channel,
		"own_principals", strconv.FormatBool(r.OwnPrincipals), "drift", drift, "principals", words(r.Principals),
		"requesters", words(r.Requesters.Users), "requester_groups", words(r.Requesters.Groups),
		"approvers", words(r.Approvers.Users), "approver_groups", words(r.Approvers.Groups),
		"notify", words(r.Notify.Users), "notify_groups", words(r.Notify.Groups), "remind_after", r.RemindAfter.String(),
		"escalate_after", termOrNone(r.EscalateAfter), "escalate", words(r.Escalate.Users),
		"escalate_groups", words(r.Escalate.Groups),
		"reason_pattern", word(r.ReasonPattern), "max_total", r.MaxTotal.String(),
		"free_extension", termOrNone(r.FreeExtension),
		"auto_approve", autoWords(r.Auto), "break_glass", glassWords(r.BreakGlass), "lapse_hours", hoursWords(r.Hours))
}

func autoWords(autos []grant.AutoRule) string {
	var all []string
	for _, a := range autos {
		all = append(all, line("", "levels", words(a.Levels), "max_term", a.MaxTerm.String(), "users", words(a.People.Users),
			"groups", words(a.People.Groups),
			"per_day", strconv.Itoa(a.PerDay), "week_total", a.WeekTotal.String()))
	}
	if all == nil {
		return ""
	}
	return strconv.Quote(strings.TrimSpace(strings.Join(all, ";")))
}

func glassWords(g *grant.BreakGlass) string {
	if g == nil {
		return ""
	}
	return strconv.Quote(strings.TrimSpace(line("", "max_term", g.MaxTerm.String(), "users", words(g.People.Users),
		"groups", words(g.People.Groups), "per_day", strconv.Itoa(g.PerDay))))
}

func hoursWords(h *grant.Hours) string {
	if h == nil {
		return ""
	}
	return strconv.Quote(fmt.Sprintf("%v %s-%s %s", h.Days, h.From, h.To, h.Zone))
}

// digest hashes the summary and the bot's other settings. It includes the
// external ids, which no kept or shown line contains.
func (c Config) digest() string {
	lines := c.Summary()
	var accounts []string
	for _, a := range c.Accounts {
		accounts = append(accounts, line("external_id "+a.Name, "is", word(a.ExternalID)))
	}
	slices.Sort(accounts)
	lines = append(lines, accounts...)
	lines = append(lines, line("bot", "sweep_every", c.SweepEvery.String(), "store", word(c.Store), "audit", word(c.Audit),
		"listen", word(c.Listen)))
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// Changes returns the difference of two summaries in order: removed lines with
// "- ", added ones with "+ ".
func Changes(before, after []string) []string {
	return slices.DeleteFunc(policy.DiffLines(before, after),
		func(line string) bool { return strings.HasPrefix(line, "  ") })
}

// line formats name key=value key=value …, without keys that have no value.
func line(name string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(name)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			b.WriteString(" " + pairs[i] + "=" + pairs[i+1])
		}
	}
	return b.String()
}

// word quotes s if it could be read as several words.
func word(s string) string {
	if strings.ContainsAny(s, " \t\n,=\"\\") || strconv.Quote(s) != `"`+s+`"` {
		return strconv.Quote(s)
	}
	return s
}

// words formats a set.
func words(list []string) string {
	sorted := slices.Sorted(slices.Values(list))
	for i, s := range sorted {
		sorted[i] = word(s)
	}
	return strings.Join(sorted, ",")
}

// termOrNone formats a term; "" if it is off.
func termOrNone(t grant.Term) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func terms(list []grant.Term) string {
	var s []string
	for _, t := range list {
		s = append(s, t.String())
	}
	return strings.Join(s, ",")
}
