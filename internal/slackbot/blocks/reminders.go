package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// reminders returns the reminders of a pending request in the card's thread. They have its buttons,
// because the card may be far up in the channel. A decided request needs none.
func reminders(g grant.Grant, event int) []Notice {
	ev := g.History[event]
	decide := []slack.BlockElement{ApproveButton(g), Button(ActDeny, "Deny…", g, slack.StyleDanger),
		Button(ActDetails, "Details", g, "")}
	rest := ""
	switch {
	case ev.Kind == grant.EventRemindReview && g.NeedsReview():
		rest = ". " + Capital(Mentions(g.Rule.Approvers, "or")) + ", please check how it was used and close the review."
		decide = []slack.BlockElement{Button(ActReview, "Close review…", g, slack.StylePrimary)}
	case ev.To == grant.Active && (g.PendingExtension == nil || !ev.At.After(g.PendingExtension.At)):
		return nil
	case ev.To != grant.Active && g.State != grant.Pending:
		return nil
	case ev.Kind == grant.EventEscalate:
		rest = ". " + Mentions(g.Rule.Escalate, "and") + ", please make sure that an approver decides."
	case ev.To == grant.Active:
		rest = "; without one, access " + Dated("ends", g.ExpiresAt) + ". Waiting for " + missingApprovers(g, named) + "."
	default:
		rest = "; " + Dated("expires", g.LapsesAt) + " without one. Waiting for " + missingApprovers(g, named) + "."
	}
	return []Notice{{Kind: PostReminder, To: ToThread,
		Message: withButtons(reminder(g, event)+rest, "reminder", decide...)}}
}

// reminder returns the text of a reminder. The text does not change during the grant's life.
func reminder(g grant.Grant, event int) string {
	ev := g.History[event]
	subject := "The request"
	if ev.To == grant.Active {
		for _, asked := range g.History[:event] {
			if asked.Kind == grant.EventRequestExtension {
				subject = "The extension of " + asked.Term.String()
			}
		}
	}
	of := fmt.Sprintf(" by %s (`%s`: %s%s) ", Mention(g.Requester), g.ID, Summary(g), andOthers(g))
	switch ev.Kind {
	case grant.EventRemindReview:
		return "The break-glass access" + of + "still needs a review"
	case grant.EventEscalate:
		return subject + of + fmt.Sprintf("has waited %s for a decision", g.Rule.EscalateAfter)
	}
	return subject + of + "is still waiting for a decision"
}

// IsReminder reports whether an event is told by a reminder.
func IsReminder(kind grant.EventKind) bool {
	return kind == grant.EventRemind || kind == grant.EventEscalate || kind == grant.EventRemindReview
}
