package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (w *world) moveClock(_ context.Context, s step) error {
	d, err := w.aheadBy(s.rest)
	if err != nil {
		return err
	}
	w.moveOn(d)
	return nil
}

// moveBotClock moves only the clock of the bot's machine.
func (w *world) moveBotClock(_ context.Context, s step) error {
	off := time.Duration(0)
	if s.rest != "right" {
		var err error
		if off, err = time.ParseDuration(s.rest); err != nil {
			return errors.New("it is: botclock +24h, botclock -4h, or botclock right")
		}
	}
	w.setClocks(func() { w.skew = off })
	return nil
}

// moveOn moves the clock of the whole world.
func (w *world) moveOn(d time.Duration) { w.setClocks(func() { w.offset += d }) }

// setClocks changes the clocks at one moment, so that no reader sees only one
// of them moved.
func (w *world) setClocks(set func()) {
	w.botLock.Lock()
	defer w.botLock.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	set()
	if w.bot != nil {
		w.tell(w.bot)
	}
}

// aheadBy parses how far to move the clock: +2h, a future time of day, or a
// time before or after the end of the newest grant.
func (w *world) aheadBy(text string) (time.Duration, error) {
	to, absolute := strings.CutPrefix(text, "to ")
	if !absolute {
		d, err := time.ParseDuration(strings.TrimPrefix(text, "+"))
		if err != nil {
			return 0, errors.New("it is: clock +2h, clock to tue 09:05, or clock to 10s before the end")
		}
		if d < 0 {
			return 0, errors.New("AWS's clock does not go back, and nor does Slack's; that of the bot's machine may: " +
				"botclock -1h")
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

// onDay is the next occurrence of a time on a day of the week, in UTC.
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

// lastEnd returns the end of the grant that people were told of last.
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
