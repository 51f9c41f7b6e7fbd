// Package alarm reports an outage once when it begins and once when it ends: to people with a
// [Watch], in the log with an [Outage].
//
// A [Watch] follows one outage. It has no clock and stores nothing: the caller passes the
// time, and stores [Watch.Told] if a report has to survive a restart. A report that Slack
// does not accept is repeated at the next look.
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
