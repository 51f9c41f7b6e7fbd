package outbox

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// first takes the next turn, and moves all others by one turn. It does not precede the end of a
// rate limit.
func TestUrgentMessageGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		waits := func(holder string) time.Duration { return time.Until(p.reserve("C0ADMIN", holder)) }
		for n := range 10 {
			p.reserve("C0ADMIN", fmt.Sprint(n))
		}
		p.prioritize("C0ADMIN", "loud")
		for holder, want := range map[string]time.Duration{"loud": time.Second, "5": 2 * time.Second, "9": 6 * time.Second, "late": 7 * time.Second} {
			if got := waits(holder); got != want {
				t.Errorf("%s waits for %s, want %s", holder, got, want)
			}
		}
		p.pushBack("C0ADMIN", time.Minute)
		waits("5")
		p.prioritize("C0ADMIN", "loud")
		if loud, five := waits("loud"), waits("5"); loud != time.Minute || five != time.Minute+time.Second {
			t.Errorf("after a 429 it waits for %s, and who waited for %s", loud, five)
		}
		p.prioritize("C0QUIET", "loud")
		if at := p.reserve("C0QUIET", "loud"); at.After(time.Now()) {
			t.Error("it waits where nobody does")
		}
	})
}

// A limited channel waits alone. Two at once mean the limit of the workspace; then all wait and
// resume one by one.
func TestALimitOfTheWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		waits := func(channel string) time.Duration { return time.Until(p.reserve(channel, "card")) }
		p.pushBack("C1", time.Minute)
		if got := waits("C3"); got > 0 {
			t.Errorf("another channel waits for %s", got)
		}
		p.pushBack("C2", 30*time.Second)
		for i, channel := range []string{"C3", "C4", "U5"} {
			if got, want := waits(channel), 30*time.Second+time.Duration(i)*workspaceSpacing; got != want {
				t.Errorf("%s waits for %s, want %s", channel, got, want)
			}
		}
		if got := waits(redrawing); got > 0 {
			t.Errorf("redraws wait for %s", got)
		}
		time.Sleep(2 * time.Minute)
		p.pushBack("C1", time.Second)
		if got := waits("C6"); got > 0 {
			t.Errorf("an old limit counts: C6 waits for %s", got)
		}
	})
}

// Many grants that end at once do not delay cards: both use the same Slack method.
func TestButtonsAreRemovedSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRateLimiter()
		began, n := time.Now(), 0
		for ; time.Since(began) < 10*time.Minute; n++ {
			if !p.wait(t.Context(), redrawing, "7K2M9QXA") {
				t.Fatal("it was given up")
			}
		}
		if n < 200 || n > 210 {
			t.Errorf("%d in ten minutes", n)
		}
	})
}
