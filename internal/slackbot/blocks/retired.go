package blocks

import (
	"fmt"

	"s3share/internal/grant"
)

// SpentMessage returns the final form of a message to approvers whose buttons can have no effect any
// more: the result. It does not change afterwards, so it is drawn once. ok is false while the buttons are
// useful.
func SpentMessage(g grant.Grant, kind string, event int) (m Message, ok bool) {
	if event < 0 || event >= len(g.History) {
		return Message{}, false
	}
	name, on := Subject(g)
	switch {
	case kind == PostReminder && len(reminders(g, event)) == 0:
		return Message{Text: "Answered since: " + reminder(g, event) + "."}, true
	case kind == PostDrift:
		came, ok := driftOutcome(g, event)
		return Message{Text: fmt.Sprintf("`%s` (%s, %s): %s %s", g.ID, name, on, sentence(Safe(g.History[event].Why, 1500)),
			came)}, ok
	}
	return Message{}, false
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
