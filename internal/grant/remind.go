package grant

import "time"

// waits returns since when a request or an extension has waited for a decision,
// and until when it can be decided. Both are zero if none waits.
func (g Grant) waits() (since, until time.Time) {
	switch {
	case g.State == Pending && g.Last(Check) != nil:
		return g.Last(Check).At, g.LapsesAt
	case g.State == Active && g.PendingExtension != nil:
		return g.PendingExtension.At, g.ExpiresAt
	}
	return time.Time{}, time.Time{}
}

// nextReminder returns when the approvers are reminded next; zero: never. The
// first reminder comes after the rule's time, and each pause is twice the one
// before. After the deadline there is none.
func (g Grant) nextReminder() time.Time {
	pause := g.Rule.RemindAfter.Duration()
	since, until := g.waits()
	if pause <= 0 || since.IsZero() {
		return time.Time{}
	}
	at := since.Add(pause)
	for _, ev := range g.History {
		if ev.Kind == Remind && ev.At.After(since) {
			pause *= 2
			at = at.Add(pause)
		}
	}
	return unlessTooLate(at, until)
}

// escalation returns when further people are asked; zero: never, or they were
// asked.
func (g Grant) escalation() time.Time {
	since, until := g.waits()
	if g.Rule.EscalateAfter <= 0 || g.Rule.Escalate.IsEmpty() || since.IsZero() {
		return time.Time{}
	}
	if last := g.Last(Escalate); last != nil && last.At.After(since) {
		return time.Time{}
	}
	return unlessTooLate(since.Add(g.Rule.EscalateAfter.Duration()), until)
}

// unlessTooLate returns at if it is before until, otherwise zero.
func unlessTooLate(at, until time.Time) time.Time {
	if !until.IsZero() && !at.Before(until) {
		return time.Time{}
	}
	return at
}

// earliest returns the first of the non-zero times.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// isDue reports whether a non-zero time has come.
func isDue(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
