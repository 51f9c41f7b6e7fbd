package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// A sight is a view as it is sent.
type sight struct {
	Name string
	View any
}

// sights are the modals and Homes that people see.
func sights(t testing.TB, o *office) (all []sight) {
	lives := lives(t)
	ctx, call := context.Background(), commands.Invocation{By: person("U0ADA")}
	c := click{ID: "7K2M9QXA", Channel: "C0ADMIN", TS: "1.2"}
	rita := commands.Invocation{By: person("U0RITA")}
	add := func(name string, view any) { all = append(all, sight{name, view}) }
	add("the request form", o.bot.forms.form(rita, filled{}))
	add("the request form, filled in", o.bot.forms.form(rita, again(lives["pending"])))
	add("the request form, with a mistake", o.bot.forms.form(rita, filled{Bucket: "my-bucket", Level: "read", Principal: "build/test.user", Other: "31d"}))
	add("the request form, with another term", o.bot.forms.form(rita, filled{Bucket: "my-bucket", Term: "90m"}))
	add("a change", o.bot.forms.narrowView(lives["pending"], c))
	add("a change of much", o.bot.forms.narrowView(lives["broad"], c))
	add("an extension", o.bot.forms.extendView(lives["active"], c))
	add("details", o.bot.forms.detailsView(ctx, call, lives["quorum"]))
	many := make([]grant.Grant, 0, severalMost)
	for i := range severalMost {
		g := lives["pending"]
		g.ID = grant.ID(fmt.Sprintf("7K2M9Q%02d", i))
		many = append(many, g)
	}
	add("several", bulkApproveView([]grant.Grant{lives["pending"], lives["extension asked"]}, 0, 2))
	add("several, as many as there can be", bulkApproveView(many, 50, 120))
	glass, typed := lives["checking"], usual
	glass.BreakGlass, typed.BreakGlass = true, true
	add("a break-glass to confirm", glassView(commands.Confirm{Draft: typed, Grant: glass}))
	for _, action := range []string{blocks.ActDeny, blocks.ActRevoke, blocks.ActReview} {
		add("a reason: "+action, reasons[action].view(c))
	}
	home := commands.Home{
		Waiting: []grant.Grant{lives["pending"], lives["quorum"], lives["extension asked"]}, Open: []grant.Grant{lives["active"], lives["approved"], lives["ending"]},
		Asked: []commands.PendingItem{{Grant: lives["drifted"], For: grant.ToRepair}, {Grant: lives["break-glass"], For: grant.ToReview},
			{Grant: gone(t, after(t, lives["break-glass"], grant.Action{Kind: grant.End, By: member("U0RITA")})), For: grant.ToReview},
			{Grant: lives["reconfirm"], For: grant.ToReconfirm}},
		Requests: []grant.Grant{lives["consent"], lives["pending"]}, Recent: []grant.Grant{lives["relinquished"], lives["denied"]},
		Frozen: &grant.Freeze{By: person("U0BOB"), At: noon, Why: "a leak in <builds>"},
	}
	add("a Home", homeView(person("U0ADA"), home, noon))
	add("a Home of the person it is for", homeView(person("U0BOB"), commands.Home{Requests: []grant.Grant{lives["consent"]}}, noon))
	add("a Home with nothing in it", homeView(person("U0RITA"), commands.Home{}, noon))
	many = nil
	var asked []commands.PendingItem
	for range 300 {
		many, asked = append(many, lives["broad active"]), append(asked, commands.PendingItem{Grant: lives["broad active"], For: grant.ToReview})
	}
	add("a Home with everything in it", homeView(person("U0ADA"), commands.Home{Waiting: many, Asked: asked, Open: many, Requests: many, Recent: many[:5]}, noon))
	return all
}

// The modals and Homes are in testdata too, except a Home that only tests the length.
func TestGoldenViews(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, s := range sights(t, o) {
			if s.Name != "a Home with everything in it" {
				golden(t, s.Name, s)
			}
		}
	})
}

// Slack accepts every view.
func TestViewsAreWithinSlacksLimits(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, s := range sights(t, o) {
			var err error
			switch v := s.View.(type) {
			case slack.ModalViewRequest:
				_, err = o.bot.api.OpenViewContext(o.ctx, o.slack.Trigger("U0ADA"), v)
			case slack.HomeTabViewRequest:
				_, err = o.bot.api.PublishViewContext(o.ctx, slack.PublishViewContextRequest{UserID: "U0ADA", View: v})
			}
			if err != nil {
				text, _ := json.Marshal(s.View)
				t.Errorf("%s: %v: %+v\n%s", s.Name, err, o.slack.Rejected(), text)
			}
			if v := o.slack.View("U0ADA"); v != nil {
				o.slack.As("U0ADA").Close(o.ctx, *v)
			}
			time.Sleep(time.Second)
		}
	})
}
