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

// Approvers can answer questions with the buttons on their Home. Another person with the same
// button cannot.
func TestAnsweredFromHome(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.request(asking)
		o.stands(g.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "approve "+string(g.ID))
		o.reads("U0ADA", "It is being applied")
		o.applied(g.ID)
		o.happens(g.ID, grant.Action{Kind: grant.Drift, Half: grant.OwnerHalf, Why: "removed by somebody else"})
		o.slack.As("U0ADA").OpenHome(o.ctx)
		o.wait("her Home", func() bool {
			v := o.slack.Home("U0ADA")
			return v != nil && strings.Contains(v.Plain(), "Waiting for you (1)")
		})
		home := *o.slack.Home("U0ADA")
		holdsText(t, home.Plain(), "or end it.\nEnd…\nDetails")
		if _, has := home.Button("Put back"); has {
			t.Error("what opens access is offered where it may be about an earlier change")
		}
		o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "view_submission", "user": map[string]any{"id": "U0EVE", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0EVE"),
			"view": map[string]any{"callback_id": blocks.ActRevoke, "private_metadata": `{"ID":"` + string(g.ID) + `","Revision":0,"Channel":"","TS":""}`},
		})
		o.reads("U0EVE", "Only the person who asked, or one who may approve it, can end this grant.")
		v := o.form("U0ADA", o.slack.As("U0ADA").Press(o.ctx, home, "End…"))
		if d := o.slack.As("U0ADA").Submit(o.ctx, v, map[string]string{"why": "nobody needs it"}); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.reads("U0ADA", "is over")
		if g := o.grant(g.ID); g.State != grant.Ending || g.Outcome != grant.Revoked {
			t.Errorf("it is %s, %s", g.State, g.Outcome)
		}
		o.wait("nothing to wait for", func() bool { return !strings.Contains(o.slack.Home("U0ADA").Plain(), "Waiting for you") })
	})
}

// A Home that Slack refuses is retried with backoff, although no event follows.
func TestHomeIsRetried(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := func() string { return o.slack.Home("U0RITA").Plain() }
		o.slack.As("U0RITA").OpenHome(o.ctx)
		o.wait("her Home", func() bool { return o.slack.Home("U0RITA") != nil })
		heal := o.slack.Fault("views.publish", slacksim.Refuse("internal_error"))
		o.request(asking)
		time.Sleep(time.Minute)
		before := o.slack.Count("views.publish")
		time.Sleep(time.Hour)
		if n := o.slack.Count("views.publish") - before; n < 10 || n > 25 {
			t.Errorf("tried %d times in an hour", n)
		}
		if strings.Contains(rita(), "waiting for a decision") {
			t.Fatal("Slack took it")
		}
		heal()
		time.Sleep(homeTurns)
		synctest.Wait()
		holdsText(t, rita(), "waiting for a decision")
	})
}
