package world

import (
	"testing"
	"time"
)

// The world's clock moves for all; the bot's machine alone may be wrong.
func TestClock(t *testing.T) {
	var c Clock
	var told []string
	c.Move(time.Hour)
	c.follow(func(d time.Duration) { told = append(told, d.String()) })
	c.SetSkew(-time.Minute)
	c.Move(time.Minute)
	c.follow(nil)
	c.Move(time.Second)
	if want := "1h0m0s 59m0s 1h0m0s"; len(told) != 3 || told[0]+" "+told[1]+" "+told[2] != want {
		t.Errorf("the bot is told %q, want %s", told, want)
	}
}
