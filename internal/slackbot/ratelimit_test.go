package slackbot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// An urgent message does not wait behind two hundred cards, and Slack's limits are respected.
func TestAnnouncementGoesFirst(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.RateLimits(true)
		for n := range 200 {
			o.apply(o.request(fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", n)).ID, grant.Check{})
		}
		time.Sleep(20 * time.Second)
		began := time.Now()
		o.bot.Announce(o.ctx, commands.Announcement{By: grant.Person{Team: "T0TEAM", User: "U0EVE"}, Did: "froze s3share", Why: "keys have leaked"})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		o.shows("C0ADMIN", "keys have leaked")
		o.wait("the cards", func() bool { return strings.Contains(strings.Join(o.texts("C0ADMIN"), "\n"), "requests are waiting") })
		for _, r := range o.slack.Rejected() {
			t.Errorf("%s: %s", r.Method, r.Error)
		}
	})
}
