package outbox

import "time"

// dueUntil returns the limit of due times to read, and the number of grants to read at once. After
// a start, and after the clock was set back, everything is due once: due times may have been
// computed by a clock that was ahead.
func dueUntil(now time.Time, before *time.Time) (until time.Time, limit int) {
	now = now.Round(0) // without the monotonic part
	all := before.IsZero() || now.Before(before.Add(-time.Second))
	*before = now
	if all {
		return now.AddDate(100, 0, 0), dueEver
	}
	return now, dueAtOnce
}
