package blocks

import "s3share/internal/grant"

// SpentMessage draws a message to approvers whose buttons may have no effect any more. ok is false if it
// stays as it is.
func SpentMessage(g grant.Grant, kind string, event int) (m Message, ok bool) {
	if event < 0 || event >= len(g.History) {
		return Message{}, false
	}
	switch {
	case kind == PostReminder && len(reminders(g, event)) == 0:
		return Message{Text: "~" + reminder(g, event) + "~ " + reminderEnd(g, event)}, true
	case kind == PostDrift:
		return driftAlert(g, event), true
	}
	return Message{}, false
}

// reminderEnd says how the wait that a reminder is about ended.
func reminderEnd(g grant.Grant, event int) string {
	switch ev := g.History[event]; {
	case ev.Kind == grant.EventRemindReview:
		return "Reviewed."
	case ev.To != grant.Active:
		return Capital(outcome(g, "")) + "."
	}
	for _, ev := range g.History[event+1:] {
		switch {
		case ev.Kind == grant.EventExtend && !ev.Expiry.IsZero():
			return "Extended."
		case ev.Kind == grant.EventDenyExtension:
			return "Denied by " + Mention(ev.By) + "."
		case ev.Kind == grant.EventCancelExtension:
			return "Cancelled by " + Mention(ev.By) + "."
		}
	}
	return "Expired without a decision."
}
