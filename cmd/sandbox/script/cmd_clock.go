package script

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"s3share/cmd/sandbox/world"
)

// A clock moves the time.
type clock struct {
	*world.Clock
	screen screen
}

func (c clock) move(_ context.Context, line step) error {
	d, err := c.aheadBy(line.rest)
	if err != nil {
		return err
	}
	c.Move(d)
	return nil
}

// moveBot moves only the clock of the bot's machine.
func (c clock) moveBot(_ context.Context, line step) error {
	off := time.Duration(0)
	if line.rest != "right" {
		var err error
		if off, err = time.ParseDuration(line.rest); err != nil {
			return errors.New("usage: botclock +24h, botclock -4h, or botclock right")
		}
	}
	c.SetSkew(off)
	return nil
}

// aheadBy parses how far to move the clock: +2h, a future time of day, or a
// time before or after the end of the newest grant.
func (c clock) aheadBy(text string) (time.Duration, error) {
	to, absolute := strings.CutPrefix(text, "to ")
	if !absolute {
		d, err := time.ParseDuration(strings.TrimPrefix(text, "+"))
		if err != nil {
			return 0, errors.New("usage: clock +2h, clock to tue 09:05, or clock to 10s before the end")
		}
		if d < 0 {
			return 0, errors.New("the clock of AWS and Slack cannot go back; set only the bot's clock back: " +
				"botclock -1h")
		}
		return d, nil
	}
	now := c.Now()
	if left, ok := strings.CutSuffix(to, " before the end"); ok {
		d, err := time.ParseDuration(left)
		end := c.screen.lastExpiry()
		if err != nil || end.IsZero() {
			return 0, errors.New("usage: clock to 10s before the end, once something is granted")
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
		return now, errors.New("usage: clock to tue 09:05")
	}
	now = now.UTC()
	t := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	t = t.AddDate(0, 0, (n-int(t.Weekday())+7)%7)
	if !t.After(now) {
		t = t.AddDate(0, 0, 7)
	}
	return t, nil
}
