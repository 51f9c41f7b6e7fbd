package blocks

import (
	"cmp"
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

// AccessClause joins a principal and a verb. It is "can" from the confirmation by AWS until a drift
// or the end, and "may" otherwise. For an external account it is always "may".
func AccessClause(g grant.Grant) string {
	if g.State == grant.Active && !g.Principal.External && g.DriftedAt.IsZero() && !g.IsRestoring() {
		return "can"
	}
	return "may"
}

// AccessClauseAt is can at a time: before the start it is "may".
func AccessClauseAt(g grant.Grant, now time.Time) string {
	if g.Scheduled && now.Before(g.StartAt) {
		return "may"
	}
	return AccessClause(g)
}

// RequestClause describes a request in one sentence.
func RequestClause(g grant.Grant) string {
	name, on := Subject(g)
	verb, asked := Verb(g.Level.Name), "asks"
	if !g.State.Open() {
		asked = "asked"
	}
	return fmt.Sprintf("%s %s: %s may %s %s for %s", Mention(g.Requester), asked, name, verb, on, g.Term) + andOthers(g)
}

// StatusText describes the status of a grant.
func StatusText(g grant.Grant) string {
	switch g.State {
	case grant.Checking:
		if g.NeedsConsent() {
			return "waiting for " + Mention(g.Beneficiary) + " to confirm that it is for them"
		}
		return "being checked with AWS"
	case grant.Pending:
		if n := len(g.Decisions); n > 0 {
			return fmt.Sprintf("waiting: %d of %d approvals", n, n+g.Missing())
		}
		return "waiting for a decision"
	case grant.Refused:
		return "refused: " + Safe(g.Why, 300)
	case grant.Denied:
		return "denied" + approverClause(g, grant.EventDeny) + ": " + Safe(g.Why, 300)
	case grant.Cancelled:
		return "cancelled" + approverClause(g, grant.EventCancel)
	case grant.Lapsed:
		return "lapsed: nobody decided in time"
	case grant.Approved:
		return approvedClause(g) + ", being applied" + troubleClause(g)
	case grant.Active:
		if !g.DriftedAt.IsZero() {
			return "interrupted: somebody else changed it in AWS"
		}
		if g.IsRestoring() {
			return "being put back: it is not open until AWS has confirmed it" + troubleClause(g)
		}
		from := ""
		if g.Scheduled {
			from = "from " + When(g.StartAt) + " "
		}
		if g.IsExtending() {
			from = "and being extended " + from
		}
		text := "active " + from + "until " + When(g.ExpiresAt) + " (" + approvedClause(g) + ")"
		if g.Principal.External {
			text += "; the half in " + Safe(g.Principal.Account, 64) + " is in the hands of its admin"
		}
		return text
	case grant.Ending:
		return "ending: " + endingClause(g) + "; being removed" + troubleClause(g)
	}
	if g.Outcome == grant.Settled {
		return "closed, not confirmed by AWS: " + endingClause(g)
	}
	return "ended: " + endingClause(g)
}

// eventLabel returns the name of an event in the history of a grant.
func eventLabel(g grant.Grant, ev grant.Event) string {
	switch {
	case ev.Kind == grant.EventHalfRemoved && ev.Why != "": // it stays in AWS, for the reason beside it
		return "asked for no more"
	case ev.Kind == grant.EventApplied && g.Principal.External:
		return "the bucket is open to it"
	}
	return cmp.Or(eventLabels[ev.Kind], string(ev.Kind))
}

// eventLabels are the names of the kinds of events in a history.
var eventLabels = map[grant.EventKind]string{
	grant.EventCheck:            "checked with AWS",
	grant.EventDelayed:          "check delayed",
	grant.EventApprove:          "approved",
	grant.EventDeny:             "denied",
	grant.EventCancel:           "cancelled",
	grant.EventLapse:            "lapsed",
	grant.EventHalfApplied:      "confirmed in AWS",
	grant.EventDelegated:        "left to the admin of that account",
	grant.EventApplied:          "access is open",
	grant.EventWarn:             "warned of the end",
	grant.EventExtend:           "extended",
	grant.EventDrift:            "changed in AWS by somebody else",
	grant.EventRestore:          "to be put back",
	grant.EventEnd:              "over",
	grant.EventHalfRemoved:      "gone from AWS",
	grant.EventRemoved:          "ended",
	grant.EventSettle:           "closed, not confirmed by AWS",
	grant.EventConsent:          "confirmed by the person it is for",
	grant.EventNarrow:           "made smaller",
	grant.EventRemind:           "brought to mind again",
	grant.EventRemindReview:     "brought to mind again",
	grant.EventEscalate:         "taken to others too",
	grant.EventRequestExtension: "extension asked for",
	grant.EventDenyExtension:    "extension denied",
	grant.EventCancelExtension:  "extension taken back",
	grant.EventExtended:         "the later end is confirmed in AWS",
	grant.EventAutoApprove:      "approved by the rule",
	grant.EventOpenBreakGlass:   "opened by break-glass",
	grant.EventReview:           "reviewed",
}

// named is the most people in one line.
const named = 10

// approvedClause describes how a grant was approved.
func approvedClause(g grant.Grant) string {
	switch {
	case g.Last(grant.EventOpenBreakGlass) != nil:
		return "opened by break-glass"
	case g.Last(grant.EventAutoApprove) != nil:
		return "approved by the rule, without a person"
	}
	return "approved" + approverClause(g, grant.EventApprove)
}

func approverClause(g grant.Grant, kind grant.EventKind) string {
	if kind == grant.EventApprove && len(g.Decisions) > 0 {
		var names []string
		for _, d := range g.Decisions[:min(named, len(g.Decisions))] {
			names = append(names, Mention(d.By))
		}
		if more := len(g.Decisions) - named; more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		return " by " + strings.Join(names, ", ")
	}
	if ev := g.Last(kind); ev != nil && !ev.By.IsBot() {
		return " by " + Mention(ev.By)
	}
	return ""
}

func troubleClause(g grant.Grant) string {
	var b strings.Builder
	for _, h := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		if p := g.Half(h); p.Attempts > 0 && !p.AlertedAt.IsZero() {
			fmt.Fprintf(&b, "; the %s half is stuck: %s", h, Safe(p.LastError, 300))
		}
	}
	return b.String()
}

// endingClause describes how a grant ended.
func endingClause(g grant.Grant) string {
	why := ""
	if g.Why != "" {
		why = ": " + strings.TrimSuffix(Safe(g.Why, 300), ".") // more may follow
	}
	switch g.Outcome {
	case grant.Expired:
		if neverOpen(g) {
			return "it was never open, and its time was up"
		}
		return "its time was up"
	case grant.Relinquished:
		return "given back" + approverClause(g, grant.EventEnd) + why
	case grant.Revoked:
		return "revoked" + approverClause(g, grant.EventEnd) + why
	case grant.Settled:
		return "settled" + approverClause(g, grant.EventSettle) + why
	}
	return "it failed" + why
}

// neverOpen reports whether AWS never confirmed the access.
func neverOpen(g grant.Grant) bool { return g.Last(grant.EventApplied) == nil }

// RefusalText formats a refusal with its hint.
func RefusalText(r *grant.Refusal) string {
	text := Safe(r.Sentence, 1500)
	if !r.By.IsBot() {
		text += " That was " + Mention(r.By)
		if !r.At.IsZero() {
			text += ", " + When(r.At)
		}
		text += "."
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
	return "Something broke on my side. `/s3share list` shows whether it was stored. The people who run s3share can " +
		"look up the reference " + reference + "."
}

// SecondCopy is the replacement of a duplicate message.
func SecondCopy(id grant.ID) Message {
	text := fmt.Sprintf("This was a second copy of a message about `%s`: Slack had not told me that the first one "+
		"arrived. The other one counts.", Safe(string(id), 16))
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
		return "upload, and nothing else"
	case "full":
		return "list, download, upload and delete"
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
