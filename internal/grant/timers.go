package grant

import (
	"slices"
	"time"
)

// A Worker makes AWS and Slack follow the records. Each has its own due time for a
// record, so that one that waits does not delay another.
type Worker string

const (
	CheckWorker   Worker = "check"   // checks requests with AWS
	TimerWorker   Worker = "life"    // lapse, warnings, expiry
	OwnerWorker   Worker = "owner"   // writes bucket policies
	GranteeWorker Worker = "grantee" // writes IAM
	NoticeWorker  Worker = "slack"   // cards and notices
)

// A DueTime is the due time of a record for a worker. The zero time means never.
type DueTime struct {
	Worker Worker
	ID     ID
	At     time.Time
}

// DueTimes returns the due time of g for each worker except that of the notices. It
// is computed from the record alone, so that no commit can forget it.
func DueTimes(g Grant) []DueTime {
	at := map[Worker]time.Time{}
	switch g.State {
	case Checking:
		at[CheckWorker], at[TimerWorker] = g.Check.NextAttemptAt, g.LapsesAt
	case Pending:
		at[TimerWorker] = earliest(g.LapsesAt, nextReminder(g), nextEscalation(g))
	case Approved:
		at[TimerWorker] = earliest(g.ExpiresAt, nextReview(g))
	case Active:
		at[TimerWorker] = earliest(nextWarning(g), nextReview(g), nextReminder(g), nextEscalation(g))
	case Ending, Ended:
		at[TimerWorker] = nextReview(g)
	}
	if g.State.InAWS() || g.State == Ended {
		at[OwnerWorker], at[GranteeWorker] = g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt
	}
	wakes := make([]DueTime, 0, 4)
	for _, l := range []Worker{CheckWorker, TimerWorker, OwnerWorker, GranteeWorker} {
		wakes = append(wakes, DueTime{Worker: l, ID: g.ID, At: at[l]})
	}
	return wakes
}

// nextWarning returns the time of the next warning, or the expiry.
func nextWarning(g Grant) time.Time {
	next := g.ExpiresAt
	for _, left := range g.Warnings {
		if t := g.ExpiresAt.Add(-left); t.Before(next) {
			next = t
		}
	}
	return next
}

// ApplyTimers applies the effect of time to g, if any: lapse, reminder, escalation,
// warning, expiry. Of several due warnings only the latest is given.
func ApplyTimers(g Grant, now time.Time) (Grant, bool) {
	a := dueAction(g, now)
	if a == nil {
		return g, false
	}
	next, err := g.Apply(a, now)
	return next, err == nil
}

// dueAction returns the action that is due at now, or nil.
func dueAction(g Grant, now time.Time) Action {
	switch {
	case g.State == Checking && !now.Before(g.LapsesAt) && g.NeedsConsent():
		return Reject{"The beneficiary did not confirm the request in time. Tell them, then request it again."}
	case g.State == Checking && !now.Before(g.LapsesAt):
		return Reject{"AWS or Slack did not answer the checks in time. Request it again later."}
	case g.State == Pending && !now.Before(g.LapsesAt):
		return Lapse{}
	case (g.State == Approved || g.State == Active) && !now.Before(g.ExpiresAt):
		return Expire{}
	case isDue(nextEscalation(g), now):
		return Escalate{}
	case isDue(nextReminder(g), now):
		return Remind{}
	case g.State == Active && !now.Before(nextWarning(g)):
		return Warn{dueWarning(g, now)}
	case isDue(nextReview(g), now):
		return RemindReview{}
	}
	return nil
}

func (Warn) authorise(Grant, time.Time) error         { return nil }
func (Remind) authorise(Grant, time.Time) error       { return nil }
func (Escalate) authorise(Grant, time.Time) error     { return nil }
func (RemindReview) authorise(Grant, time.Time) error { return nil }

func (a Warn) apply(g *Grant, ev *Event) {
	ev.Left = a.Left
	g.Warnings = slices.DeleteFunc(g.Warnings, func(left time.Duration) bool { return left >= a.Left })
}

func (Remind) apply(*Grant, *Event)       {}
func (Escalate) apply(*Grant, *Event)     {}
func (RemindReview) apply(*Grant, *Event) {}

func dueWarning(g Grant, now time.Time) time.Duration {
	due := time.Duration(-1)
	for _, left := range g.Warnings {
		if !now.Before(g.ExpiresAt.Add(-left)) && (due < 0 || left < due) {
			due = left
		}
	}
	return due
}

// decisionWindow returns since when a request or an extension has waited for a decision,
// and until when it can be decided. Both are zero if none waits.
func decisionWindow(g Grant) (since, until time.Time) {
	switch {
	case g.State == Pending && g.Last(EventCheck) != nil:
		return g.Last(EventCheck).At, g.LapsesAt
	case g.State == Active && g.PendingExtension != nil:
		return g.PendingExtension.At, g.ExpiresAt
	}
	return time.Time{}, time.Time{}
}

// nextReminder returns when the approvers are reminded next; zero: never. The
// first reminder comes after the rule's time, and each pause is twice the one
// before. After the deadline there is none.
func nextReminder(g Grant) time.Time {
	pause := g.Rule.RemindAfter.Duration()
	since, until := decisionWindow(g)
	if pause <= 0 || since.IsZero() {
		return time.Time{}
	}
	at := since.Add(pause)
	for _, ev := range g.History {
		if ev.Kind == EventRemind && ev.At.After(since) {
			pause *= 2
			at = at.Add(pause)
		}
	}
	return unlessTooLate(at, until)
}

// nextEscalation returns when further people are asked; zero: never, or they were
// asked.
func nextEscalation(g Grant) time.Time {
	since, until := decisionWindow(g)
	if g.Rule.EscalateAfter <= 0 || g.Rule.Escalate.IsEmpty() || since.IsZero() {
		return time.Time{}
	}
	if last := g.Last(EventEscalate); last != nil && last.At.After(since) {
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
