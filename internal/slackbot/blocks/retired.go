package blocks

import (
	"fmt"

	"s3share/internal/grant"
)

// LosesButtons reports whether notices of a kind have buttons that are removed later. An answer by
// a response URL cannot be changed later, so these notices do not use one.
func LosesButtons(kind string) bool {
	return kind == PostConsent || kind == PostReceived || kind == PostGranted || kind == PostWarning ||
		kind == PostDrift || kind == PostReminder
}

// SpentMessage returns the final form of a notice whose buttons can have no effect any more: the
// result. It does not change afterwards, so it is drawn once. ok is false while the buttons are
// useful.
func SpentMessage(g grant.Grant, kind string, event int) (m Message, ok bool) {
	if event < 0 || event >= len(g.History) {
		return Message{}, false
	}
	name, on := Subject(g)
	over := g.State == grant.Ending || g.State == grant.Ended
	switch {
	case kind == PostConsent && !g.NeedsConsent():
		return Message{Text: fmt.Sprintf("%s asked on your behalf that %s may %s %s for %s%s. %s", Mention(g.Requester), name,
			Verb(g.Level.Name), on, g.Term, andOthers(g), consented(g))}, true
	case kind == PostReceived && !g.State.Open():
		return Message{Text: fmt.Sprintf("Your request `%s`, that %s may %s %s for %s%s, went to the people who "+
			"decide. It %s.", g.ID, name, Verb(g.Level.Name), on, g.Term, andOthers(g), came(g))}, true
	case kind == PostGranted && over:
		could := name + " could"
		if g.Principal.External {
			could = "the bucket let " + name
		}
		return Message{Text: fmt.Sprintf("You were told that %s %s %s. Its end is decided: %s. When it is gone from AWS, "+
			"there is a message of its own.", could, Verb(g.Level.Name), on, endingClause(g))}, true
	case kind == PostWarning && over:
		return Message{Text: fmt.Sprintf("You were told that access of %s to %s would end. Its end is decided: %s.", name, on,
			endingClause(g))}, true
	case kind == PostReminder && len(reminders(g, event)) == 0:
		return Message{Text: "Answered since: " + reminder(g, event) + "."}, true
	case kind == PostDrift:
		came, ok := driftOutcome(g, event)
		return Message{Text: fmt.Sprintf("`%s` (%s, %s): %s %s", g.ID, name, on, sentence(Safe(g.History[event].Why, 1500)),
			came)}, ok
	}
	return Message{}, false
}

// consented returns the result of a consent.
func consented(g grant.Grant) string {
	switch ev := g.Last(grant.EventCancel, grant.EventReject); {
	case g.Last(grant.EventConsent) != nil:
		return "You confirmed that it is for you."
	case ev != nil && ev.Kind == grant.EventCancel && ev.By.Same(g.Beneficiary):
		return "You said that it is not for you, so it was cancelled."
	case ev != nil && ev.Kind == grant.EventCancel:
		return "It was cancelled by " + Mention(ev.By) + "."
	}
	return "It was refused: " + sentence(Safe(g.Why, 500))
}

// came returns the result of a request, to follow "it". A separate message names the approver and
// the reason.
func came(g grant.Grant) string {
	switch g.State {
	case grant.Denied:
		return "was denied"
	case grant.Cancelled:
		return "was cancelled"
	case grant.Lapsed:
		return "lapsed"
	}
	return "was approved"
}

// driftOutcome returns the decision about a drift.
func driftOutcome(g grant.Grant, event int) (text string, decided bool) {
	for _, ev := range g.History[event+1:] {
		switch {
		case ev.Kind == grant.EventRestore && ev.By.IsBot():
			return "It was put back.", true
		case ev.Kind == grant.EventRestore:
			return Mention(ev.By) + " had it put back.", true
		case ev.Kind == grant.EventEnd:
			return "Its end is decided: " + endingClause(g) + ".", true
		}
	}
	return "", false
}
