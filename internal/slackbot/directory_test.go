package slackbot

import (
	"testing"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The standing of a user by Slack's answer. A person of a team that does not count is a stranger.
func TestStanding(t *testing.T) {
	user := func(edit func(*slack.User)) *slack.User {
		u := &slack.User{ID: "U0ADA", TeamID: "T0TEAM"}
		if edit != nil {
			edit(u)
		}
		return u
	}
	for _, c := range []struct {
		name  string
		teams []string
		team  string // of the envelope
		user  *slack.User
		want  grant.Standing
	}{
		{"a member", nil, "T0TEAM", user(nil), grant.Member},
		{"without a team in the envelope", nil, "", user(nil), grant.Member},
		{"without a team in the answer", nil, "T0TEAM", user(func(u *slack.User) { u.TeamID = "" }), grant.Member},
		{"an admin", nil, "T0TEAM", user(func(u *slack.User) { u.IsAdmin, u.IsOwner = true, true }), grant.Member},
		{"deactivated", nil, "T0TEAM", user(func(u *slack.User) { u.Deleted = true }), grant.Deactivated},
		{"a deactivated guest", nil, "T0TEAM", user(func(u *slack.User) { u.Deleted, u.IsRestricted = true, true }), grant.Deactivated},
		{"a guest", nil, "T0TEAM", user(func(u *slack.User) { u.IsRestricted = true }), grant.Guest},
		{"a guest of one channel", nil, "T0TEAM", user(func(u *slack.User) { u.IsUltraRestricted = true }), grant.Guest},
		{"invited, and not here yet", nil, "T0TEAM", user(func(u *slack.User) { u.IsInvitedUser = true }), grant.Guest},
		{"a bot", nil, "T0TEAM", user(func(u *slack.User) { u.IsBot = true }), grant.App},
		{"an app's user", nil, "T0TEAM", user(func(u *slack.User) { u.IsAppUser = true }), grant.App},
		{"a workflow", nil, "T0TEAM", user(func(u *slack.User) { u.IsWorkflowBot = true }), grant.App},
		{"Slackbot", nil, "T0TEAM", user(func(u *slack.User) { u.ID = "USLACKBOT" }), grant.App},
		{"a stranger by Slack's word", nil, "T0TEAM", user(func(u *slack.User) { u.IsStranger = true }), grant.Stranger},
		{"of another team", nil, "T0TEAM", user(func(u *slack.User) { u.TeamID = "T0OTHER" }), grant.Stranger},
		{"an envelope from another team", nil, "T0OTHER", user(nil), grant.Stranger},
		{"an answer about another person", nil, "T0TEAM", user(func(u *slack.User) { u.ID = "U0EVE" }), grant.Stranger},
		{"of a team that the config lists", []string{"T0A", "T0B"}, "T0B", user(func(u *slack.User) { u.TeamID = "T0B" }), grant.Member},
		{"of the bot's own team, which it does not list", []string{"T0A"}, "T0TEAM", user(nil), grant.Stranger},
		{"of a grid, in a listed team", []string{"T0A"}, "E0GRID", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0X", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0A"}}
		}), grant.Member},
		{"of a grid, by a click with the home workspace", nil, "T0HOME", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0HOME", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0HOME", "T0TEAM"}}
		}), grant.Member},
		{"of a grid, by a command in the bot's workspace", nil, "T0TEAM", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0HOME", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0HOME", "T0TEAM"}}
		}), grant.Member},
		{"of a grid, not in the bot's workspace", nil, "T0HOME", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0HOME", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0HOME"}}
		}), grant.Stranger},
		{"of a grid, an envelope from a workspace that is not theirs", nil, "T0ELSE", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0HOME", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0HOME", "T0TEAM"}}
		}), grant.Stranger},
		{"a guest of a grid", nil, "T0HOME", user(func(u *slack.User) {
			u.TeamID, u.IsRestricted, u.Enterprise = "T0HOME", true, slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0HOME", "T0TEAM"}}
		}), grant.Guest},
		{"of a grid, in no listed team", []string{"T0A"}, "T0X", user(func(u *slack.User) {
			u.TeamID, u.Enterprise = "T0X", slack.EnterpriseUser{EnterpriseID: "E0GRID", Teams: []string{"T0X"}}
		}), grant.Stranger},
	} {
		d := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", Teams: c.teams})
		if got := d.standing(c.user, grant.Person{Team: c.team, User: "U0ADA"}, "T0TEAM"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
