package grant

import "time"

// nextReminder returns when those who can still decide are reminded next; zero:
// never. The first comes once the request has waited for the rule's time, and
// each pause is twice the one before. None comes after the request has lapsed.
func (g Grant) nextReminder() time.Time {
	pause := g.Rule.RemindAfter.Duration()
	since := g.waitsSince()
	if g.State != Pending || pause <= 0 || since.IsZero() {
		return time.Time{}
	}
	at := since.Add(pause)
	for _, ev := range g.History {
		if ev.Kind == Remind {
			pause *= 2
			at = at.Add(pause)
		}
	}
	return g.beforeLapse(at)
}

// escalation returns when others are asked too; zero: never, or they were.
func (g Grant) escalation() time.Time {
	since := g.waitsSince()
	if g.State != Pending || g.Rule.EscalateAfter <= 0 || g.Rule.Escalate.IsEmpty() || since.IsZero() || g.Last(Escalate) != nil {
		return time.Time{}
	}
	return g.beforeLapse(since.Add(g.Rule.EscalateAfter.Duration()))
}

func (g Grant) waitsSince() time.Time {
	if ev := g.Last(Check); ev != nil {
		return ev.At
	}
	return time.Time{}
}

func (g Grant) beforeLapse(at time.Time) time.Time {
	if !g.LapsesAt.IsZero() && !at.Before(g.LapsesAt) {
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
