package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// Without any channel the requester is told that nobody was asked, once, and who
// runs the bot by the log and by Ready; the card comes once the bot is invited, and
// only then is anybody told that people decide.
func TestAdminChannelIsGone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.Leave("C0ADMIN", "U0BOT")
		g := o.happens(o.ask(asking).ID, grant.Action{Kind: grant.Check})
		o.reads("U0RITA", "nobody has been asked to decide: Slack does not let me post where I should (not_in_channel)")
		time.Sleep(time.Hour)
		if n := strings.Count(o.log.String(), "nobody can be asked to decide"); n != 1 {
			t.Errorf("the log says %d times why there is no card", n)
		}
		if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), "C0ADMIN cannot be posted to: not_in_channel (hint: invite the bot there") {
			t.Errorf("it is ready: %v", err)
		}
		if n := o.slack.Count("chat.postMessage"); n > 40 {
			t.Errorf("%d posts in an hour", n)
		}
		told := strings.Join(o.texts("U0RITA"), "\n")
		if strings.Contains(told, toldOnce[0]) || strings.Count(told, "nobody has been asked") != 1 {
			t.Errorf("she is told %s", told)
		}
		if o.bot.Alert(o.ctx, "something") {
			t.Error("an alert was posted")
		}
		o.slack.Join("C0ADMIN", "U0BOT")
		o.reads("C0ADMIN", string(g.ID))
		o.reads("U0RITA", toldOnce[0])
		if err := o.bot.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// While Slack refuses the card for a reason that passes, nobody is told that people
// decide, nor that anything has to be mended.
func TestCardIsRefused(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.ask(asking)
		defer o.slack.Fault("chat.postMessage", slacksim.Fault{Times: 1, Error: "fatal_error"})() // of the card, which comes first
		o.happens(g.ID, grant.Action{Kind: grant.Check})
		synctest.Wait()
		if told := o.texts("U0RITA"); len(told) > 0 || len(o.channel()) > 0 {
			t.Errorf("she is told %s, of %d cards", told, len(o.channel()))
		}
		o.reads("U0RITA", toldOnce[0])
	})
}
