package blocks

import (
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// driftedNotices asks for a decision about a drift.
func driftedNotices(g grant.Grant, ev grant.Event) []Notice {
	name, on := Subject(g)
	text := fmt.Sprintf("`%s` (%s, %s): %s", g.ID, name, on, Safe(ev.Why, 1500))
	if g.DriftedAt.IsZero() || g.State != grant.Approved && g.State != grant.Active {
		// Of the same kind as the question, so that a channel with the question is not told again.
		return []Notice{{Kind: PostDrift, To: ToChannel, Message: Message{Text: text + " It was put back, or is over."}}}
	}
	text += " It is left as it is, and closed, until somebody decides."
	return []Notice{
		{Kind: PostDrift, To: ToChannel, Message: withButtons(text, "drift", Button(ActPutBack, "Put back", g, ""),
			Button(ActEnd, "End", g, slack.StyleDanger))},
		{Kind: PostAlert, To: ToRequester, Message: Message{Text: fmt.Sprintf("Access of %s to %s is interrupted: somebody "+
			"else changed it in AWS. The people who decide have been asked.", name, on)}},
	}
}

// stalledNotices tells the operators about a failing AWS call, and the waiting people about the
// delay.
func stalledNotices(g grant.Grant, event int) []Notice {
	ev := g.History[event]
	if !g.State.InAWS() {
		return nil
	}
	name, on := Subject(g)
	text := fmt.Sprintf("`%s` (%s, %s): the %s half is stuck. %s", g.ID, name, on, ev.Half, Safe(ev.Why, 2000))
	text += stillOpen(g, ev.At)
	if next := g.Half(ev.Half).NextAttemptAt; !next.IsZero() {
		text += " Next try " + When(next) + "."
	}
	out := []Notice{{Kind: PostAlert, To: ToAdmins, Message: Message{Text: text}}}
	before := slices.ContainsFunc(g.History[:event], func(e grant.Event) bool { return e.Kind == grant.EventStalled })
	if g.State == grant.Approved && !before {
		out = append(out, Notice{Kind: PostAlert, To: ToRequester, Message: Message{Text: fmt.Sprintf(
			"Your request `%s` for %s was approved, but AWS has not let me open it yet. I keep trying, and those who run "+
				"s3share know.", g.ID, on)}})
	}
	return out
}

// stillOpen describes the effect of a delayed end: whether the access is still open, and how to
// close it by hand. The bot cannot see the half of an external account, and the half of a
// permission set may come back.
func stillOpen(g grant.Grant, at time.Time) string {
	switch {
	case g.State != grant.Ending:
		return ""
	case !at.Before(g.ExpiresAt):
		return " Nothing is open: AWS holds to the date, which is over."
	case g.Owner.RemovedAt.IsZero() &&
		(g.Grantee.RemovedAt.IsZero() || g.Principal.External || g.Principal.PermissionSet() != ""):
		return fmt.Sprintf(" *It may still be open*, until %s at the latest. To close it sooner, take the statements whose "+
			"Sid begins with `%s%s` out of the policy of %s by hand.",
			When(g.ExpiresAt), "S3Share", g.ID, Safe(g.Bucket.Name, 80))
	}
	return " Nothing is open: the other half is gone."
}
