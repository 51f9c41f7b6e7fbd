package slackbot

import (
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// target is the bucket and the prefix as people write them.
func target(g grant.Grant) string {
	if g.Prefix == "" {
		return "s3://" + g.Bucket.Name + "/"
	}
	return "s3://" + g.Bucket.Name + "/" + g.Prefix + "/"
}

// verb says a level as something that a principal can do.
func verb(level string) string {
	switch level {
	case "read":
		return "read"
	case "write":
		return "write to"
	case "full":
		return "read, write and delete in"
	}
	return "use (" + safe(level, 40) + ")"
}

// asks is a request in one sentence.
func asks(g grant.Grant) string {
	return fmt.Sprintf("%s asks: %s may %s %s for %s", who(g.Requester), safe(g.Principal.Name, 64), verb(g.Level.Name), safe(target(g), 300), g.Term)
}

// stands is where a grant stands, in words.
func stands(g grant.Grant) string {
	switch g.State {
	case grant.Checking:
		return "being checked with AWS"
	case grant.Pending:
		if n := len(g.Decisions); n > 0 {
			return fmt.Sprintf("waiting: %d of %d approvals", n, n+g.Missing())
		}
		return "waiting for a decision"
	case grant.Refused:
		return "refused: " + safe(g.Why, 300)
	case grant.Denied:
		return "denied" + by(g, grant.Deny) + ": " + safe(g.Why, 300)
	case grant.Cancelled:
		return "cancelled" + by(g, grant.Cancel)
	case grant.Lapsed:
		return "lapsed: nobody decided in time"
	case grant.Approved:
		return "approved" + by(g, grant.Approve) + ", being applied" + trouble(g)
	case grant.Active:
		if !g.DriftedAt.IsZero() {
			return "interrupted: somebody else changed it in AWS"
		}
		return "active until " + when(g.ExpiresAt) + " (approved" + by(g, grant.Approve) + ")"
	case grant.Ending:
		return "over (" + string(g.Outcome) + "), being removed" + trouble(g)
	}
	return "ended: " + ending(g)
}

func by(g grant.Grant, kind grant.Kind) string {
	if kind == grant.Approve && len(g.Decisions) > 0 {
		var names []string
		for _, d := range g.Decisions {
			names = append(names, who(d.By))
		}
		return " by " + strings.Join(names, ", ")
	}
	if ev := g.Last(kind); ev != nil && !ev.By.IsBot() {
		return " by " + who(ev.By)
	}
	return ""
}

func trouble(g grant.Grant) string {
	var b strings.Builder
	for _, h := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		if p := g.Of(h); p.Tries > 0 && !p.AlertedAt.IsZero() {
			fmt.Fprintf(&b, "; the %s half is stuck: %s", h, safe(p.Fault, 300))
		}
	}
	return b.String()
}

// ending says how a grant came to its end.
func ending(g grant.Grant) string {
	why := ""
	if g.Why != "" {
		why = ": " + safe(g.Why, 500)
	}
	switch g.Outcome {
	case grant.Expired:
		return "its time was up"
	case grant.Relinquished:
		return "given back" + by(g, grant.End) + why
	case grant.Revoked:
		return "revoked" + by(g, grant.End) + why
	}
	return "failed" + why
}

const keyNote = "The bucket encrypts with a KMS key (%s). Access to the key was not checked: without it, objects cannot be read or written."

func kms(g grant.Grant) string {
	if g.Findings.KMSKey == "" {
		return ""
	}
	return fmt.Sprintf(keyNote, safe(g.Findings.KMSKey, 200))
}

// tryIt is a line to paste.
func tryIt(g grant.Grant) string {
	url := strings.ReplaceAll(safe(target(g), 1200), "`", "")
	if len(g.Level.Bucket) == 0 && g.Level.Name == "write" {
		return "`aws s3 cp ./file " + url + "`"
	}
	return "`aws s3 ls " + url + "`"
}

// refusal puts a refusal and its hint into one message.
func refusal(r *grant.Refusal) string {
	text := safe(r.Sentence, 1500)
	if !r.By.IsBot() {
		text += " That was " + who(r.By)
		if !r.At.IsZero() {
			text += ", " + when(r.At)
		}
		text += "."
	}
	if r.Hint != "" {
		text += " " + safe(r.Hint, 1200)
	}
	return text
}
