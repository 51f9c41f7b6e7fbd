// Package alarm tells of what lasts: once when it begins, and once when it ends.
//
// A [Watch] has one thing that can be out of order. It keeps no clock and no record of
// its own: who looks passes the time, and stores what [Watch.Told] says if it has to
// outlast the process. What Slack does not take is told at the next look.
package alarm

import "time"

// A Watch has one outage. The zero value is in order, and tells at once.
type Watch struct {
	After time.Duration // how long it has to last before it is told

	since time.Time // of the outage; zero: it is in order
	told  bool
}

// Resume returns a watch of an outage that was told already; zero: of none.
func Resume(after time.Duration, told time.Time) Watch {
	return Watch{After: after, since: told, told: !told.IsZero()}
}

// Told returns since when the outage lasts that was told and has not ended; zero: there
// is none.
func (w *Watch) Told() time.Time {
	if !w.told {
		return time.Time{}
	}
	return w.since
}

// Look takes note of how it stands: began is when it got out of order, at the latest
// now, and zero if it is in order. begins and ends tell people, and return whether that
// has reached them; lasted is never negative. Look returns whether Told has changed.
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
