package slackbot

import "time"

// dueUntil returns until when what is to be told counts as due, and how much of it is
// read at once. After a start, and whenever the clock was set back, all that waits
// is due once: its time was worked out by a clock that may have been ahead.
func dueUntil(now time.Time, before *time.Time) (until time.Time, limit int) {
	now = now.Round(0) // what the clock shows, which the monotonic part hides
	all := before.IsZero() || now.Before(before.Add(-time.Second))
	*before = now
	if all {
		return now.AddDate(100, 0, 0), dueEver
	}
	return now, dueAtOnce
}
