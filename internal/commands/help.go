package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"s3share/internal/grant"
)

// verbs lists the commands with their usage and purpose.
var verbs = []struct{ name, usage, does string }{
	{"request", "request <bucket[/prefix]> <level> <principal> <term> <reason…>", "ask for access"},
	{"buckets", "buckets [part of a name] [page N]", "see what you may ask for"},
	{"list", "list [mine|pending|active|all] [bucket|principal|@person] [page N]", "see requests and grants"},
	{"show", "show <id>", "see one in full"},
	{"approve", "approve <id>", "say yes to a request"},
	{"deny", "deny <id> <reason>", "say no to a request"},
	{"cancel", "cancel <id>", "take your own request, or extension, back"},
	{"end", "end <id> [reason]", "end access before its time"},
	{"extend", "extend <id> <term> [reason]", "let access last longer"},
	{"break-glass", "break-glass <bucket[/prefix]> <level> <principal> <term> <reason…>",
		"open access at once, where a rule lets you; it is reviewed"},
	{"review", "review <id> <what you found>", "close the review of a break-glass"},
	{"freeze", "freeze <reason>", "stop every approval and every addition (responders)"},
	{"unfreeze", "unfreeze", "let things go on (responders)"},
	{"end-all", "end-all <bucket[/prefix]|principal|@person|everything> [now] <reason>",
		"end many grants at once (responders)"},
	{"settle", "settle <id> <reason>", "close the record of a grant whose account is gone for good (responders)"},
	{"history", "history [id|bucket|principal|@person] [page N|csv]", "see what happened, also after the end"},
	{"help", "help", "see this"},
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

func (r *ruleBook) help() Answer {
	var b strings.Builder
	b.WriteString("I share an S3 bucket with a user or role of another account, for a limited time, once somebody has " +
		"approved it.\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "`/s3share %s` — %s\n", v.usage, v.does)
	}
	b.WriteString("For example: `/s3share request my-bucket/builds read build/test.user 8h nightly build needs the " +
		"fixtures`\n")
	b.WriteString("Levels are " + strings.Join(r.levelNames(), ", ") +
		"; terms are like 45m, 8h, 3d; a principal is `<account>/<user>`, `<account>/role/<role>` or an ARN. " +
		"Several buckets, or several users and roles, may stand with commas between them: they are decided as one. In " +
		"front of the reason there may be `from tomorrow 09:00`, and `for @somebody`, who confirms it first. A reason in " +
		"quotes is never read as one of these." + r.cannotList())
	return Answer{Text: b.String()}
}

// cannotList names the levels that can write but not list. `aws s3 sync` needs both.
func (r *ruleBook) cannotList() string {
	names := slices.DeleteFunc(r.levelNames(), func(name string) bool {
		level := r.Levels[name]
		return !level.Writes() || grant.MatchAction(level.Bucket, "s3:ListBucket")
	})
	if len(names) == 0 {
		return ""
	}
	return " `aws s3 sync` needs a level that can list, so it fails with " + strings.Join(names, ", ") + " alone."
}

// unknown refuses an unknown command and suggests the nearest known one.
func unknown(word string) error {
	if slices.Contains(later, lower(word)) {
		return grant.Refuse("`%s` is not available yet.", lower(word)).WithHint("`/s3share help` says what is.")
	}
	names := slices.Clone(later) // so that a misspelled extend does not suggest end
	for _, v := range verbs {
		names = append(names, v.name)
	}
	r := grant.Refuse("I do not know %q.", clip(word))
	if best := nearest(word, names); best != "" {
		return r.WithHint("Did you mean `/s3share %s`? `/s3share help` lists what there is.", best)
	}
	return r.WithHint("`/s3share help` lists what there is.")
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
