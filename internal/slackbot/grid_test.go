package slackbot

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// In an organization with several workspaces, a click has the person's home workspace and a command
// the workspace of its channel. Both identify the same person.
func TestGrid(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, id := range []string{"U0ADA", "U0RITA"} {
			o.slack.EditUser(id, func(u *slacksim.User) {
				u.TeamID, u.EnterpriseID, u.Teams = "T0HOME", "E0GRID", []string{"T0HOME", "T0TEAM"}
			})
		}
		o.config.Rules.Rules[1].Approvers.Users = []string{"U0ADA", "U0RITA"}
		g, card := o.pending(requestText)
		o.slack.As("U0RITA").Press(o.ctx, card, "Approve")
		o.shows("U0RITA", "You can't approve your own request.")
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		if got := o.get(g.ID); got.State != grant.Approved {
			t.Errorf("the grant is %s", got.State)
		}
	})
}

// A person's open requests are counted over all workspaces.
func TestGridOpenRequests(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.MaxPending = 2 })
		for i := range 2 {
			o.slack.EditUser("U0RITA", func(u *slacksim.User) {
				u.TeamID, u.EnterpriseID, u.Teams = []string{"T0HOME", "T0TEAM"}[i%2], "E0GRID", []string{"T0HOME", "T0TEAM"}
			})
			o.request(strings.Replace(requestText, "/builds", fmt.Sprint("/builds/", i), 1))
		}
		o.slack.EditUser("U0RITA", func(u *slacksim.User) { u.TeamID = "T0HOME" })
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", strings.Replace(requestText, "/builds", "/builds/2", 1))
		synctest.Wait()
		if n := len(o.all()); n != 2 {
			t.Errorf("there are %d requests", n)
		}
	})
}
