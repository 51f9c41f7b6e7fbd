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
		rest = ". " + Capital(Mentions(g.Rule.Approvers)) + ": please look at what it was used for, and close the review."
		decide = []slack.BlockElement{Button(ActReview, "Close review…", g, slack.StylePrimary)}
	case ev.To == grant.Active && (g.PendingExtension == nil || !ev.At.After(g.PendingExtension.At)):
		return nil
	case ev.To != grant.Active && g.State != grant.Pending:
		return nil
	case ev.Kind == grant.EventEscalate:
		rest = ". " + Mentions(g.Rule.Escalate) + ": please see to it that somebody does."
	case ev.To == grant.Active:
		rest = "; without one, it ends " + When(g.ExpiresAt) + ". " + Capital(StillDecide(g)) + "."
	default:
		rest = ", and lapses " + When(g.LapsesAt) + ". " + Capital(StillDecide(g)) + "."
	}
	return []Notice{{Kind: PostReminder, To: ToThread,
		Message: withButtons(reminder(g, event)+rest, "reminder", decide...)}}
}

// reminder returns the text of a reminder. The text does not change during the grant's life.
func reminder(g grant.Grant, event int) string {
	ev := g.History[event]
	name, on := Subject(g)
	text := fmt.Sprintf("%s asked for `%s` (%s, %s, %s)%s. ", Mention(g.Requester), g.ID, name, Safe(g.Level.Name, 40), on,
		andOthers(g))
	subject := "this"
	if ev.To == grant.Active {
		for _, asked := range g.History[:event] {
			if asked.Kind == grant.EventRequestExtension {
				subject = "the extension by " + asked.Term.String()
			}
		}
	}
	switch ev.Kind {
	case grant.EventRemindReview:
		return text + "Nobody has reviewed this break-glass yet"
	case grant.EventEscalate:
		return text + fmt.Sprintf("Nobody has decided on %s for %s", subject, g.Rule.EscalateAfter)
	}
	return text + Capital(subject) + " still waits for a decision"
}

// IsReminder reports whether an event is told by a reminder.
func IsReminder(kind grant.EventKind) bool {
	return kind == grant.EventRemind || kind == grant.EventEscalate || kind == grant.EventRemindReview
}

// StillDecide names the people who have not approved yet.
func StillDecide(g grant.Grant) string {
	left, decisions := g, g.Decisions
	if g.PendingExtension != nil {
		decisions = g.PendingExtension.Decisions
	}
	left.Rule.Approvers.Users = nil
	for _, u := range g.Rule.Approvers.Users {
		had := false
		for _, d := range decisions {
			had = had || d.By.User == u
		}
		if !had && !g.Concerns(grant.Person{User: u}) {
			left.Rule.Approvers.Users = append(left.Rule.Approvers.Users, u)
		}
	}
	switch missing := g.Missing(); {
	case len(decisions) == 0 || missing == 0:
		return MayApprove(left)
	case missing == 1:
		return "one more of " + Mentions(left.Rule.Approvers) + " has to approve"
	default:
		return fmt.Sprintf("%d more of %s have to approve", missing, Mentions(left.Rule.Approvers))
	}
}
