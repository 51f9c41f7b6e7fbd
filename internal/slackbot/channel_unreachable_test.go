package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// Without any channel the requester is told once that no approver was notified, and the operators
// by the log and by Ready. The card is posted once the bot is invited, and only then is anyone told
// that approvers decide.
func TestAdminChannelIsGone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.Leave("C0ADMIN", "U0BOT")
		g := o.apply(o.request(requestText).ID, grant.Check{})
		o.shows("U0RITA", "Not sent to the approvers: Slack doesn't let me post to their channel (not_in_channel)")
		time.Sleep(time.Hour)
		if n := strings.Count(o.log.String(), "approvers cannot be notified"); n != 1 {
			t.Errorf("the log says %d times why there is no card", n)
		}
		if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), "C0ADMIN cannot be posted to: not_in_channel (hint: invite the bot there") {
			t.Errorf("it is ready: %v", err)
		}
		if n := o.slack.Count("chat.postMessage"); n > 40 {
			t.Errorf("%d posts in an hour", n)
		}
		told := strings.Join(o.texts("U0RITA"), "\n")
		if strings.Contains(told, toldOnce[0]) || strings.Count(told, "Not sent to the approvers") != 1 {
			t.Errorf("she is told %s", told)
		}
		if o.bot.Outbox.Admins.Alert(o.ctx, "something") {
			t.Error("an alert was posted")
		}
		o.slack.Join("C0ADMIN", "U0BOT")
		o.shows("C0ADMIN", string(g.ID))
		o.shows("U0RITA", toldOnce[0])
		if err := o.bot.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// While Slack refuses the card temporarily, no message says that approvers decide, or that
// something must be repaired.
func TestCardIsRefused(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request(requestText)
		// of the card, which is posted first
		defer o.slack.Fault("chat.postMessage", slacksim.Fault{Times: 1, Error: "fatal_error"})()
		o.apply(g.ID, grant.Check{})
		synctest.Wait()
		if told := o.texts("U0RITA"); len(told) != 1 || !strings.Contains(told[0], "AWS checks passed. Notifying the approvers.") || len(o.channel()) > 0 {
			t.Errorf("she is told %s, of %d cards", told, len(o.channel()))
		}
		o.shows("U0RITA", toldOnce[0])
	})
}
