// Package alarm reports a condition once when it begins, and once when it ends: to the operators
// with a [Watch] and a [Board], in the log with an [Outage].
//
// A [Watch] decides when to report: after the condition has lasted a while. It has no clock
// and stores nothing. A report that is not accepted is repeated at the next look.
//
// A [Board] keeps each report until the admin channel has it, however late, and over
// restarts. It remembers the place of the message. At the end of the condition, the message
// is struck through and says how long the condition lasted, and a reply in its thread says so
// too. If the outcome of a post was unknown, another copy may exist; then the end is a line
// of its own. Every post is made at least once: a kill at the wrong moment repeats it.
//
// board.go has the stored alerts, and deliver.go their way to the channel.
package alarm

import "time"

// A Watch follows one outage. The zero value has no outage, and reports one at once.
type Watch struct {
	After time.Duration // an outage is reported once it has lasted this long

	since time.Time // the start of the outage; zero: none
	told  bool
}

// Resume returns a watch of an outage that was reported before and began at told; zero: none.
func Resume(after time.Duration, told time.Time) Watch {
	return Watch{After: after, since: told, told: !told.IsZero()}
}

// Told returns the start of the reported outage; zero: none.
func (w *Watch) Told() time.Time {
	if !w.told {
		return time.Time{}
	}
	return w.since
}

// Look updates the watch: began is the start of the outage, at the latest now, and zero if
// there is none. begins and ends report it, and return whether the report was accepted.
// Their argument, lasted, is never negative. Look returns whether Told has changed.
func (w *Watch) Look(now, began time.Time, begins, ends func(lasted time.Duration) bool) (changed bool) {
	switch {
	case began.IsZero() && !w.told:
		w.since = time.Time{}
	case began.IsZero():
		if changed = ends(now.Sub(w.since).Abs()); changed { // the clock may have been set back
			w.since, w.told = time.Time{}, false
		}
	case !w.told:
		if w.since.IsZero() {
			w.since = began
		}
		if lasted := now.Sub(w.since).Abs(); lasted >= w.After {
			w.told = begins(lasted)
			changed = w.told
		}
	}
	return changed
}
