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
		return Message{Text: "~" + reminder(g, event) + "~ Answered."}, true
	case kind == PostDrift:
		return driftAlert(g, event), true
	}
	return Message{}, false
}
