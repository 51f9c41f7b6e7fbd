package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// refusals are codes of permanent refusals, including one that is on no list.
var refusals = []string{"invalid_blocks", "msg_blocks_too_long", "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
	"restricted_action_thread_locked", "ekm_access_denied", "access_denied", "channel_is_limited_access", "team_access_not_granted",
	"plan_upgrade_required", "missing_scope", "no_permission", "a_code_of_tomorrow"}

// A card that its channel refuses permanently goes to the admin channel, with buttons that count.
func TestARefusedCardGoesToTheAdminChannel(t *testing.T) {
	for _, code := range refusals {
		t.Run(code, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.config.Rules.Rules[1].Channel = "C0BUILDS"
				o.slack.Join("C0BUILDS", "U0BOT")
				heal := o.slack.Fault("chat.postMessage", slacksim.Refuse(code).In("C0BUILDS"))
				g, card := o.pending(requestText)
				if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Error != "" {
					t.Fatal(d.Error)
				}
				synctest.Wait()
				if got := o.get(g.ID); got.State != grant.Approved {
					t.Errorf("the grant is %s", got.State)
				}
				o.shows("C0ADMIN", "s3share can't post to C0BUILDS: "+code)
				o.apply(o.request(requestText).ID, grant.Check{})
				time.Sleep(time.Hour)
				if n := strings.Count(strings.Join(texts(o.slack.Messages("C0ADMIN")), "\n"), "s3share can't post to"); n != 1 {
					t.Errorf("the admin channel hears of it %d times", n)
				}
				heal()
				o.apply(o.request(requestText).ID, grant.Check{})
				o.shows("C0ADMIN", "Resolved after 60 min: s3share can post to C0BUILDS again.")
			})
		})
	}
}

// If no channel accepts the card, the requester is told within two minutes.
func TestARefusedCardIsToldToTheRequester(t *testing.T) {
	for _, code := range refusals {
		t.Run(code, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				heal := o.slack.Fault("chat.postMessage", slacksim.Refuse(code).In("C0ADMIN"))
				began := time.Now()
				g := o.apply(o.request(requestText).ID, grant.Check{})
				o.shows("U0RITA", "Not sent to the approvers")
				if waited := time.Since(began); waited > 2*time.Minute {
					t.Errorf("she hears of it after %v", waited)
				}
				if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), code) {
					t.Errorf("Ready says %v", err)
				}
				heal()
				o.shows("C0ADMIN", string(g.ID))
				o.shows("U0RITA", toldOnce[0])
				if err := o.bot.Ready(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// If Slack refuses a direct message too, the answer goes to the place of the command.
func TestARefusalIsToldByTheResponseURL(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		defer o.slack.Fault("chat.postMessage", slacksim.Refuse("missing_scope"))()
		o.apply(o.request(requestText).ID, grant.Check{})
		o.shows("U0RITA", "Not sent to the approvers")
	})
}

// A card that Slack refuses to update is posted again while it is relevant.
func TestACardThatCannotBeChangedIsPostedAnew(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, first := o.pending(requestText)
		defer o.slack.Fault("chat.update", slacksim.Refuse("a_code_of_tomorrow").Only(2))()
		o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
		o.wait("another card", func() bool {
			all := o.channel()
			return len(all) > 1 && all[len(all)-1].TS != first.TS
		})
	})
}

func texts(all []slacksim.Message) (out []string) {
	for _, m := range all {
		out = append(out, m.Text)
	}
	return out
}
