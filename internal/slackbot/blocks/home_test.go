package blocks

import (
	"testing"
	"time"
)

// Decisions and other questions share the space.
func TestHomeShares(t *testing.T) {
	for _, c := range []struct{ waiting, asked, decisions, answers int }{
		{0, 0, 0, 0}, {3, 4, 3, 4}, {12, 0, 12, 0}, {0, 13, 0, 12}, {20, 1, 11, 1}, {20, 20, 6, 6}, {2, 20, 2, 10}, {8, 8, 6, 6},
	} {
		if d, a := homeShares(c.waiting, c.asked); d != c.decisions || a != c.answers {
			t.Errorf("of %d and %d: %d and %d", c.waiting, c.asked, d, a)
		}
	}
}

// The remaining time is rough, and has a time until it is right.
func TestLeft(t *testing.T) {
	g := lives(t)["active"]
	for _, c := range []struct {
		still time.Duration
		want  string
		lasts time.Duration
	}{
		{30 * 24 * time.Hour, ", over 30 days left", 0},
		{75 * time.Hour, ", over 3 days left", 3 * time.Hour},
		{47 * time.Hour, ", over 47 hours left", 0},
		{2*time.Hour + 5*time.Minute, ", over 2 hours left", 5 * time.Minute},
		{119 * time.Minute, ", over an hour left", 59 * time.Minute},
		{59 * time.Minute, ", less than an hour left", 59 * time.Minute},
		{0, "", 0},
		{-time.Minute, "", 0},
	} {
		now := g.ExpiresAt.Add(-c.still)
		g.StartAt = now.Add(-time.Minute)
		text, until := left(g, now)
		if text != c.want || c.want != "" && until.Sub(now) != c.lasts || c.want == "" && !until.IsZero() {
			t.Errorf("%s before its end: %q, for %s", c.still, text, until.Sub(now))
		}
	}
	later := lives(t)["scheduled"]
	if text, until := left(later, noon); text != "" || !until.Equal(later.StartAt) {
		t.Errorf("before it begins: %q until %s", text, until)
	}
	if text, _ := left(lives(t)["drifted"], noon); text != "" {
		t.Errorf("of what is interrupted: %q", text)
	}
}
