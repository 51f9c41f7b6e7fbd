package blocks

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// A sight is a view as it is sent.
type sight struct {
	Name string
	View any
}

// sights are the modals and Homes that people see.
func sights(t testing.TB) (all []sight) {
	lives := lives(t)
	const memory = `{"ID":"7K2M9QXA","Revision":0,"Channel":"C0ADMIN","TS":"1.2"}`
	levels := []grant.Level{rules().Levels["read"], rules().Levels["write"], rules().Levels["full"]}
	add := func(name string, view any) { all = append(all, sight{name, view}) }
	add("the request form", requestView(t, RequestValues{}))
	add("the request form, filled in", requestView(t, RepeatedValues(lives["pending"])))
	add("the request form, with a mistake", requestView(t, RequestValues{Bucket: "my-bucket", Level: "read", Principal: "build/test.user", Other: "31d"}))
	more := RepeatedValues(lives["pending"])
	add("the request form, with more options", requestFormView(t, more, true))
	more.Start, more.For, more.MoreBuckets = noon.Add(time.Hour).Unix(), "U0EVE", "my-other-bucket"
	add("the request form, with options that are filled in", requestView(t, more))
	more.MorePrincipals = "build/other.user"
	add("the request form, with all options filled in", requestFormView(t, more, true))
	add("the request form, with another term", requestView(t, RequestValues{Bucket: "my-bucket", Term: "90m"}))
	add("a change", NarrowView(lives["pending"], levels, memory))
	add("a change of much", NarrowView(lives["broad"], levels, memory))
	add("an extension", ExtendView(lives["active"], 4320, 0, memory))
	add("details", DetailsView(Detailed{Grant: lives["quorum"]}))
	many := make([]grant.Grant, 0, bulkMost)
	for i := range bulkMost {
		g := lives["pending"]
		g.ID = grant.ID(fmt.Sprintf("7K2M9Q%02d", i))
		many = append(many, g)
	}
	add("several", BulkView([]grant.Grant{lives["pending"], lives["extension asked"]}, 0, 2))
	add("several, as many as there can be", BulkView(many, 50, 120))
	glass, typed := lives["checking"], usual
	glass.BreakGlass, typed.BreakGlass = true, true
	add("a break-glass to confirm", GlassView(commands.Confirm{Draft: typed, Grant: glass}))
	ends := commands.EndAllPreview{At: noon, Target: "s3://my-bucket/", Reason: "keys <leaked>",
		Grants: []grant.Grant{lives["active"], lives["approved"], lives["broad active"]}, Damaged: []grant.ID{lives["broad active"].ID},
		Notes: "2 requests still wait for a decision; `/s3share freeze <reason>` blocks their approval."}
	ends.Grants[2].ID, ends.Damaged[0] = "8K2M9QXA", "8K2M9QXA"
	ends.Grants[1].Beneficiary = person("U0BOB")
	add("an end-all to confirm", EndAllView(ends, memory))
	ends.Grants, ends.Damaged, ends.Target, ends.Person, ends.Notes = ends.Grants[:1], nil, commands.PersonMark, person("U0RITA"), ""
	add("an end-all of one grant", EndAllView(ends, memory))
	for len(ends.Grants) < 62 {
		ends.Grants = append(ends.Grants, lives["broad active"])
	}
	add("an end-all of many", EndAllView(ends, memory))
	for _, action := range []string{ActDeny, ActRevoke, ActReview} {
		add("a reason: "+action, ReasonView(action, lives[map[string]string{ActDeny: "pending", ActRevoke: "active",
			ActReview: "break-glass"}[action]], memory))
	}
	home := commands.Home{
		Waiting: []grant.Grant{lives["pending"], lives["quorum"], lives["extension asked"]}, Open: []grant.Grant{lives["active"], lives["approved"], lives["ending"]},
		Awaiting: []commands.PendingItem{{Grant: lives["drifted"], For: grant.ToRepair}, {Grant: lives["break-glass"], For: grant.ToReview},
			{Grant: gone(t, after(t, lives["break-glass"], grant.End{By: member("U0RITA")})), For: grant.ToReview},
			{Grant: lives["reconfirm"], For: grant.ToReconfirm}},
		Requests: []grant.Grant{lives["consent"], lives["pending"]}, Recent: []grant.Grant{lives["relinquished"], lives["denied"]},
		Frozen: &grant.Freeze{By: person("U0BOB"), At: noon, Why: "a leak in <builds>"},
	}
	add("a Home", HomeView(person("U0ADA"), home, noon))
	add("a Home of the person it is for", HomeView(person("U0BOB"), commands.Home{Requests: []grant.Grant{lives["consent"]}}, noon))
	add("a Home with nothing in it", HomeView(person("U0RITA"), commands.Home{}, noon))
	many = nil
	var asked []commands.PendingItem
	for range 300 {
		many, asked = append(many, lives["broad active"]), append(asked, commands.PendingItem{Grant: lives["broad active"], For: grant.ToReview})
	}
	add("a Home with everything in it", HomeView(person("U0ADA"), commands.Home{Waiting: many, Awaiting: asked, Open: many, Requests: many, Recent: many[:5]}, noon))
	return all
}

// requestView draws the request form by the rules of the tests.
func requestView(t testing.TB, v RequestValues) slack.ModalViewRequest {
	t.Helper()
	return requestFormView(t, v, false)
}

func requestFormView(t testing.TB, v RequestValues, more bool) slack.ModalViewRequest {
	t.Helper()
	rule, _, covered := rules().Match(v.Bucket)
	names := rule.Levels
	if !covered {
		names = []string{"full", "read", "write"}
	}
	f := RequestForm{RequestValues: v, More: more, MaxTerm: rule.MaxTerm, Summary: NoSummary}
	for _, name := range names {
		f.Levels = append(f.Levels, rules().Levels[name])
	}
	f.Named, _ = grant.ParsePrincipal(v.Principal, rules().Accounts)
	if v.IsComplete() {
		v.Reason = cmp.Or(v.Reason, "-")
		all, err := rules().DraftBatch(func() grant.ID { return "00000000" }, v.Draft(person("U0RITA")), 0, noon)
		if err != nil {
			all = []grant.Grant{{}}
		}
		f.Summary = RequestSummary(all[0], len(all)-1, err)
	}
	return RequestView(f)
}

// The modals and Homes are in testdata too, except two that only test the length.
func TestGoldenViews(t *testing.T) {
	for _, s := range sights(t) {
		if s.Name != "a Home with everything in it" && s.Name != "an end-all of many" {
			golden(t, s.Name, s)
		}
	}
}

// Slack accepts every view.
func TestViewsAreWithinSlacksLimits(t *testing.T) { acceptedViews(t, sights(t)) }

// acceptedViews opens views in a Slack that enforces its limits.
func acceptedViews(t *testing.T, all []sight) {
	synctest.Test(t, func(t *testing.T) {
		w, api := workspace(t)
		for _, s := range all {
			var err error
			switch v := s.View.(type) {
			case slack.ModalViewRequest:
				_, err = api.OpenViewContext(t.Context(), w.Trigger("U0ADA"), v)
			case slack.HomeTabViewRequest:
				_, err = api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0ADA", View: v})
			}
			if err != nil {
				text, _ := json.Marshal(s.View)
				t.Errorf("%s: %v: %+v\n%s", s.Name, err, w.Rejected(), text)
			}
			if v := w.View("U0ADA"); v != nil {
				w.As("U0ADA").Close(t.Context(), *v)
			}
			time.Sleep(time.Second)
		}
	})
}

// The modal of an end-all lists at most fifty grants, and says how many more there are.
func TestEndAllListIsShort(t *testing.T) {
	for _, s := range sights(t) {
		if s.Name != "an end-all of many" {
			continue
		}
		text := inJSON(t, s.View)
		if n := strings.Count(text, "• "); n != listedMost || !strings.Contains(text, `\nand 12 more"`) ||
			!strings.Contains(text, "End all 62 grants") || !strings.Contains(text, "End 62 grants of 1 person?") {
			t.Errorf("%d grants are listed: %s", n, text)
		}
	}
}
