package grant

import (
	"slices"
	"time"
)

// Hours are working hours. A request may lapse after a duration counted in
// them.
type Hours struct {
	Days     []time.Weekday // at least one
	From, To time.Duration  // since midnight, From before To
	Zone     string         // IANA time zone name
}

// After returns the instant when the duration d of working hours has passed
// since from. An unknown zone counts as UTC; the config was checked for it.
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

// on returns the start and end of a day's hours; they are equal on a day off.
func (h Hours) on(t time.Time) (open, shut time.Time) {
	midnight := func(after time.Duration) time.Time { // wall clock time
		return time.Date(t.Year(), t.Month(), t.Day(), int(after/time.Hour), int(after%time.Hour/time.Minute), 0, 0,
			t.Location())
	}
	if !slices.Contains(h.Days, t.Weekday()) {
		return midnight(0), midnight(0)
	}
	return midnight(h.From), midnight(h.To)
}
