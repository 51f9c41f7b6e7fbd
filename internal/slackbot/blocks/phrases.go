package blocks

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// Target formats the bucket and the prefix.
func Target(g grant.Grant) string {
	if g.Prefix == "" {
		return "s3://" + g.Bucket.Name + "/"
	}
	return "s3://" + g.Bucket.Name + "/" + g.Prefix + "/"
}

// Subject names the principal and the target of a grant, for use inside a sentence.
func Subject(g grant.Grant) (principal, on string) {
	return nameInText(g.Principal.Name, 64), nameInText(Target(g), 300)
}

// Verb formats a level as a verb.
func Verb(level string) string {
	switch level {
	case "read":
		return "read"
	case "write":
		return "write to"
	case "full":
		return "read, write and delete in"
	}
	return "use the level " + Safe(level, 40) + " on"
}

// AccessLine describes an access: "test.user can read s3://b/" while AWS has confirmed it, and its
// Summary otherwise. For an external account it is always the Summary.
func AccessLine(g grant.Grant) string {
	if g.State != grant.Active || g.Principal.External || !g.DriftedAt.IsZero() || g.IsRestoring() {
		return Summary(g)
	}
	return Can(g, nameInText(Target(g), 300))
}

// Can is the sentence about confirmed access to a target.
func Can(g grant.Grant, on string) string {
	return fmt.Sprintf("%s can %s %s", nameInText(g.Principal.Name, 64), Verb(g.Level.Name), on)
}

// AccessLineAt is AccessLine at a time: before the start it is the Summary.
func AccessLineAt(g grant.Grant, now time.Time) string {
	if g.Scheduled && now.Before(g.StartAt) {
		return Summary(g)
	}
	return AccessLine(g)
}

// RequestClause describes a request in one sentence.
func RequestClause(g grant.Grant) string {
	return fmt.Sprintf("%s %s %s", Mention(g.Requester), requests(g), Wanted(g))
}

// requests is the verb of a request, in the past once it is decided.
func requests(g grant.Grant) string {
	if g.State.Open() {
		return "requests"
	}
	return "requested"
}

// Wanted describes the access that a request is for: "read access: test.user → s3://b/ for 8h".
func Wanted(g grant.Grant) string {
	name, on := Subject(g)
	return fmt.Sprintf("%s access: %s → %s for %s%s", Safe(g.Level.Name, 40), name, on, g.Term, andOthers(g))
}

// Summary describes an access in one line: "test.user, read, s3://b/".
func Summary(g grant.Grant) string {
	name, on := Subject(g)
	return fmt.Sprintf("%s, %s, %s", name, Safe(g.Level.Name, 40), on)
}

// StatusText describes the status of a grant.
func StatusText(g grant.Grant) string {
	switch g.State {
	case grant.Checking:
		if g.NeedsConsent() {
			return "waiting for " + Mention(g.Beneficiary) + " to confirm"
		}
		return "being checked with AWS"
	case grant.Pending:
		return approvalsText(g) + "waiting for " + missingApprovers(g, waitedMost)
	case grant.Refused:
		return "refused: " + Safe(g.Why, 300)
	case grant.Denied:
		return "denied" + approverClause(g, grant.EventDeny) + ": " + Safe(g.Why, 300)
	case grant.Cancelled:
		return "cancelled" + approverClause(g, grant.EventCancel)
	case grant.Lapsed:
		return "expired without a decision"
	case grant.Approved:
		return approvedClause(g) + "; waiting for AWS" + troubleClause(g)
	case grant.Active:
		return activeText(g)
	case grant.Ending:
		return endClause(g) + troubleClause(g)
	}
	return endClause(g)
}

// waitedMost is the most approvers in a status that waits for them.
const waitedMost = 3

// approvalsText counts the approvals that a request has: "1 of 2 approvals; ", or nothing.
func approvalsText(g grant.Grant) string {
	if n := len(g.Decisions); n > 0 {
		return fmt.Sprintf("%d of %d approvals; ", n, n+g.Missing())
	}
	return ""
}

// endClause describes how access ended with the word "ended" or "ending", where endingClause has none.
func endClause(g grant.Grant) string {
	switch {
	case g.State == grant.Ending && (g.Outcome == grant.Expired || g.Outcome == grant.Failed):
		return "ending: " + endingClause(g)
	case g.Outcome == grant.Expired:
		return "ended: " + endingClause(g)
	}
	return endingClause(g)
}

// activeText describes the status of an active grant.
func activeText(g grant.Grant) string {
	switch {
	case !g.DriftedAt.IsZero():
		return "paused: changed outside s3share"
	case g.IsRestoring():
		return "being restored: access is back once AWS confirms it" + troubleClause(g)
	}
	text := "active "
	if g.Scheduled {
		text += Dated("from", g.StartAt) + " "
	}
	text += Until(g.ExpiresAt) + ", " + approvedClause(g)
	if g.IsExtending() {
		text += "; the extension waits for AWS"
	}
	if g.Principal.External {
		text += "; the admin of " + Safe(g.Principal.Account, 64) + " manages the access there"
	}
	return text
}

// approvedClause describes how a grant was approved.
func approvedClause(g grant.Grant) string {
	switch {
	case g.Last(grant.EventOpenBreakGlass) != nil:
		return "opened with break-glass by " + Mention(g.Requester)
	case g.Last(grant.EventAutoApprove) != nil:
		return "approved automatically by the rule"
	}
	return "approved" + approverClause(g, grant.EventApprove)
}

func approverClause(g grant.Grant, kind grant.EventKind) string {
	if kind == grant.EventApprove && len(g.Decisions) > 0 {
		var names []string
		for _, d := range g.Decisions {
			names = append(names, Mention(d.By))
		}
		return " by " + fewOf(names, "and", named)
	}
	if ev := g.Last(kind); ev != nil && !ev.By.IsBot() {
		return " by " + Mention(ev.By)
	}
	return ""
}

// troubleClause names the AWS calls that fail and are retried.
func troubleClause(g grant.Grant) string {
	var b strings.Builder
	for _, h := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		if p := g.Half(h); p.Attempts > 0 && !p.AlertedAt.IsZero() {
			fmt.Fprintf(&b, "; can't change the %s (%s), retrying", PartName(g, h), Safe(p.LastError, 300))
		}
	}
	return b.String()
}

// PartName names a half for approvers and operators.
func PartName(g grant.Grant, h grant.Half) string {
	switch {
	case h == grant.OwnerHalf:
		return "bucket policy"
	case g.Principal.Kind == grant.KindRole:
		return "role policy"
	}
	return "group membership"
}

// endingClause describes how access ended, or ends.
func endingClause(g grant.Grant) string {
	why := ""
	if g.Why != "" {
		why = ": " + strings.TrimSuffix(Safe(g.Why, 300), ".") // more may follow
	}
	verb := "ended"
	if g.State == grant.Ending {
		verb = "ending"
	}
	switch g.Outcome {
	case grant.Expired:
		if neverOpen(g) {
			return "expired before access was open"
		}
		return Dated("expired", g.ExpiresAt)
	case grant.Relinquished, grant.Revoked:
		return verb + " early" + approverClause(g, grant.EventEnd) + why
	case grant.Settled:
		return "closed" + approverClause(g, grant.EventSettle) + ", not confirmed by AWS" + why
	}
	return "failed" + why
}

// neverOpen reports whether AWS never confirmed the access.
func neverOpen(g grant.Grant) bool { return g.Last(grant.EventApplied) == nil }

// WaitText answers a command that waits for others.
func WaitText(before int) string {
	return fmt.Sprintf("Received. %d requests are before yours; I'll answer here.", before)
}

// RefusalText formats a refusal with its hint.
func RefusalText(r *grant.Refusal) string {
	text := localTimes(Safe(r.Sentence, 1500))
	if !r.By.IsBot() {
		by := "by " + Mention(r.By)
		if !r.At.IsZero() {
			by += "; " + Dated("decided", r.At)
		}
		text = strings.TrimSuffix(text, ".") + " (" + by + ")."
	}
	if r.Hint != "" {
		text += " " + Safe(r.Hint, 1200)
	}
	return text
}

// BesideField formats a refusal for a place beside a field, where mentions do not work.
func BesideField(r *grant.Refusal) string { return Plain(r.Error(), 300).Text }

// FaultText is the answer to an act that failed by a fault.
func FaultText(reference string) string {
	return "Something went wrong in s3share, and this may not be done. `/s3share list` shows the current state. Give " +
		"the operators of s3share this reference: " + reference + "."
}

// SecondCopy is the replacement of a duplicate message.
func SecondCopy(id grant.ID) Message {
	text := fmt.Sprintf("Duplicate: Slack did not confirm an earlier message about `%s`. Use the other one.",
		Safe(string(id), 16))
	return Message{Text: text, Blocks: []slack.Block{Section(text)}}
}

// Capital capitalizes the first letter.
func Capital(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// AllowsInWords describes the actions of a level in at most 75 characters.
func AllowsInWords(l grant.Level) string {
	switch l.Name {
	case "read":
		return "list the folder and download what is in it"
	case "write":
		return "upload and overwrite objects, without reading or deleting them"
	case "full":
		return "list, download, upload, overwrite and delete"
	}
	return strings.Join(slices.Concat(l.Object, l.Bucket), ", ")
}

// andOthers mentions the other requests of a batch in a sentence about its lead.
func andOthers(g grant.Grant) string {
	switch n := len(g.BatchIDs) - 1; {
	case n < 1 || !g.IsBatchLead():
		return ""
	case n == 1:
		return ", and one more"
	default:
		return fmt.Sprintf(", and %d more", n)
	}
}

// sentence ends people's text with a full stop, so that another sentence can follow.
func sentence(s string) string {
	switch {
	case s == "":
		return s
	case s[len(s)-1] == '.' || s[len(s)-1] == '!' || s[len(s)-1] == '?':
		return s
	}
	return s + "."
}
