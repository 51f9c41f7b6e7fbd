package commands

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"s3share/internal/grant"
)

// readStart reads a start, as in "from tomorrow 09:00" or "from 9 on friday", at
// the beginning of what follows the term, and returns how many words it takes; 0
// if there is none. What is no time at all is left to the reason: "from the build
// team" is one. What begins like a time and cannot be read is refused: taken for a
// part of the reason, it would open at once what was meant for later. Days and
// times are those of the person, in zone.
func readStart(words []word, now time.Time, zone *time.Location) (start time.Time, taken int, err error) {
	if len(words) < 2 || lower(words[0].text) != "from" {
		return time.Time{}, 0, nil
	}
	now = now.In(zone)
	w := plainWords(words[1:])
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(w[0])); err == nil {
		return t, 2, nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", strings.ToUpper(w[0]), zone); err == nil {
		return t, 2, nil
	}
	if day, ok := readDay(w[0], now); ok {
		skipped := skip(w, 1, "at")
		if clock, n := readHour(w[skipped:]); n > 0 {
			return at(day, 0, clock), 1 + skipped + n, nil
		}
		return time.Time{}, 0, unclearStart(w, 2)
	}
	if clock, n := readHour(w); n > 0 {
		skipped := skip(w, n, "on")
		if skipped < len(w) {
			if day, ok := readDay(w[skipped], now); ok {
				return at(day, 0, clock), 2 + skipped, nil
			}
		}
		if _, ok := readClock(strings.Join(w[:n], "")); ok { // today, or tomorrow if that is over
			if start = at(now, 0, clock); !start.After(now) {
				start = at(now, 1, clock)
			}
			return start, 1 + n, nil
		}
		return time.Time{}, 0, unclearStart(w, 2) // an hour of which day? It may be a number of anything
	}
	nextDay := false
	if len(w) > 1 && w[0] == "next" {
		_, nextDay = readDay(w[1], now)
	}
	if likeATime.MatchString(w[0]) || nextDay {
		return time.Time{}, 0, unclearStart(w, 2)
	}
	if first := strings.Fields(w[0]); len(first) > 1 { // joined by quotes
		if _, day := readDay(first[0], now); day || likeATime.MatchString(first[0]) {
			return time.Time{}, 0, unclearStart(w, 1)
		}
	}
	return time.Time{}, 0, nil
}

// likeATime is what somebody types who means a time: 9, 9:30, 9.30, 930pm, 9-17h,
// 12/24, 2026-12-01T9.
var likeATime = regexp.MustCompile(`^\d{1,2}([:h]\S*|[./]\d{1,2}([./]\d{0,4})?|-\d\S*)?$|^\d+[ap]m$|^\d{4}-\d{1,2}(-|$)`)

func unclearStart(w []string, words int) error {
	return grant.About(grant.FieldTerm, grant.Refuse("It is not clear when that is to begin: %q.", clip("from "+strings.Join(w[:min(words, len(w))], " "))).
		WithHint("Write it like `from tomorrow 09:00`, `from 9:30 friday` or `from 2026-12-01 14:00`. If it belongs to the reason, begin that with another word."))
}

// plainWords are the next words, in lower case and without the commas after them.
func plainWords(words []word) (plain []string) {
	for _, w := range words[:min(5, len(words))] {
		plain = append(plain, lower(strings.TrimSuffix(w.text, ",")))
	}
	return plain
}

// skip returns the place after place, past a word that may stand there.
func skip(w []string, place int, filler string) int {
	if place < len(w) && w[place] == filler {
		return place + 1
	}
	return place
}

// readHour reads a time of day, or a bare hour, and how many words it takes.
func readHour(w []string) (sinceMidnight time.Duration, taken int) {
	if len(w) > 1 && (w[1] == "am" || w[1] == "pm") {
		clock, ok := readClock(w[0] + w[1])
		if !ok {
			return 0, 0
		}
		return clock, 2
	}
	if len(w) == 0 {
		return 0, 0
	}
	if clock, ok := readClock(w[0]); ok {
		return clock, 1
	}
	if hour, err := strconv.Atoi(w[0]); err == nil && hour >= 0 && hour < 24 && len(w[0]) <= 2 {
		return time.Duration(hour) * time.Hour, 1
	}
	return 0, 0
}

func readClock(s string) (sinceMidnight time.Duration, ok bool) {
	for _, layout := range []string{"15:04", "3pm", "3:04pm", "3am", "3:04am"} {
		if t, err := time.Parse(layout, s); err == nil {
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
