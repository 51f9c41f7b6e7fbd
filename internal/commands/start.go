package commands

import (
	"strings"
	"time"
)

// readStart reads a start, as in "from tomorrow 09:00", at the beginning of what
// follows the term, and returns how many words it takes; 0 if there is none. What
// does not read as a time is left to the reason: "from the build team" is one.
// Days and times are those of the person, in zone.
func readStart(words []word, now time.Time, zone *time.Location) (start time.Time, taken int) {
	if len(words) < 2 || lower(words[0].text) != "from" {
		return time.Time{}, 0
	}
	now = now.In(zone)
	first := strings.TrimSuffix(words[1].text, ",")
	if t, err := time.Parse(time.RFC3339, first); err == nil {
		return t, 2
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", first, zone); err == nil {
		return t, 2
	}
	if clock, ok := readClock(first); ok { // today, or tomorrow if that is over
		if start = at(now, 0, clock); !start.After(now) {
			start = at(now, 1, clock)
		}
		return start, 2
	}
	day, ok := readDay(lower(first), now)
	if !ok || len(words) < 3 {
		return time.Time{}, 0
	}
	clock, ok := readClock(words[2].text)
	if !ok {
		return time.Time{}, 0
	}
	return at(day, 0, clock), 3
}

func readClock(s string) (sinceMidnight time.Duration, ok bool) {
	for _, layout := range []string{"15:04", "3pm", "3:04pm", "3am", "3:04am"} {
		if t, err := time.Parse(layout, lower(s)); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
		}
	}
	return 0, false
}

// readDay reads today, tomorrow, a date, or the next day of a name.
func readDay(s string, now time.Time) (time.Time, bool) {
	switch s {
	case "today":
		return now, true
	case "tomorrow":
		return now.AddDate(0, 0, 1), true
	}
	if t, err := time.ParseInLocation("2006-01-02", s, now.Location()); err == nil {
		return t, true
	}
	for ahead := 1; ahead <= 7; ahead++ {
		day := now.AddDate(0, 0, ahead)
		if name := lower(day.Weekday().String()); s == name || s == name[:3] {
			return day, true
		}
	}
	return time.Time{}, false
}

// at is a time of a day by the clock on the wall, also on a day when that is moved.
func at(day time.Time, ahead int, sinceMidnight time.Duration) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+ahead, int(sinceMidnight/time.Hour), int(sinceMidnight%time.Hour/time.Minute), 0, 0, day.Location())
}
