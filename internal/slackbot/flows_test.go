package slackbot

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// openForm performs an interaction and returns the modal that it opens.
func (o *office) openForm(who string, opened slacksim.Delivery) slacksim.View {
	o.t.Helper()
	if opened.Error != "" {
		o.t.Fatal(opened.Error)
	}
	o.wait("a modal", func() bool { return o.slack.View(who) != nil })
	synctest.Wait()
	return *o.slack.View(who)
}

// fill chooses an option in a modal, and returns the redrawn modal.
func (o *office) fill(who, field, choice string) slacksim.View {
	o.t.Helper()
	if d := o.slack.As(who).Select(o.ctx, *o.slack.View(who), field, choice); d.Error != "" {
		o.t.Fatalf("%s: %s", field, d.Error)
	}
	time.Sleep(updateEvery)
	synctest.Wait()
	return *o.slack.View(who)
}

func contains(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %q in it", got, want)
	}
}

func TestRequestForm(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Slash(o.ctx, "C0BUILDS", "/s3share", "  "))
		contains(t, v.Plain(), blocks.NoSummary)
		options, d := rita.Suggest(o.ctx, v, blocks.FieldBucket, blocks.FieldBucket, "my-bucket")
		if d.Error != "" || len(options) != 1 || options[0].Value != "my-bucket" {
			t.Fatalf("offered %v, %s", options, d.Error)
		}
		if options, _ := rita.Suggest(o.ctx, v, blocks.FieldBucket, blocks.FieldBucket, "their-bucket"); len(options) != 0 {
			t.Errorf("a bucket that no rule covers is offered: %v", options)
		}
		rita.Suggest(o.ctx, v, blocks.FieldBucket, blocks.FieldBucket, "my-bucket")
		o.fill("U0RITA", blocks.FieldBucket, "my-bucket")
		rita.Suggest(o.ctx, *o.slack.View("U0RITA"), blocks.FieldPrincipal, blocks.FieldPrincipal, "build/test.user")
		o.fill("U0RITA", blocks.FieldPrincipal, "arn:aws:iam::111111111111:user/test.user")
		o.fill("U0RITA", blocks.FieldLevel, "read")
		v = o.fill("U0RITA", blocks.FieldTerm, "8h")
		contains(t, v.Plain(), "You request read access: test.user → s3://my-bucket/ for 8h, to be approved by <@U0ADA>")

		// A problem is shown beside its field, and the typed text stays.
		d = rita.Submit(o.ctx, v, map[string]string{blocks.FieldPrefix: "builds/*", blocks.FieldReason: "nightly"})
		if got := d.FieldErrors[blocks.FieldPrefix]; !strings.HasPrefix(got, "A folder can't have wildcards.") {
			t.Errorf("beside the folder: %q; all: %v", got, d.FieldErrors)
		}
		d = rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldPrefix: "builds", blocks.FieldOther: "soon", blocks.FieldReason: "nightly"})
		if got := d.FieldErrors[blocks.FieldOther]; !strings.HasPrefix(got, `"soon" is not a duration.`) {
			t.Errorf("beside the other term: %q; all: %v", got, d.FieldErrors)
		}
		if len(o.all()) != 0 {
			t.Fatal("something was stored")
		}
		d = rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldPrefix: "builds", blocks.FieldOther: "90m", blocks.FieldReason: "nightly build"})
		if d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		gs := o.all()
		if len(gs) != 1 || gs[0].Prefix != "builds" || gs[0].Term != 90 || gs[0].Level.Name != "read" || gs[0].Reason != "nightly build" {
			t.Fatalf("stored: %+v", gs)
		}
		o.shows("U0RITA", "` submitted: read access, test.user → s3://my-bucket/builds/ for 1h30m.")
		if o.slack.View("U0RITA") != nil {
			t.Error("the form is still open")
		}
		o.apply(gs[0].ID, grant.Check{})
		o.shows("U0RITA", toldOnce[0])
		if all := append(o.slack.DMs("U0RITA"), o.slack.Ephemerals("U0RITA")...); len(all) != 1 {
			t.Errorf("%d messages about one form", len(all))
		}
	})
}

func TestFormFromShortcuts(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Shortcut(o.ctx, "request_access"))
		rita.Close(o.ctx, v)
		m := rita.Say("C0BUILDS", "the nightly build needs the fixtures")
		v = o.openForm("U0RITA", rita.MessageShortcut(o.ctx, m, "request_access_here"))
		contains(t, v.Plain(), "As said in https://")
		rita.Close(o.ctx, v)
		defer o.slack.Fault("chat.getPermalink", slacksim.Delay(time.Minute))() // the form does not wait for it
		v = o.openForm("U0RITA", rita.MessageShortcut(o.ctx, m, "request_access_here"))
		if strings.Contains(v.Plain(), "As said in") {
			t.Error("it has a link that Slack has not said")
		}
	})
}

func TestRequestAgain(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.waitForCard(g.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" ask for less")
		told := o.shows("U0RITA", ") denied by <@U0ADA>: ask for less")
		v := o.openForm("U0RITA", o.slack.As("U0RITA").Press(o.ctx, told, "Request again"))
		contains(t, v.Plain(), "You request read access: test.user → s3://my-bucket/builds/ for 8h")
		if d := o.slack.As("U0RITA").Submit(o.ctx, v, map[string]string{blocks.FieldOther: "1h"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		gs := slices.DeleteFunc(o.all(), func(other grant.Grant) bool { return other.ID == g.ID })
		if len(gs) != 1 || gs[0].Term != 60 || gs[0].Reason != "nightly build" {
			t.Errorf("stored: %+v", gs)
		}
	})
}

func TestChangeOnTheCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		ada := o.slack.As("U0ADA")
		v := o.openForm("U0ADA", ada.Press(o.ctx, card, "Change…"))
		contains(t, v.Plain(), "Up to 8h.")
		d := ada.Submit(o.ctx, v, map[string]string{blocks.FieldPrefix: "other", blocks.FieldTerm: "2h"})
		if got := d.FieldErrors[blocks.FieldPrefix]; !strings.HasPrefix(got, "The request is for builds/, and "+
			"other/ is not inside it.") {
			t.Errorf("beside the folder: %q; all: %v", got, d.FieldErrors)
		}
		o.tickApprove("U0ADA", true)
		d = ada.Submit(o.ctx, *o.slack.View("U0ADA"), map[string]string{blocks.FieldPrefix: "builds/nightly", blocks.FieldTerm: "2h"})
		if d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0RITA", "Approved by <@U0ADA> with changes: builds/ → builds/nightly/, 8h → 2h.")
		o.shows("U0ADA", "Saved and approved: builds/ → builds/nightly/, 8h → 2h")
		if g := o.get(g.ID); g.State != grant.Approved || g.Term != 120 || g.Prefix != "builds/nightly" {
			t.Errorf("%s: %s for %s", g.State, g.Prefix, g.Term)
		}
		o.wait("the story below the card", func() bool { return len(o.thread()) == 2 })
		if got := o.thread(); !strings.HasPrefix(got[0], "<@U0ADA> narrowed the request: ") || !strings.HasPrefix(got[1], "<@U0ADA> approved access ") {
			t.Errorf("below the card: %q", got)
		}
	})
}

// A narrowing without an approval asks all approvers again, on an updated card.
func TestChangeAlone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		ada := o.slack.As("U0ADA")
		v := o.openForm("U0ADA", ada.Press(o.ctx, card, "Change…"))
		state := map[string]map[string]map[string]any{
			blocks.FieldTerm:   {blocks.FieldTerm: {"type": "plain_text_input", "value": "1h"}},
			blocks.FieldPrefix: {blocks.FieldPrefix: {"type": "plain_text_input", "value": "builds"}},
		}
		if d := ada.SubmitState(o.ctx, v, state); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("C0ADMIN", "Narrowed by <@U0ADA>: 1h (was 8h)")
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve") // as he saw it before
		o.shows("U0BOB", "This request has changed since that card was posted.")
		now, _ := o.slack.Message("C0ADMIN", card.TS)
		o.slack.As("U0BOB").Press(o.ctx, now, "Approve")
		o.shows("U0BOB", "will be notified when access is active")
		if g := o.get(g.ID); g.State != grant.Approved || g.Term != 60 {
			t.Errorf("%s for %s", g.State, g.Term)
		}
	})
}

func TestDetails(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		before, _ := o.pending("request my-bucket/other read build/test.user 1h before")
		o.waitForCard(before.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(before.ID)+" no")
		g, card := o.pending(requestText)
		v := o.openForm("U0ADA", o.slack.As("U0ADA").Press(o.ctx, card, "Details"))
		for _, want := range []string{string(g.ID), "arn:aws:iam::111111111111:user/test.user", "*Who may approve*", "Rule for `my*`: up to 3d", "*Findings*\nNone.", "*History*\nEarlier grants of this principal on this bucket:", string(before.ID)} {
			contains(t, v.Plain(), want)
		}
	})
}

func TestExtendFromTheNotice(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		g = o.confirm(g.ID)
		end := g.ExpiresAt
		told := o.shows("U0RITA", "until")
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Press(o.ctx, told, "Extend…"))
		if d := rita.Submit(o.ctx, v, map[string]string{blocks.FieldReason: "still building"}); !strings.HasPrefix(d.FieldErrors[blocks.FieldOther], "The extension is missing. Choose one, or type") {
			t.Errorf("without a length: %v", d.FieldErrors)
		}
		if d := rita.Submit(o.ctx, *o.slack.View("U0RITA"), map[string]string{blocks.FieldOther: "2h", blocks.FieldReason: "still building"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0RITA", "Extension of 2h requested; access stays active")
		asked := o.shows("C0ADMIN", "requests 2h more")
		o.slack.As("U0EVE").Press(o.ctx, asked, "Approve")
		o.shows("U0EVE", "You are not an approver of")
		o.slack.As("U0BOB").Press(o.ctx, asked, "Approve")
		o.shows("U0BOB", "will be notified when access is extended")
		if g := o.get(g.ID); !g.ExpiresAt.Equal(end.Add(2 * time.Hour)) {
			t.Errorf("until %s", g.ExpiresAt)
		}
		synctest.Wait()
		if strings.Contains(strings.Join(o.texts("U0RITA"), "\n"), "Extended.") {
			t.Error("she is told before AWS has confirmed it")
		}
		o.confirm(g.ID)
		o.shows("U0RITA", "Extended. Access is active")
		now, _ := o.slack.Message("C0ADMIN", asked.TS)
		contains(t, now.Plain(), "approved by <@U0BOB>, <!date")
		if len(now.Buttons()) > 0 {
			t.Error("the card of a decided extension has buttons")
		}
	})
}

func TestExtensionIsDenied(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		o.confirm(g.ID)
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "extend "+string(g.ID)+" 2h")
		asked := o.shows("C0ADMIN", "requests 2h more")
		v := o.openForm("U0ADA", o.slack.As("U0ADA").Press(o.ctx, asked, "Deny…"))
		if d := o.slack.As("U0ADA").Submit(o.ctx, v, map[string]string{blocks.WhyBlock: "it has to end today"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0RITA", "` denied by <@U0ADA>: it has to end today.")
		o.shows("C0ADMIN", "denied by <@U0ADA>: it has to end today")
		// The card of the request cannot decide on the extension.
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "extend "+string(g.ID)+" 1h")
		o.shows("C0ADMIN", "requests 1h more")
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve")
		o.shows("U0BOB", "This request has changed since that card was posted.")
	})
}

// An approver's extension is requested and approved in one act, so the grant alone does not
// distinguish a form that is sent twice from a second form.
func TestExtensionSubmittedTwice(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.config.Rules.Rules[1].MaxTerm = 30 * 24 * 60
		g, card := o.pending("request my-bucket/builds read build/test.user 20d a long experiment")
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		end := o.confirm(g.ID).ExpiresAt
		o.apply(g.ID, grant.Warn{Left: 14 * 24 * time.Hour})
		v := o.openForm("U0BOB", o.slack.As("U0BOB").Press(o.ctx, o.shows("C0ADMIN", "without an answer; <@U0ADA>, <@U0BOB> or <!subteam^S0OPS> can extend it"), "Extend…"))
		for range 2 {
			o.slack.Inject(o.ctx, "interactive", map[string]any{
				"type": "view_submission", "user": map[string]any{"id": "U0BOB", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0BOB"),
				"view": map[string]any{"id": v.ID, "callback_id": v.CallbackID, "private_metadata": v.PrivateMetadata,
					"state": map[string]any{"values": map[string]any{blocks.FieldOther: map[string]any{blocks.FieldOther: map[string]any{"type": "plain_text_input", "value": "2d"}}}}},
			})
			synctest.Wait()
		}
		o.shows("U0BOB", "will be notified when access is extended")
		if got := o.get(g.ID).ExpiresAt.Sub(end); got != 48*time.Hour {
			t.Errorf("extended by %s, want 48h", got)
		}
	})
}

// Before a long grant ends, the approvers are asked whether it is still needed. One click of an
// approver requests and approves an extension.
func TestLongGrantIsReconfirmed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rule := &o.config.Rules.Rules[1]
		rule.MaxTerm = 30 * 24 * 60
		g, card := o.pending("request my-bucket/builds read build/test.user 20d a long experiment")
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		end := o.confirm(g.ID).ExpiresAt
		o.apply(g.ID, grant.Warn{Left: 14 * 24 * time.Hour})
		first := o.shows("C0ADMIN", "Still needed? test.user, read, s3://my-bucket/builds/ (requested by <@U0RITA>)")
		contains(t, first.Plain(), "without an answer; <@U0ADA>, <@U0BOB> or <!subteam^S0OPS> can extend it")
		o.shows("U0RITA", "The approvers were asked whether it is still needed.")
		o.apply(g.ID, grant.Warn{Left: 3 * 24 * time.Hour})
		o.wait("the second question", func() bool {
			m, _ := o.slack.Message("C0ADMIN", first.TS)
			return strings.Contains(m.Plain(), "asked again on") && len(m.Buttons()) == 0
		})
		second := o.shows("C0ADMIN", "without an answer; <@U0ADA>, <@U0BOB> or <!subteam^S0OPS> can extend it")
		synctest.Wait()

		// A person who may not decide cannot extend it; an approver requests and approves in one.
		extend := func(who, by string) {
			t.Helper()
			v := o.openForm(who, o.slack.As(who).Press(o.ctx, second, "Extend…"))
			if d := o.slack.As(who).Submit(o.ctx, v, map[string]string{blocks.FieldOther: by}); d.Error != "" || len(d.FieldErrors) > 0 {
				t.Fatal(d.Error, d.FieldErrors)
			}
		}
		extend("U0EVE", "10d")
		o.shows("U0EVE", "Only the requester or an approver can extend this access.")
		extend("U0BOB", "10d")
		o.shows("U0BOB", "will be notified when access is extended")
		if g := o.get(g.ID); !g.ExpiresAt.Equal(end.Add(10 * 24 * time.Hour)) {
			t.Errorf("until %s", g.ExpiresAt)
		}
		o.wait("what came of it", func() bool {
			m, _ := o.slack.Message("C0ADMIN", second.TS)
			return strings.Contains(m.Plain(), "yes: extended by <@U0BOB>, active <!date") && len(m.Buttons()) == 0
		})
	})
}

func TestConsentIsAsked(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request("request my-bucket/builds read build/test.user 8h for <@U0EVE|eve> nightly build")
		o.allowConsent(g.ID)
		o.shows("U0RITA", "it goes to the approvers once")
		asked := o.shows("U0EVE", "<@U0RITA> requested this on your behalf: read access, test.user → s3://my-bucket/builds/ for 8h.\n*Confirm* sends the request to the approvers")
		o.slack.As("U0RITA").Press(o.ctx, asked, "Confirm")
		synctest.Wait()
		if !o.get(g.ID).NeedsConsent() {
			t.Error("somebody else has confirmed it")
		}
		o.slack.As("U0EVE").Press(o.ctx, asked, "Confirm")
		o.shows("U0EVE", "Confirmed.")
		o.apply(g.ID, grant.Check{})
		card := o.shows("C0ADMIN", "For <@U0EVE>, who confirmed")
		o.slack.As("U0EVE").Press(o.ctx, card, "Approve")
		o.shows("U0EVE", "You can't approve this request: it is for you.")
	})
}

func TestRemindersBelowTheCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rule := &o.config.Rules.Rules[0]
		rule.RemindAfter, rule.EscalateAfter, rule.Escalate = 60, 120, grant.People{Users: []string{"U0EVE"}}
		g := o.apply(o.request("request two-keys/builds read build/test.user 8h nightly").ID, grant.Check{Rule: rule})
		card := o.shows("C0ADMIN", "requests read access: test.user")
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		o.apply(g.ID, grant.Remind{}, grant.Escalate{})
		o.wait("what is said below the card", func() bool { return len(o.thread()) == 3 })
		said := o.thread()
		contains(t, said[0], "<@U0ADA> approved; more approvals needed.")
		contains(t, said[1], "is still waiting for a decision; ")
		if strings.Contains(said[1], "U0ADA") {
			t.Errorf("who has approved is reminded: %s", said[1])
		}
		contains(t, said[2], "has waited 2h for a decision. <@U0EVE>, please make sure that an approver decides.")
	})
}

func TestHome(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		home := func(who string) string {
			if v := o.slack.Home(who); v != nil {
				return v.Plain()
			}
			return ""
		}
		o.slack.As("U0ADA").OpenHome(o.ctx)
		o.slack.As("U0RITA").OpenHome(o.ctx)
		o.wait("both Homes", func() bool { return home("U0ADA") != "" && home("U0RITA") != "" })
		contains(t, home("U0RITA"), "You have no active access.")
		g, _ := o.pending(requestText)
		o.wait("what waits for her", func() bool { return strings.Contains(home("U0ADA"), "Waiting for your decision (1)") })
		if strings.Contains(home("U0RITA"), "Waiting for your decision") {
			t.Error("her own request waits for the one who asked")
		}
		o.wait("her request", func() bool { return strings.Contains(home("U0RITA"), "Your requests") })
		o.slack.As("U0ADA").Press(o.ctx, *o.slack.Home("U0ADA"), "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		o.wait("nothing to wait for", func() bool { return !strings.Contains(home("U0ADA"), "Waiting for your decision") })
		o.confirm(g.ID)
		o.wait("what she has", func() bool {
			return strings.Contains(home("U0RITA"), "test.user can read s3://my-bucket/builds/ — active <!date^")
		})
		contains(t, home("U0RITA"), ", over 7 hours left")
		time.Sleep(time.Minute) // the approver's Home follows too
		before := o.slack.Count("views.publish")
		time.Sleep(2*time.Hour + 10*time.Minute)
		contains(t, home("U0RITA"), ", over 5 hours left")
		if n := o.slack.Count("views.publish"); n != before+2 {
			t.Errorf("%d Homes were published; want hers, twice", n-before)
		}
		o.slack.As("U0RITA").Press(o.ctx, *o.slack.Home("U0RITA"), "I'm done")
		o.shows("U0RITA", "Ending your access.")
		o.confirmRemoved(g.ID)
		o.wait("what was", func() bool {
			return strings.Contains(home("U0RITA"), "Recent") && strings.Contains(home("U0ADA"), "Recent")
		})
		v := o.openForm("U0RITA", o.slack.As("U0RITA").Press(o.ctx, *o.slack.Home("U0RITA"), "Request access"))
		contains(t, v.Plain(), "Request access")
	})
}

// With any number of grants a Home stays within Slack's block limit, and a burst of changes causes
// few redraws.
func TestHomeOfManyRequests(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.As("U0ADA").OpenHome(o.ctx)
		all := store.Tx{At: time.Now()}
		for range 200 {
			g, err := o.config.Rules.Draft(grant.NewID(), grant.Draft{Target: "my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "x",
				Requester: grant.Person{Team: "T0TEAM", User: "U0RITA"}}, 0, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			next, err := g.Apply(grant.Check{}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			all.Put(grant.Grant{}, next)
		}
		if err := o.store.Commit(o.ctx, all); err != nil {
			t.Fatal(err)
		}
		o.wait("all of them", func() bool {
			v := o.slack.Home("U0ADA")
			return v != nil && strings.Contains(v.Plain(), "Waiting for your decision (200)")
		})
		if rejected := o.slack.Rejected(); len(rejected) > 0 {
			t.Errorf("Slack refused %+v", rejected[0])
		}
	})
}

// Whatever a person presses on a Home, the record decides.
func TestHomeAllowsNothing(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.slack.As("U0ADA").OpenHome(o.ctx)
		o.wait("her Home", func() bool { v := o.slack.Home("U0ADA"); return v != nil && strings.Contains(v.Plain(), string(g.ID)) })
		hers := *o.slack.Home("U0ADA")
		o.waitForCard(g.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" no")
		o.shows("U0ADA", "Denied")
		o.slack.As("U0ADA").Press(o.ctx, hers, "Approve") // as it was
		o.shows("U0ADA", "This request was already denied (by <@U0ADA>; ")
		if g := o.get(g.ID); g.State != grant.Denied || slices.ContainsFunc(g.History, func(ev grant.Event) bool { return ev.Kind == grant.EventApprove }) {
			t.Errorf("%s", g.State)
		}
	})
}

// A list is a table. If Slack refuses it, it is sent as lines.
func TestListIsATable(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		rita := o.slack.As("U0RITA")
		rita.Slash(o.ctx, "C0BUILDS", "/s3share", "list")
		list := o.shows("U0RITA", "Your requests and access:")
		contains(t, list.Plain(), "ID\nStatus\nAccess\nRequester\n"+string(g.ID)+"\npending, expires ")
		contains(t, list.Plain(), "test.user, read, s3://my-bucket/builds/")
		contains(t, list.Text, "`"+string(g.ID)+"` waiting for <@U0ADA>, <@U0BOB> or <!subteam^S0OPS> — test.user, read, s3://my-bucket/builds/ — requested by <@U0RITA>")
		rita.Slash(o.ctx, "C0BUILDS", "/s3share", "buckets")
		contains(t, o.shows("U0RITA", "Buckets that you can request:").Plain(), "my*\nread, write, full\n3d\n1\nany\nnonprod")
		rita.Slash(o.ctx, "C0BUILDS", "/s3share", "show "+string(g.ID))
		contains(t, o.shows("U0RITA", "`"+string(g.ID)+"` — waiting for <@U0ADA>").Plain(), "Time\nEvent\nBy\nReason\n")

		for _, method := range []string{"response_url", "chat.postEphemeral", "chat.postMessage"} {
			defer o.slack.Fault(method, slacksim.Refuse("invalid_blocks").Only(1))()
		}
		rita.Slash(o.ctx, "C0BUILDS", "/s3share", "list mine my-bucket")
		o.wait("the lines", func() bool {
			all := o.slack.Ephemerals("U0RITA")
			return len(all) > 0 && len(all[len(all)-1].Blocks) == 0 && strings.Contains(all[len(all)-1].Text, "`"+string(g.ID)+"` waiting for <@U0ADA>, <@U0BOB> or <!subteam^S0OPS> — test.user, read")
		})
	})
}

func TestHistoryAsFile(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "history "+string(g.ID)+" csv")
		o.shows("U0RITA", "I sent you the history of 1 grant in a direct message")
		var names []string
		for _, m := range o.slack.DMs("U0RITA") {
			for _, f := range m.Files {
				names = append(names, f.Name)
				if !strings.Contains(string(f.Content), string(g.ID)+",requested,U0RITA,") {
					t.Errorf("%s", f.Content)
				}
			}
		}
		if len(names) != 1 || !strings.HasSuffix(names[0], ".csv") {
			t.Errorf("files: %q", names)
		}
	})
}

// A freeze is announced, and the reason cannot mention people.
func TestFreezeIsAnnounced(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0ADA"}} })
		o.configure(func(c *commands.Config) { c.Announce = o.bot.Announce })
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "freeze a leak <!channel>")
		o.shows("C0ADMIN", "<@U0ADA> froze s3share: ")
		o.shows("C0ADMIN", "a leak &lt;!channel&gt;")
		time.Sleep(20 * time.Minute)
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "unfreeze all <!here> renewed")
		o.shows("C0ADMIN", "~:rotating_light: <@U0ADA> froze s3share: a leak &lt;!channel&gt;. New approvals")
		o.shows("C0ADMIN", "~ Ended by <@U0ADA> after 20 min: all &lt;!here&gt; renewed.")
	})
}

func TestZone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		d := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: o.dial})
		o.slack.EditUser("U0RITA", func(u *slacksim.User) { u.TZ = "Europe/Berlin" })
		if got := d.Zone(o.ctx, grant.Person{User: "U0RITA"}).String(); got != "Europe/Berlin" {
			t.Errorf("her zone is %s", got)
		}
		if got := d.Zone(o.ctx, grant.Person{User: "U0NOBODY"}); got != nil { // not UTC: the zone is unknown
			t.Errorf("nobody's zone is %s", got)
		}
	})
}

// People are found by their handle, their name and its first part, one by one or in a group. A
// person who cannot be looked up has no name.
func TestNamed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		d := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: o.dial})
		o.slack.EditUser("U0BOB", func(u *slacksim.User) { u.RealName = "Robert Smith" })
		o.slack.AddGroup("S0NAMED", "named", "U0BOB")
		for _, c := range []struct {
			name   string
			people grant.People
			known  bool
		}{
			{"u0rita", grant.People{Users: []string{"U0RITA", "U0BOB"}}, true},
			{"robert", grant.People{Users: []string{"U0RITA", "U0BOB"}}, true},
			{"robert smith", grant.People{Groups: []string{"S0NAMED"}}, true},
			{"smith", grant.People{Groups: []string{"S0NAMED"}}, false},
			{"nightly", grant.People{Users: []string{"U0RITA", "U0NOBODY"}}, false},
		} {
			if got := d.Named(o.ctx, c.name, c.people); got != c.known {
				t.Errorf("%s is known: %t", c.name, got)
			}
		}
	})
}
