package grant

import (
	"testing"
	"time"
)

func autoRule() Rule {
	rule := theRule()
	rule.Auto = []AutoRule{{Levels: []string{"read"}, MaxTerm: 2 * 60, People: People{Users: []string{rita.User}, Groups: []string{"S0BUILD"}}, PerDay: 2, WeekTotal: 5 * 60}}
	return rule
}

// before is a grant of two hours on the same bucket to the same principal,
// approved the given time ago.
func before(ago time.Duration, edits ...func(*Grant)) Grant {
	g := in(Active)
	g.ID, g.Requester, g.StartAt, g.ExpiresAt = "00000001", bea, noon.Add(-ago), noon.Add(-ago+2*time.Hour)
	g.History = []Event{{Kind: EventApprove, At: noon.Add(-ago), To: Approved}}
	for _, edit := range edits {
		edit(&g)
	}
	return g
}

func byRule(g *Grant) {
	g.Requester, g.Decisions = rita, nil
	g.History[0].Kind = EventAutoApprove
}

func TestAutoApproves(t *testing.T) {
	known := before(30 * 24 * time.Hour)
	for _, c := range []struct {
		name string
		edit func(*Rules, *Grant, *Actor)
		past []Grant
		want string // why approvers decide
	}{
		{"within the bounds", nil, []Grant{known}, ""},
		{"by group", func(_ *Rules, _ *Grant, a *Actor) { *a = member(otto, "S0BUILD") }, []Grant{known}, ""},
		{"another person", func(_ *Rules, _ *Grant, a *Actor) { *a = member(otto) }, []Grant{known}, "no auto-approval covers it"},
		{"another level", func(_ *Rules, g *Grant, _ *Actor) { g.Level.Name = "write" }, []Grant{known}, "no auto-approval covers it"},
		{"for longer", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 121 }, []Grant{known}, "no auto-approval covers it"},
		{"a rule without", func(_ *Rules, g *Grant, _ *Actor) { g.Rule.Auto = nil }, []Grant{known}, "no auto-approval covers it"},
		{"on behalf", func(_ *Rules, g *Grant, _ *Actor) { g.Beneficiary = bea }, []Grant{known}, "only a " +
			"request for oneself that starts at once is approved automatically"},
		{"for later", func(_ *Rules, g *Grant, _ *Actor) { g.StartAt = noon.Add(time.Hour) }, []Grant{known}, "only " +
			"a request for oneself that starts at once is approved automatically"},
		{"a principal without an owner", func(r *Rules, _ *Grant, _ *Actor) { r.PrincipalOwners = nil }, []Grant{known}, "the " +
			"config names nobody behind the principal"},
		{"a new bucket", nil, nil, "no approver has approved a request for this bucket yet"},
		{"a bucket that only rules have approved", nil, []Grant{before(30*24*time.Hour, byRule)}, "no approver " +
			"has approved a request for this bucket yet"},
		{"a bucket that one of two has approved", nil, []Grant{before(30*24*time.Hour, func(g *Grant) { g.State, g.StartAt, g.ExpiresAt = Denied, time.Time{}, time.Time{} })}, "no " +
			"approver has approved a request for this bucket yet"},
		{"past the week's total, in a region that was found later", func(_ *Rules, g *Grant, _ *Actor) { g.Term, g.Bucket.Region = 61, "eu-west-1" }, []Grant{known, before(24 * time.Hour), before(48 * time.Hour)}, "the " +
			"principal would exceed the limit of seven days on this bucket"},
		{"a bucket of that name in another account", func(_ *Rules, g *Grant, _ *Actor) { g.Bucket.AccountID = "333333333333" }, []Grant{known}, "no " +
			"approver has approved a request for this bucket yet"},
		{"the second of a day", nil, []Grant{known, before(3*time.Hour, byRule)}, ""},
		{"the third of a day", nil, []Grant{known, before(3*time.Hour, byRule), before(23*time.Hour, byRule)}, "the " +
			"requester has reached the limit of a day"},
		{"the third of two days", func(r *Rules, g *Grant, _ *Actor) { g.Rule.Auto[0].WeekTotal = 600 }, []Grant{known, before(3*time.Hour, byRule), before(25*time.Hour, byRule)}, ""},
		{"up to the week's total", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 60 }, []Grant{known, before(24 * time.Hour), before(48 * time.Hour)}, ""},
		{"past the week's total", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 61 }, []Grant{known, before(24 * time.Hour), before(48 * time.Hour)}, "the " +
			"principal would exceed the limit of seven days on this bucket"},
		{"past it by an extension", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 61 }, []Grant{known, before(24*time.Hour, func(g *Grant) { g.ExpiresAt = g.ExpiresAt.Add(2 * time.Hour) })}, "the " +
			"principal would exceed the limit of seven days on this bucket"},
		{"what ended early counts for less", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 61 }, []Grant{known, before(24 * time.Hour), before(48*time.Hour, func(g *Grant) {
			g.History = append(g.History, Event{Kind: EventEnd, At: g.StartAt.Add(time.Hour)})
		})}, ""},
		{"on another bucket", func(_ *Rules, g *Grant, _ *Actor) { g.Term = 120 }, []Grant{known, before(24*time.Hour, func(g *Grant) { g.Bucket.Name = "other" }), before(48*time.Hour, func(g *Grant) { g.Bucket.Name = "other" })}, ""},
	} {
		r, g, a := theRules(), in(Pending), member(rita)
		g.Rule, g.Beneficiary, g.Term, g.Bucket = autoRule(), rita, 120, known.Bucket
		if c.edit != nil {
			c.edit(&r, &g, &a)
		}
		if ok, why := r.AutoApproves(g, a, c.past, noon); why != c.want || ok != (c.want == "") {
			t.Errorf("%s: %v, %q; want %q", c.name, ok, why, c.want)
		}
	}
}

func TestAutoLife(t *testing.T) {
	rule := autoRule()
	g := must(in(Pending).Apply(AutoApprove{Rule: &rule, Why: "read for 2h"}, noon))
	if g.State != Approved || !g.ExpiresAt.Equal(noon.Add(8*time.Hour)) || len(g.Decisions) != 0 {
		t.Errorf("%s until %s by %v", g.State, g.ExpiresAt, g.Decisions)
	}
	rule.FreeExtension = 120
	if more := must(applied(g, noon).Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: 60}, noon)); more.PendingExtension.Free {
		t.Error("what no person approved is extended without one too")
	}
	plain := theRule()
	if _, err := in(Pending).Apply(AutoApprove{Rule: &plain}, noon); said(err) != "The rule for "+
		"my-shared-bucket-20932 approves nothing automatically." {
		t.Errorf("under a rule without: %v", err)
	}
}

func TestHours(t *testing.T) {
	h := Hours{Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, From: 9 * time.Hour, To: 17 * time.Hour, Zone: "UTC"}
	at := func(s string) time.Time { return must(time.Parse("2006-01-02 15:04", s)) }
	for _, c := range []struct {
		from string
		d    time.Duration
		want string
	}{
		{"2026-11-02 10:00", 2 * time.Hour, "2026-11-02 12:00"},  // a Monday
		{"2026-11-02 10:00", 7 * time.Hour, "2026-11-02 17:00"},  // up to the last minute
		{"2026-11-02 10:00", 8 * time.Hour, "2026-11-03 10:00"},  // over night
		{"2026-11-02 07:00", time.Hour, "2026-11-02 10:00"},      // before work
		{"2026-11-02 18:00", time.Hour, "2026-11-03 10:00"},      // after work
		{"2026-11-06 16:00", 2 * time.Hour, "2026-11-09 10:00"},  // over a weekend
		{"2026-11-07 12:00", time.Hour, "2026-11-09 10:00"},      // from a Saturday
		{"2026-11-02 09:00", 24 * time.Hour, "2026-11-04 17:00"}, // three days of work
	} {
		if got := h.After(at(c.from), c.d); !got.Equal(at(c.want)) {
			t.Errorf("%s of work after %s is %s; want %s", c.d, c.from, got, c.want)
		}
	}
	h.Zone = "nowhere"
	if got := h.After(at("2026-11-02 10:00"), time.Hour); !got.Equal(at("2026-11-02 11:00")) {
		t.Errorf("in a zone that nobody knows: %s", got)
	}
	rule := theRule()
	rule.Hours = &h
	g := must(theRules(func(r *Rules) { r.Rules[0] = rule }).Draft("7K2M9QXA", theDraft(), 0, noon))
	if !g.LapsesAt.Equal(at("2026-11-05 12:00")) {
		t.Errorf("asked on Monday at noon, it lapses at %s", g.LapsesAt)
	}
}
