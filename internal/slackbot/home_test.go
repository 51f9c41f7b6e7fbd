package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// Approvers can answer questions with the buttons on their Home. Another person with the same
// button cannot.
func TestAnsweredFromHome(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.waitForCard(g.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "approve "+string(g.ID))
		o.shows("U0ADA", "will be notified when access is active")
		o.confirm(g.ID)
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "removed by somebody else"})
		o.slack.As("U0ADA").OpenHome(o.ctx)
		o.wait("her Home", func() bool {
			v := o.slack.Home("U0ADA")
			return v != nil && strings.Contains(v.Plain(), "Waiting for your decision (1)")
		})
		home := *o.slack.Home("U0ADA")
		contains(t, home.Plain(), "press *End…* here.\nEnd…\nDetails")
		if _, has := home.Button("Restore"); has {
			t.Error("what opens access is offered where it may be about an earlier change")
		}
		o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "view_submission", "user": map[string]any{"id": "U0EVE", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0EVE"),
			"view": map[string]any{"callback_id": blocks.ActRevoke, "private_metadata": `{"ID":"` + string(g.ID) + `","Revision":0,"Channel":"","TS":""}`},
		})
		o.shows("U0EVE", "Only the requester, an approver or a responder can end this access.")
		v := o.openForm("U0ADA", o.slack.As("U0ADA").Press(o.ctx, home, "End…"))
		if d := o.slack.As("U0ADA").Submit(o.ctx, v, map[string]string{"why": "nobody needs it"}); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.shows("U0ADA", "<@U0RITA> will be notified.")
		if g := o.get(g.ID); g.State != grant.Ending || g.Outcome != grant.Revoked {
			t.Errorf("it is %s, %s", g.State, g.Outcome)
		}
		o.wait("nothing to wait for", func() bool { return !strings.Contains(o.slack.Home("U0ADA").Plain(), "Waiting for your decision") })
	})
}

// A Home that Slack refuses is retried with backoff, although no event follows.
func TestHomeIsRetried(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := func() string { return o.slack.Home("U0RITA").Plain() }
		o.slack.As("U0RITA").OpenHome(o.ctx)
		o.wait("her Home", func() bool { return o.slack.Home("U0RITA") != nil })
		heal := o.slack.Fault("views.publish", slacksim.Refuse("internal_error"))
		o.pending(requestText)
		time.Sleep(time.Minute)
		before := o.slack.Count("views.publish")
		time.Sleep(time.Hour)
		if n := o.slack.Count("views.publish") - before; n < 10 || n > 25 {
			t.Errorf("tried %d times in an hour", n)
		}
		if strings.Contains(rita(), "waiting for <@U0ADA>") {
			t.Fatal("Slack took it")
		}
		heal()
		time.Sleep(homeTurns)
		synctest.Wait()
		contains(t, rita(), "waiting for <@U0ADA>")
	})
}
