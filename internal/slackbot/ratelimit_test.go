package slackbot

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
)

// An urgent message does not wait behind two hundred cards, and Slack's limits are respected.
func TestAnnouncementGoesFirst(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.RateLimits(true)
		for n := range 200 {
			o.happens(o.ask(fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", n)).ID, grant.Action{Kind: grant.Check})
		}
		time.Sleep(20 * time.Second)
		began := time.Now()
		o.bot.Announce(o.ctx, grant.Person{Team: "T0TEAM", User: "U0EVE"}, "has frozen everything.", "keys have leaked")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		o.reads("C0ADMIN", "keys have leaked")
		o.wait("the cards", func() bool { return len(o.channel()) == 201 })
		for _, r := range o.slack.Rejected() {
			t.Errorf("%s: %s", r.Method, r.Error)
		}
	})
}

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
