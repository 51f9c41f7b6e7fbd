package slackbot

import (
	"testing"
	"testing/synctest"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// In an organisation of several workspaces, a click carries the home workspace of
// a person and a command the one that it was typed in. Both are the same person.
func TestGrid(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, id := range []string{"U0ADA", "U0RITA"} {
			o.slack.EditUser(id, func(u *slacksim.User) {
				u.TeamID, u.EnterpriseID, u.Teams = "T0HOME", "E0GRID", []string{"T0HOME", "T0TEAM"}
			})
		}
		o.bot.Service.Rules.Rules[1].Approvers.Users = []string{"U0ADA", "U0RITA"}
		g, card := o.request(asking)
		o.slack.As("U0RITA").Press(o.ctx, card, "Approve")
		o.reads("U0RITA", "You cannot approve your own request.")
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		if got := o.grant(g.ID); got.State != grant.Approved {
			t.Errorf("the grant is %s", got.State)
		}
	})
}

// Two approvals by one person from two workspaces are one.
func TestGridQuorum(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.request("request two-keys/builds read build/test.user 8h nightly")
		for _, team := range []string{"T0HOME", "T0TEAM"} {
			o.slack.EditUser("U0ADA", func(u *slacksim.User) {
				u.TeamID, u.EnterpriseID, u.Teams = team, "E0GRID", []string{"T0HOME", "T0TEAM"}
			})
			o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
			synctest.Wait()
		}
		if got := o.grant(g.ID); got.State != grant.Pending || len(got.Decisions) != 1 {
			t.Errorf("the grant is %s, with %d approvals", got.State, len(got.Decisions))
		}
	})
}
