package slackbot

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/sim/slacksim"
)

// Missing scopes of the app are reported at the start, with the remedy.
func TestMissingScopesAreTold(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, c := range []struct{ granted, want string }{
			{"", ""},
			{"commands,chat:write,files:write,im:write,users:read,usergroups:read", ""},
			{"commands, chat:write, files:write, im:write, users:read, usergroups:read, more", ""},
			{"commands,chat:write,files:write,im:write,users:read", "lacks the scopes usergroups:read (approvers who are named by their group). Reinstall it with the scopes in manifest.yml and restart s3share."},
		} {
			before := len(o.channel())
			o.bot.app.checkScopes(o.ctx, c.granted)
			time.Sleep(2 * time.Second) // the board looks once a second
			told := strings.Join(texts(o.channel()[before:]), "\n")
			if c.want == "" && told != "" || !strings.Contains(told, c.want) {
				t.Errorf("%q: %q, want %q", c.granted, told, c.want)
			}
		}
	})
}

// A plan without user groups is reported at the start if the config names a group.
func TestAPlanWithoutGroupsIsTold(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("usergroups.users.list", slacksim.Refuse("plan_upgrade_required"))
		o.restart()
		o.shows("C0ADMIN", "s3share can't read user groups: plan_upgrade_required. Until then, members count only where the config lists them by id. To repair it, move Slack to a paid plan, or list people by id in the config.")
		o.restart()
		for _, group := range []string{"S0OPS", "S0MORE", "S0OPS"} {
			o.bot.Outbox.NoteGroup(o.ctx, group, slack.SlackErrorResponse{Err: "plan_upgrade_required"})
		}
		time.Sleep(2 * time.Second)
		if n := strings.Count(strings.Join(texts(o.channel()), "\n"), "s3share can't read"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		heal()
		o.restart()
		o.shows("C0ADMIN", "s: s3share can read user groups again.")
	})
}

func TestScopesAreThoseOfTheManifest(t *testing.T) {
	text, err := os.ReadFile("../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "    bot:\n")
	list, _, _ = strings.Cut(list, "settings:")
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		want = append(want, strings.TrimPrefix(strings.TrimSpace(line), "- "))
	}
	var got []string
	for _, s := range scopes {
		got = append(got, s.name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("scopes are %v, and the manifest has %v", got, want)
	}
}
