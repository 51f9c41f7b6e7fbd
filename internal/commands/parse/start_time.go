package parse

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/grant"
)

// A when collects the parts of a time expression. Each part occurs once, in any
// order: "fri 4 dec at 09:00 UTC", "9:30 friday", "in 2 hours".
type when struct {
	k         []string // the expression, as keys
	originals []word   // the same as words
	i         int      // number of keys read
	keyword   bool     // a word like "from" comes before it

	day          string        // today, tomorrow or tonight
	weekday      string        // as typed
	on           time.Weekday  // the value of weekday
	date         time.Time     // at midnight in UTC; its year is zero if none was typed
	clock        string        // as typed; also noon and midnight
	since        time.Duration // time since midnight
	zone         string        // utc; "" for the person's
	abbreviation string        // zone abbreviation as typed; refused unless it is the person's
	city         string        // zone of a city after a time; refused unless it is the person's
	cityWords    int           // number of its words that are not read
	exactly      time.Time     // an instant typed in full
	after        time.Duration // from now
	now          bool
}

// read collects parts up to a word that is none. A problem is a sentence; "-"
// is a problem without one.
func (w *when) read() (problem string) {
	for w.i < len(w.k) {
		n, problem := w.part(w.k[w.i:])
		w.i += n
		if problem != "" {
			return problem
		}
		if n == 0 {
			break
		}
	}
	return w.rest(w.k[w.i:])
}

func (w *when) complete() bool {
	return w.now || !w.exactly.IsZero() || w.after > 0 || w.clock != ""
}

// part reads one part of a time, and returns its number of words.
func (w *when) part(k []string) (n int, problem string) {
	switch {
	case slices.Contains([]string{"at", "@", "on", "the", "of"}, k[0]):
		if n, problem := w.next(k[1:]); n > 0 || problem != "" {
			return n + 1, problem
		}
		return 0, ""
	case k[0] == "now" && w.i == 0:
		w.now = true
		if len(k) > 1 && slices.Contains([]string{"on", "onward", "onwards"}, k[1]) && !anyTime(k[2:]) {
			return 2, ""
		}
		return 1, ""
	}
	if n := relative(k); n > 0 {
		return n, w.setAfter(k[1:n])
	}
	if n := w.readDate(k); n != 0 {
		if n < 0 {
			return 0, "-"
		}
		return n, ""
	}
	if n, problem := w.readClock(k); n != 0 || problem != "" {
		return n, problem
	}
	return 0, ""
}

func (w *when) next(k []string) (n int, problem string) {
	if len(k) == 0 {
		return 0, ""
	}
	return w.part(k)
}

func (w *when) setAfter(amount []string) (problem string) {
	term, err := grant.ParseTerm(strings.Join(amount, ""))
	if amount[0] == "an" || amount[0] == "a" {
		term, err = grant.ParseTerm("1" + strings.Join(amount[1:], ""))
	}
	if err != nil || w.after > 0 {
		return "-"
	}
	if w.after = term.Duration(); strings.ContainsAny(strings.TrimLeft(strings.Join(amount, ""), "0123456789."), "dw") {
		return "Name the day and the time instead of a number of days."
	}
	return ""
}

// readDate reads a day or a date; -1 if there is one already.
func (w *when) readDate(k []string) (n int) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, strings.ToUpper(k[0])); err == nil {
			w.exactly = t
			return 1
		}
	}
	for _, layout := range []string{"2006-01-02t15:04", "2006-01-02t15:04:05"} {
		if t, err := time.Parse(layout, k[0]); err == nil {
			return w.set(&w.date, t.Truncate(24*time.Hour), 1,
				func() { w.clock, w.since = k[0], t.Sub(t.Truncate(24*time.Hour)) })
		}
	}
	if t, err := time.Parse(time.DateOnly, k[0]); err == nil {
		return w.set(&w.date, t, 1, nil)
	}
	if slices.Contains([]string{"today", "tomorrow", "tonight"}, k[0]) {
		if w.day != "" {
			return -1
		}
		w.day = k[0]
		return 1
	}
	if day, is := weekdays[k[0]]; is {
		if w.weekday != "" {
			return -1
		}
		w.weekday, w.on = k[0], day
		return 1
	}
	switch t, n := monthDay(k); {
	case n < 0:
		return -1
	case n > 0:
		return w.set(&w.date, t, n, nil)
	}
	return 0
}

func (w *when) set(date *time.Time, t time.Time, n int, also func()) int {
	if !date.IsZero() || also != nil && w.clock != "" {
		return -1
	}
	if *date = t; also != nil {
		also()
	}
	return n
}

// monthDay reads a date with a month's name: 5 dec, dec 5, the 5th of december
// 2026; -1 if there is no such day.
func monthDay(k []string) (date time.Time, n int) {
	number, month := -1, time.Month(0)
	switch {
	case len(k) > 1 && dayOfMonth(k[0]) > 0 && months[k[1]] > 0:
		number, month, n = dayOfMonth(k[0]), months[k[1]], 2
	case len(k) > 2 && dayOfMonth(k[0]) > 0 && k[1] == "of" && months[k[2]] > 0:
		number, month, n = dayOfMonth(k[0]), months[k[2]], 3
	case len(k) > 1 && months[k[0]] > 0 && dayOfMonth(k[1]) > 0:
		number, month, n = dayOfMonth(k[1]), months[k[0]], 2
	case len(k) > 2 && months[k[0]] > 0 && k[1] == "the" && dayOfMonth(k[2]) > 0:
		number, month, n = dayOfMonth(k[2]), months[k[0]], 3
	default:
		return date, 0
	}
	year := 0
	if len(k) > n && len(k[n]) == 4 && strings.HasPrefix(k[n], "20") && isNumber(k[n]) {
		year, _ = strconv.Atoi(k[n])
		n++
	}
	if date = time.Date(year, month, number, 0, 0, 0, 0, time.UTC); date.Day() != number {
		return date, -1 // 31 april
	}
	return date, n
}

// readClock reads a time of day and its zone.
func (w *when) readClock(k []string) (n int, problem string) {
	s, n := k[0], 1
	if len(k) > 1 && (k[1] == "am" || k[1] == "pm" || k[1] == "a.m" || k[1] == "p.m") && startsWithDigit(s) {
		s, n = s+strings.ReplaceAll(k[1], ".", ""), 2
	}
	zone := ""
	for _, z := range []string{"utc", "gmt", "z"} {
		if cut, is := strings.CutSuffix(s, z); is && strings.Contains(s, ":") {
			s, zone = cut, z
		}
	}
	since, is := clockTime(s)
	if !is {
		switch {
		case n > 1:
			return 0, "-" // 13 pm
		case !w.isHour(k):
			return 0, ""
		}
		hour, _ := strconv.Atoi(s)
		since = time.Duration(hour) * time.Hour
	}
	if w.clock != "" {
		return 0, "-"
	}
	w.clock, w.since, w.zone = s, since, zone
	if zone == "" {
		taken, problem := w.readZone(k[n:], w.originals[min(w.i+n, len(w.originals)):])
		return n + taken, problem
	}
	return n, ""
}

// isHour reports whether a bare number is an hour: next to a day that has no
// number itself.
func (w *when) isHour(k []string) bool {
	if !w.keyword || !isNumber(k[0]) || len(k[0]) > 2 {
		return false
	}
	if n, _ := strconv.Atoi(k[0]); n > 23 {
		return false
	}
	if w.day == "today" || w.day == "tomorrow" || !w.date.IsZero() {
		return true
	}
	after := soften(k[1:])
	return w.weekday == "" && len(after) > 0 && (isDay(after[0]) || isISODay(after[0])) && after[0] != "tonight"
}

// rest finds words after a time that were probably meant as part of it.
func (w *when) rest(k []string) (problem string) {
	if len(k) == 0 {
		return ""
	}
	joined := slices.Contains([]string{"to", "till", "until", "through", "thru", "and", "or", "-", "–"}, k[0])
	switch {
	case joined && len(k) > 1 && anyTime(k[1:]):
		return "Name only the start; the duration sets the end."
	case anyTime(k), slices.Contains([]string{"am", "pm", "h", "hrs", "hours", "hour", "o'clock", "oclock", "onwards",
		"sharp", "ish"}, k[0]):
		return "-"
	case strings.HasPrefix(k[0], "-") && len(k[0]) > 1 && startsWithDigit(k[0][1:]):
		return "Name only the start; the duration sets the end."
	}
	return ""
}

// instant returns the instant of the expression, or its problem. The error is a
// refusal that asks for the person's zone.
func (w *when) instant(now time.Time, zone *time.Location) (t time.Time, problem string, err error) {
	parts := w.day+w.weekday+w.clock != "" || !w.date.IsZero()
	switch {
	case !w.exactly.IsZero() && (parts || w.after > 0), (w.now || w.after > 0) && parts, w.now && w.after > 0:
		return t, "You named two times.", nil
	case w.now:
		return t, "", nil
	case !w.exactly.IsZero():
		return w.exactly, "", nil
	case w.after > 0:
		t = now.Add(w.after + time.Minute - 1).Truncate(time.Minute)
		if zone != nil {
			t = t.In(zone)
		}
		return t, "", nil
	case w.day != "" && (w.weekday != "" || !w.date.IsZero()):
		return t, "You named two days.", nil
	}
	in := zone
	if w.zone != "" {
		in = time.UTC
	}
	if in == nil || zone == nil && w.date.IsZero() {
		return t, "", noZone()
	}
	if w.zone != "" && w.date.IsZero() && now.In(zone).YearDay() != now.UTC().YearDay() {
		return t, "Today is another day in UTC than in your time zone: name the date.", nil
	}
	day, problem := w.dayIn(now.In(in))
	if problem != "" {
		return t, problem, nil
	}
	t, problem = wall(day, w.since, in)
	others := func(name string) bool { return name != "" && !isZone(name, zone, t) }
	if problem == "" && (others(w.abbreviation) || w.zone == "" && others(w.city)) {
		problem = othersZone
	}
	return t, problem, nil
}

func noZone() error {
	no := grant.About(grant.FieldTerm,
		grant.Refuse("Slack didn't tell me your time zone, so I can't read the time.").
			WithHint("Try again in a minute, or write the date and UTC, like `from 2026-12-01 14:00 UTC`."))
	return fmt.Errorf("%w: %w", ErrZone, no)
}

// dayIn returns the day of the expression, as its midnight in UTC.
func (w *when) dayIn(now time.Time) (day time.Time, problem string) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	elapsed := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute +
		time.Duration(now.Second())*time.Second
	over := w.since <= elapsed
	switch {
	case w.clock == "midnight":
		if w.day != "" && w.day != "tonight" || w.weekday != "" || !w.date.IsZero() {
			return day, "Midnight is at both ends of a day: write 00:00 or 23:59."
		}
		return today.AddDate(0, 0, 1), ""
	case w.day == "tonight" && w.since < 17*time.Hour:
		return day, "Write `today` or `tomorrow` and a 24-hour time, like 22:00."
	case w.day == "today" || w.day == "tonight":
		return today, ""
	case w.day == "tomorrow":
		return today.AddDate(0, 0, 1), ""
	case !w.date.IsZero():
		return w.dateAfter(today)
	case w.weekday != "":
		ahead := (int(w.on) - int(today.Weekday()) + 7) % 7
		switch {
		case ahead == 0 && !over:
			return day, "That could be today or in a week: write `today` or the date."
		case ahead == 0:
			ahead = 7
		}
		return today.AddDate(0, 0, ahead), ""
	case over:
		return today.AddDate(0, 0, 1), ""
	}
	return today, ""
}

// dateAfter returns the date of the expression and checks its weekday. Without
// a year it is in this year or the next.
func (w *when) dateAfter(today time.Time) (day time.Time, problem string) {
	day = w.date
	number, month := day.Day(), day.Month()
	if day.Year() == 0 {
		day = time.Date(today.Year(), month, number, 0, 0, 0, 0, time.UTC)
		if day.Before(today) {
			day = time.Date(today.Year()+1, month, number, 0, 0, 0, 0, time.UTC)
		}
	}
	if day.Day() != number {
		return day, fmt.Sprintf("There is no %s in %d.", w.date.Format("2 January"), today.Year())
	}
	if w.weekday != "" && day.Weekday() != w.on {
		return day, fmt.Sprintf("%s is a %s.", day.Format("2 January 2006"), day.Weekday())
	}
	return day, ""
}

// wall returns the instant of a wall-clock time in a zone. When the clocks
// change there may be none, or two.
func wall(day time.Time, since time.Duration, zone *time.Location) (t time.Time, problem string) {
	said := day.Add(since) // as if in UTC
	var found []time.Time
	for _, around := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		_, offset := said.Add(around).In(zone).Zone()
		at := said.Add(-time.Duration(offset) * time.Second)
		_, there := at.In(zone).Zone()
		if there == offset && !slices.ContainsFunc(found, at.Equal) {
			found = append(found, at)
		}
	}
	switch len(found) {
	case 0:
		return t, "The clocks go forward that night and skip that time: name another, or write it in UTC."
	case 1:
		return found[0].In(zone), ""
	}
	return t, "The clocks go back that night and show that time twice: name another, or write it in UTC."
}
