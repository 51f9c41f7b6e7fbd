package grant

import (
	"slices"
	"time"
)

// Hours are when people are at work, for requests that lapse after so much of
// their time and not of everybody's.
type Hours struct {
	Days     []time.Weekday // at least one
	From, To time.Duration  // since midnight; From is before To
	Zone     string         // of the IANA database
}

// After returns the instant at which d of the hours has passed since from. A
// zone that is not known here counts as UTC: the config was held to it already.
func (h Hours) After(from time.Time, d time.Duration) time.Time {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		zone = time.UTC
	}
	t := from.In(zone)
	for range 366 {
		open, shut := h.on(t)
		if t.Before(open) {
			t = open
		}
		if left := shut.Sub(t); left > 0 {
			if d <= left {
				return t.Add(d).In(from.Location())
			}
			d -= left
		}
		t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone)
	}
	return t.In(from.Location())
}

// on returns the hours of a day; a day off has none.
func (h Hours) on(t time.Time) (open, shut time.Time) {
	midnight := func(after time.Duration) time.Time { // by the clock on the wall
		return time.Date(t.Year(), t.Month(), t.Day(), int(after/time.Hour), int(after%time.Hour/time.Minute), 0, 0, t.Location())
	}
	if !slices.Contains(h.Days, t.Weekday()) {
		return midnight(0), midnight(0)
	}
	return midnight(h.From), midnight(h.To)
}
