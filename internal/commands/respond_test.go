package commands

import (
	"context"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func TestFreeze(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	var told []string
	o.configure(func(c *Config) {
		c.Announce = func(_ context.Context, by grant.Person, did, why string) {
			told = append(told, by.User+" "+did+" "+why)
		}
	})
	waits := o.pending()
	for _, c := range []struct{ by, text, want string }{
		{"UADA", "freeze", "Say why everything is to be frozen."},
		{"UADA", "freeze a leak", "Only the responders may do that. The people who run s3share list them in its config, under responders."},
		{"UGUEST", "freeze a leak", "Guests can neither"},
		{"UAUDIT", "unfreeze", "Nothing is frozen."},
		{"UAUDIT", "freeze a leak", "Frozen: nothing is approved, and nothing is added in AWS."},
		{"UAUDIT", "freeze again", "Everything is frozen already."},
		{"URITA", "request my-bucket/builds read build/other.user 8h nightly", "then it goes to the approvers. `/s3share show"},
		{"UTEST", "request my-bucket/builds read build/other.user 8h nightly", " Everything is frozen for now (a leak), so nobody can approve it until that ends."},
		{"UADA", "approve " + waits, "Everything is frozen: a leak. Do that again once it is unfrozen."},
		{"UADA", "change and approve " + waits, "Everything is frozen: a leak."},
		{"UADA", "unfreeze", "Only the responders may do that."},
		{"UAUDIT", "unfreeze", "Unfrozen: what was approved goes on."},
		{"UADA", "approve " + waits, "It is being applied"},
	} {
		got := ""
		if _, ofCard := strings.CutPrefix(c.text, "change and approve "); ofCard {
			got = o.narrow(c.by, waits, o.get(waits).Revision, Smaller{Term: "1h", Approve: true})
		} else {
			got = o.say(by(c.by), c.text)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.by, c.text, got, c.want)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], "UAUDIT has frozen everything") || !strings.HasSuffix(told[0], "a leak") {
		t.Errorf("the channel is told %q", told)
	}
	if f, err := store.Frozen(context.Background(), o.config.Store); f != nil || err != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFreezeRefusesExtensions(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	id := o.active()
	o.say(by("UAUDIT"), "freeze a leak")
	holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "Everything is frozen: a leak. Do that again once it is unfrozen.")
	holds(t, o.say(by("URITA"), "end "+id), "is over") // removals continue
}

func TestEndAll(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 })
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	var open []string
	for range 3 {
		open = append(open, o.active())
	}
	waits := o.pending()
	for _, c := range []struct{ by, text, want string }{
		{"UAUDIT", "end-all", "End what, and why? `/s3share end-all <bucket[/prefix]|principal|@person|everything> [now] <reason>`."},
		{"UAUDIT", "end-all everything", "End what, and why?"},
		{"UADA", "end-all everything a leak", "Only the responders may do that."},
		{"UAUDIT", "end-all my-other a leak", "No grant of s3://my-other/ is open."}, // a rule covers it
		{"UAUDIT", "end-all my-bucket/secrets a leak", "No grant of s3://my-bucket/secrets/ is open."},
		{"UAUDIT", "end-all build/role/test.user a leak", "I know no role build/role/test.user: no grant names it."},
		{"UAUDIT", "end-all build/tset.user: a leak", "I know no user build/tset.user: no grant names it."},
		{"UAUDIT", "end-all other-bucket a leak", "I know no bucket called other-bucket: no rule covers it, and no grant names it."},
		{"UAUDIT", "end-all csv a leak", "I know no bucket called csv: no rule covers it, and no grant names it."},
		{"UAUDIT", "end-all <@UEVE> a leak", "No grant of " + PersonMark + " is open."},
		{"UAUDIT", "end-all " + open[0] + ": a leak", "Over: one grant of `" + open[0] + "`. Both halves are being removed; everybody concerned"},
		// the owner of the principal
		{"UAUDIT", "end-all <@UTEST> now a leak", "Over: 2 grants of " + PersonMark + "."},
		{"UAUDIT", "end-all everything, a leak", "No grant is open. One request of it still waits for a decision: `/s3share freeze <reason>` keeps it from being approved."},
	} {
		if got := o.say(by(c.by), c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.by, c.text, got, c.want)
		}
	}
	for _, id := range open {
		if g := o.get(id); g.State != grant.Ending || g.Outcome != grant.Revoked || g.Why != "a leak" {
			t.Errorf("%s is %s, %s: %s", id, g.State, g.Outcome, g.Why)
		}
	}
	if g := o.get(waits); g.State != grant.Pending {
		t.Errorf("a request that waits is %s", g.State)
	}
}

// An unclear start is refused; access does not open at once instead.
func TestUnclearStarts(t *testing.T) {
	for _, text := range []string{
		"from tomorrow on", "from monday", "from tomorrow 24 nightly", "from tomorrow morning nightly", "from 9 nightly", "from 25:00 nightly",
		"from 9.30 nightly", "from 9h nightly", "from 9-17 nightly", "from 12/24 nightly", "from 2026-13-01 09:00 nightly", "from 2026-12-01 nightly",
		"from 13 pm nightly", "from tomorrow 13 pm nightly", "from next monday 09:00 nightly", "from 930pm nightly", "from 2026-12-01T9 nightly",
		"from 'tomorrow 09:00' nightly", "from '9 tomorrow' nightly", "from tomorrow 9x nightly",
	} {
		o := newOffice(t, 1)
		got := o.say(by("URITA"), "request my-bucket/builds read build/test.user 8h "+text)
		if !strings.HasPrefix(got, "It is not clear when that is to begin: ") || len(o.all()) != 0 {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestOnBehalf(t *testing.T) {
	o := newOffice(t, 1)
	holds(t, o.say(by("URITA"), "request my-bucket/builds read build/test.user 8h for <@UEVE> from tomorrow 09:00 nightly build"), "I am asking the person it is for to confirm it")
	g := o.all()[0]
	if g.Beneficiary.User != "UEVE" || g.Reason != "nightly build" || !g.StartAt.Equal(noon.Add(21*time.Hour)) || !g.NeedsConsent() {
		t.Errorf("for %s from %s: %q", g.Beneficiary.User, g.StartAt, g.Reason)
	}
	consent := func(who string) string {
		a, err := o.Decisions.Consent(context.Background(), by(who), g.ID)
		if err != nil {
			return err.Error()
		}
		return a.Text
	}
	holds(t, consent("URITA"), "Only the person it is for can confirm that.")
	holds(t, consent("UEVE"), "Thank you.")
	holds(t, consent("UEVE"), "You have confirmed this already.")
	holds(t, o.say(by("UEVE"), "cancel "+string(g.ID)), "Cancelled")
}

func TestBreakGlass(t *testing.T) {
	o := newOffice(t, 1)
	const text = "break-glass my-bucket/builds read build/test.user 1h prod is down"
	holds(t, o.say(by("UTEST"), "break-glass my-bucket"), "Something is missing.")
	holds(t, o.say(by("UTEST"), text), "my-bucket cannot be opened by break-glass: its rule has none.")
	o.configure(func(c *Config) {
		c.Rules.Rules[0].BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"UTEST"}}, MaxTerm: 60, PerDay: 1}
	})
	holds(t, o.say(by("URITA"), text), "Break-glass is only for a principal that is listed as yours, and test.user is not.")
	o.configure(func(c *Config) { c.Rules.Rules[0].BreakGlass.People.Users = []string{"UADA"} })
	holds(t, o.say(by("UTEST"), text), "You are not one of those who may open my-bucket by break-glass.")
	o.configure(func(c *Config) { c.Rules.Rules[0].BreakGlass.People.Users = []string{"UTEST"} })
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	o.say(by("UAUDIT"), "freeze a leak")
	holds(t, o.say(by("UTEST"), text), "Everything is frozen: a leak. Do that again once it is unfrozen.")
	o.say(by("UAUDIT"), "unfreeze")
	const opens = "break-glass my-bucket/builds read build/test.user 1h "
	holds(t, o.say(by("UTEST"), opens+"for <@URITA> prod is down"), "Break-glass is for yourself only, and never on behalf of somebody else.")
	holds(t, o.say(by("UTEST"), opens+"from tomorrow 09:00 prod is down"), "Break-glass is for now, and not for later.")
	if a, err := o.Command(context.Background(), by("UTEST"), opens+"from what I see prod is down"); err != nil || a.Confirm == nil || a.Confirm.Draft.Reason != "from what I see prod is down" {
		t.Errorf("a reason that begins like a start: %+v, %v", a, err)
	}
	c := by("UTEST", "view:1")
	a, err := o.Command(context.Background(), c, text)
	if err != nil || a.Confirm == nil || a.Confirm.Grant.Bucket.Name != "my-bucket" || len(o.all()) != 0 {
		t.Fatalf("to be confirmed: %+v, %v; %d are stored", a, err, len(o.all()))
	}
	draft := a.Confirm.Draft
	confirm := func(c Invocation) string {
		a, err := o.Requests.BreakGlass(context.Background(), c, draft)
		return reply(a, err)
	}
	holds(t, confirm(by("URITA")), "Break-glass is only for a principal that is listed as yours, and test.user is not.")
	holds(t, confirm(c), "it opens as soon as AWS has been asked, the admin channel is told, and an approver reviews it afterwards.")
	holds(t, confirm(c), "it opens as soon as AWS has been asked") // from the record
	holds(t, confirm(by("UTEST", "view:2")), "has not been reviewed yet.")
	id := string(o.all()[0].ID)
	holds(t, o.say(by("UTEST"), text), "Your last break-glass, "+id+", has not been reviewed yet.")
	o.keep(id, func(g grant.Grant) grant.Grant {
		rule := g.Rule
		for _, a := range []grant.Action{{Kind: grant.Check, At: noon, Rule: &rule}, {Kind: grant.OpenBreakGlass, At: noon, Rule: &rule}} {
			next, err := g.Next(a)
			if err != nil {
				t.Fatal(err)
			}
			g = next
		}
		return g
	})
	holds(t, o.say(by("UADA"), "review "+id+" fine"), "The access is still open, so its review cannot be closed yet. End it first, or wait until")
	if no := o.Prechecks.CanReview(context.Background(), by("UADA"), grant.ID(id), "fine"); no == nil {
		t.Error("its form would be filled in for nothing")
	}
	holds(t, o.say(by("UTEST"), "end "+id), "is over")
	holds(t, o.say(by("UADA"), "review "+id), "A reason is missing. Say what you found.")
	holds(t, o.say(by("UTEST"), "review "+id+" fine"), "You cannot review your own grant.")
	holds(t, o.say(by("UEVE"), "review "+id+" fine"), "You are not one of the people who may decide")
	holds(t, o.say(by("UADA"), "review "+id+" fine"), "The review of `"+id+"` is closed.")
	holds(t, o.say(by("UADA"), "review "+id+" fine"), "There is nothing to review")
	holds(t, o.say(by("UTEST"), text), "You have used break-glass 1 times in 24 hours")
}
