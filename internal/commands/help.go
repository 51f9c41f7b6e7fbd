package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"s3share/internal/grant"
)

// A group is the people whom a command is for.
type group int

const (
	requesters group = iota
	approvers
	responders
)

// verbs lists the commands with their usage, their purpose and their people, in the order of the
// help.
var verbs = []struct {
	name, usage, does string
	group             group
}{
	{"request", "request <bucket[/prefix]> <level> <principal> <term> <reason…>", "request access", requesters},
	{"buckets", "buckets [part of a name] [page N]", "list the buckets that you can request", requesters},
	{"list", "list [mine|pending|active|all] [bucket|principal|@person] [page N]", "list requests and access", requesters},
	{"show", "show <id>", "show one request or access in full", requesters},
	{"extend", "extend <id> <term> [reason]", "request more time", requesters},
	{"end", "end <id> [reason]", "end access early", requesters},
	{"cancel", "cancel <id>", "cancel your request or extension", requesters},
	{"history", "history [id|bucket|principal|@person] [page N|csv]", "list past events", requesters},
	{"break-glass", "break-glass <bucket[/prefix]> <level> <principal> <term> <reason…>",
		"open access in an emergency, where a rule allows you to", requesters},
	{"approve", "approve <id>", "approve a request or an extension", approvers},
	{"deny", "deny <id> <reason>", "deny a request or an extension", approvers},
	{"review", "review <id> <what you found>", "close the review of emergency access", approvers},
	{"freeze", "freeze <reason>", "block new approvals", responders},
	{"unfreeze", "unfreeze", "allow approvals again", responders},
	{"end-all", "end-all <bucket[/prefix]|principal|@person|everything> [now] <reason>", "list many grants, and end them",
		responders},
	{"settle", "settle <id> <reason>", "close a grant whose account is gone for good", responders},
	{"help", "help [topic]", "show the help", requesters},
}

// Words returns the usage and the purpose of each command.
func Words() (list [][2]string) {
	for _, v := range verbs {
		list = append(list, [2]string{v.usage, v.does})
	}
	return list
}

// later lists commands that are reserved but not implemented.
var later = []string{"doctor"}

// help returns the help about a topic, or the short help that fits the caller: the commands of
// approvers and of responders are for them alone, and for everybody if Slack does not answer.
func (q *Queries) help(ctx context.Context, c Invocation, about string) (Answer, error) {
	if about != "" {
		return q.rules.helpTopic(about)
	}
	by := q.directory.actor(ctx, c, c.By, q.rules.groupsThatSee())
	return Answer{Text: q.rules.shortHelp(by)}, nil
}

func (r *ruleBook) shortHelp(by grant.Actor) string {
	var b strings.Builder
	b.WriteString("I share S3 buckets with users and roles of other accounts: on request, after an approval, for a " +
		"limited time.\n\nRequest access: type `/s3share` for the form.\n")
	for _, name := range []string{"buckets", "list", "show", "history", "extend", "end", "cancel", "break-glass"} {
		b.WriteString(line(name))
	}
	unknown := by.Standing == grant.Unknown
	if buckets := r.approves(by); unknown || len(buckets) > 0 {
		b.WriteString("\nFor approvers" + yourBuckets(buckets) + ":\n" +
			"`/s3share list pending` lists what waits for a decision\n" +
			line("approve") + line("deny") + line("review"))
	}
	if unknown || r.Responders.Include(by) {
		b.WriteString("\nFor responders:\n" + line("freeze") + line("unfreeze") + line("end-all") + line("settle"))
	}
	b.WriteString("\n`/s3share help <topic>` explains one of: " + strings.Join(topicNames(), ", ") + ".")
	return b.String()
}

// line is a command's line in the short help.
func line(name string) string {
	for _, v := range verbs {
		if v.name == name {
			return fmt.Sprintf("`/s3share %s` %s\n", shortUsage(v.usage), v.does)
		}
	}
	return ""
}

// shortUsage leaves out the optional arguments: they are in the help of the command.
func shortUsage(usage string) string {
	if strings.HasPrefix(usage, "end-all") {
		return "end-all <target> <reason>"
	}
	short, _, _ := strings.Cut(usage, " [")
	return short
}

// approves returns the buckets of the rules that name the person as an approver.
func (r *ruleBook) approves(by grant.Actor) (buckets []string) {
	for _, rule := range r.Rules.Rules {
		if by.Standing == grant.Member && rule.Approvers.Include(by) {
			buckets = append(buckets, rule.Bucket)
		}
	}
	return buckets
}

// yourBuckets names up to three buckets.
func yourBuckets(buckets []string) string {
	const most = 3
	switch n := len(buckets) - most; {
	case len(buckets) == 0:
		return ""
	case n > 0:
		return fmt.Sprintf(" (you approve for %s and %d more)", strings.Join(buckets[:most], ", "), n)
	}
	return " (you approve for " + strings.Join(buckets, ", ") + ")"
}

// unknown refuses an unknown command and suggests the nearest known one.
func unknown(word string) error {
	if slices.Contains(later, lower(word)) {
		return grant.Refuse("`%s` is not available yet.", lower(word)).WithHint("`/s3share help` lists the commands.")
	}
	names := slices.Clone(later) // so that a misspelled extend does not suggest end
	for _, v := range verbs {
		names = append(names, v.name)
	}
	r := grant.Refuse("There is no command %q.", clip(word))
	if best := nearest(word, names); best != "" {
		return r.WithHint("Did you mean `/s3share %s`? `/s3share help` lists the commands.", best)
	}
	return r.WithHint("`/s3share help` lists the commands.")
}

// nearest returns the name with the smallest edit distance; "" if none is near.
func nearest(word string, names []string) (best string) {
	distance := 3
	for _, name := range names {
		if d := levenshtein.ComputeDistance(clip(lower(word)), name); d < distance {
			best, distance = name, d
		}
	}
	return best
}

func clip(s string) string { return clipped(s, 40) }

func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func lower(s string) string { return strings.ToLower(s) }
