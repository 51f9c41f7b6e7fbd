package main

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// aheadBy reads how far the clock is to be moved: +2h, to a time of a day that is
// to come, or to some time before or after the end of what was granted last.
func (w *world) aheadBy(text string) (time.Duration, error) {
	to, absolute := strings.CutPrefix(text, "to ")
	if !absolute {
		d, err := time.ParseDuration(strings.TrimPrefix(text, "+"))
		if err != nil {
			return 0, errors.New("it is: clock +2h, clock to tue 09:05, or clock to 10s before the end")
		}
		return d, nil
	}
	now := w.now()
	if left, ok := strings.CutSuffix(to, " before the end"); ok {
		d, err := time.ParseDuration(left)
		end := w.lastEnd()
		if err != nil || end.IsZero() {
			return 0, errors.New("it is: clock to 10s before the end, once something is granted")
		}
		return end.Add(-d).Sub(now), nil
	}
	at, err := onDay(to, now)
	return at.Sub(now), err
}

// onDay is the next time that it is so late on a day of the week, in UTC.
func onDay(text string, now time.Time) (time.Time, error) {
	day, clock, _ := strings.Cut(text, " ")
	at, err := time.Parse("15:04", clock)
	n := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, day)
	if err != nil || n < 0 {
		return now, errors.New("it is: clock to tue 09:05")
	}
	now = now.UTC()
	t := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	t = t.AddDate(0, 0, (n-int(t.Weekday())+7)%7)
	if !t.After(now) {
		t = t.AddDate(0, 0, 7)
	}
	return t, nil
}

var until = regexp.MustCompile(`until <!date\^([0-9]+)\^`)

// lastEnd returns when what somebody was told of last ends.
func (w *world) lastEnd() (end time.Time) {
	newest := ""
	for _, name := range everybody() {
		for _, m := range w.slack.DMs(ids[name]) {
			if all := until.FindAllStringSubmatch(m.Text, -1); all != nil && m.TS > newest {
				n, _ := strconv.ParseInt(all[len(all)-1][1], 10, 64)
				newest, end = m.TS, time.Unix(n, 0)
			}
		}
	}
	return end
}
