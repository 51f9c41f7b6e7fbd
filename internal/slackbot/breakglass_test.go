package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

func TestBreakGlassIsLoud(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rule := &o.config.Rules.Rules[1]
		rule.BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"U0RITA"}}, MaxTerm: 60, PerDay: 1}
		o.configure(func(c *commands.Config) {
			c.Rules.PrincipalOwners = map[string][]string{"arn:aws:iam::111111111111:user/test.user": {"U0RITA"}}
		})
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", "break-glass my-bucket/builds read build/test.user 1h prod is down"))
		contains(t, v.Plain(), "*Open access now, without an approval?*\ntest.user will be able to read s3://my-bucket/builds/ for 1h.")
		rita.Close(o.ctx, v)
		if gs := o.all(); len(gs) != 0 {
			t.Fatalf("before it is confirmed there is %v", gs[0].ID)
		}
		v = o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", "break-glass my-bucket/builds read build/test.user 1h prod is down"))
		d := rita.Submit(o.ctx, v, map[string]string{blocks.FieldReason: " "})
		if got := d.FieldErrors[blocks.FieldReason]; !strings.HasPrefix(got, "A reason is missing.") && d.Error == "" {
			t.Errorf("beside the reason: %q", got)
		}
		if d := rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldReason: "prod is down"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0RITA", "I'll tell you when it is active")
		g := o.all()[0]
		o.apply(g.ID, grant.Check{Rule: rule}, grant.OpenBreakGlass{Rule: rule})
		loud := o.shows("C0ADMIN", "<@U0RITA> is opening access with break-glass: test.user, read, s3://my-bucket/builds/")
		contains(t, loud.Plain(), "prod is down")
		contains(t, loud.Plain(), "waiting for a review by <@U0ADA>")
		synctest.Wait()
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages in the channel", n)
		}
		v = o.openForm("U0ADA", o.slack.As("U0ADA").Press(o.ctx, loud, "End with a reason…"))
		if d := o.slack.As("U0ADA").Submit(o.ctx, v, map[string]string{blocks.WhyBlock: "not needed"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0ADA", "<@U0RITA> will be notified.")
		if g := o.get(g.ID); g.State != grant.Ending || g.Outcome != grant.Revoked || g.Why != "not needed" {
			t.Errorf("%s, %s: %s", g.State, g.Outcome, g.Why)
		}
		o.confirmRemoved(g.ID)
		o.shows("C0ADMIN", "ended early by <@U0ADA>: not needed")
		now, _ := o.slack.Message("C0ADMIN", loud.TS)
		o.slack.As("U0RITA").Press(o.ctx, now, "Close review…")
		o.shows("U0RITA", "You can't review your own access.")
		v = o.openForm("U0BOB", o.slack.As("U0BOB").Press(o.ctx, now, "Close review…"))
		if d := o.slack.As("U0BOB").Submit(o.ctx, v, map[string]string{blocks.WhyBlock: "looked at the trail"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("C0ADMIN", "reviewed by <@U0BOB>: looked at the trail")
	})
}

// One click of an approver ends a break-glass.
func TestBreakGlassEndsAtOneClick(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rule := &o.config.Rules.Rules[1]
		rule.BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"U0RITA"}}, MaxTerm: 60, PerDay: 1}
		o.configure(func(c *commands.Config) {
			c.Rules.PrincipalOwners = map[string][]string{"arn:aws:iam::111111111111:user/test.user": {"U0RITA"}}
		})
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", "break-glass my-bucket/builds read build/test.user 1h prod is down"))
		rita.Submit(o.ctx, v, nil)
		g := o.all()[0]
		o.apply(g.ID, grant.Check{Rule: rule}, grant.OpenBreakGlass{Rule: rule})
		loud := o.shows("C0ADMIN", "<@U0RITA> is opening access with break-glass: test.user, read, s3://my-bucket/builds/")
		o.slack.As("U0EVE").Press(o.ctx, loud, "End access now")
		o.shows("U0EVE", "Only the requester, an approver or a responder can end this access.")
		o.slack.As("U0BOB").Press(o.ctx, loud, "End access now")
		o.shows("U0BOB", "<@U0RITA> will be notified.")
		if g := o.get(g.ID); g.State != grant.Ending || g.Outcome != grant.Revoked || !g.NeedsReview() {
			t.Errorf("%s, %s, to be reviewed: %t", g.State, g.Outcome, g.NeedsReview())
		}
	})
}
