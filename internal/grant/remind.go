package grant

import "time"

// waits returns since when something of g has waited for a decision, and until
// when there can be one: the request, or an extension. Zero: nothing waits.
func (g Grant) waits() (since, until time.Time) {
	switch {
	case g.State == Pending && g.Last(Check) != nil:
		return g.Last(Check).At, g.LapsesAt
	case g.State == Active && g.Amendment != nil:
		return g.Amendment.At, g.ExpiresAt
	}
	return time.Time{}, time.Time{}
}

// nextReminder returns when those who can still decide are reminded next; zero:
// never. The first comes once it has waited for the rule's time, and each pause is
// twice the one before. None comes when it is too late to decide.
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

// escalation returns when others are asked too; zero: never, or they were.
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

// unlessTooLate returns an instant if it comes before another one; else zero.
func unlessTooLate(at, until time.Time) time.Time {
	if !until.IsZero() && !at.Before(until) {
		return time.Time{}
	}
	return at
}

// earliest returns the first of some times that are not zero.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// isDue reports whether a time that is not zero has come.
func isDue(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
