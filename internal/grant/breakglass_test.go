package grant

import (
	"testing"
	"time"
)

// glass adds break-glass for Paul, the owner of the principal, to the rule.
func glass(r *Rules) {
	r.Rules[0].BreakGlass = &BreakGlass{People: People{Users: []string{paul.User, rita.User}}, MaxTerm: 60, PerDay: 2}
}

func breakGlassDraft() Draft {
	d := theDraft()
	d.Requester, d.Beneficiary, d.Term, d.BreakGlass = paul, Person{}, "1h", true
	return d
}

func TestBreakGlassRequest(t *testing.T) {
	for _, c := range []struct {
		name string
		rule func(*Rules)
		edit func(*Draft)
		want string
	}{
		{"by one whose principal it is", glass, func(*Draft) {}, ""},
		{"where the rule has none", func(*Rules) {}, func(*Draft) {}, "my-shared-bucket-20932 can't be opened " +
			"with break-glass: its rule does not allow it. `/s3share request` submits an ordinary request."},
		{"for longer", glass, func(d *Draft) { d.Term = "61m" }, "1h1m is longer than the limit of 1h for " +
			"break-glass on my-shared-bucket-20932. Request 1h or less."},
		{"for somebody else", glass, func(d *Draft) { d.Beneficiary = bea }, "Break-glass is only for yourself, " +
			"and this names another person."},
		{"for later", glass, func(d *Draft) { d.Start = noon.Add(time.Hour) }, "Break-glass opens access at " +
			"once, and this names a start."},
		{"for somebody else's principal", glass, func(d *Draft) { d.Requester = rita }, "Break-glass is only for " +
			"your own user or role, and test.user is not listed as yours. Ask the operators of s3share to list it " +
			"under `people` in the config."},
		{"without a reason", glass, func(d *Draft) { d.Reason = "" }, "A reason is missing. Say what the access " +
			"is for, after the duration."},
		{"at a level that the rule does not share", glass, func(d *Draft) { d.Level = "full" }, "my-shared-bucket-20932 " +
			"can't be shared at the level full. Choose read or write."},
	} {
		d := breakGlassDraft()
		c.edit(&d)
		g, err := theRules(c.rule).Draft("7K2M9QXA", d, 0, noon)
		if said(err) != c.want || err == nil && !g.BreakGlass {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
	r := theRules(glass)
	g := must(r.Draft("7K2M9QXA", breakGlassDraft(), 0, noon))
	if err := r.EvaluateRequester(g.Rule, g, member(paul)); err != nil {
		t.Errorf("one who is listed: %v", err)
	}
	g.Rule.BreakGlass = &BreakGlass{People: People{Users: []string{ada.User}}}
	if err := r.EvaluateRequester(g.Rule, g, member(paul)); said(err) != "You may not open "+
		"my-shared-bucket-20932 with break-glass. `/s3share request` submits an ordinary request." {
		t.Errorf("one who is not: %v", err)
	}
}

func TestBreakGlassHistory(t *testing.T) {
	r := theRules(glass)
	g := must(r.Draft("7K2M9QXA", breakGlassDraft(), 0, noon))
	earlier := func(ago time.Duration, reviewed bool) Grant {
		p := in(Ended)
		p.ID, p.Requester, p.AskedAt = "00000001", paul, noon.Add(-ago)
		p = broken(p)
		if reviewed {
			p.History = append(p.History, Event{Kind: EventReview})
		}
		return p
	}
	const open = "Your last break-glass, 00000001, is not reviewed yet. Ask an approver to close its review, or " +
		"submit an ordinary request."
	for _, c := range []struct {
		name string
		past []Grant
		want string
	}{
		{"the first", nil, ""},
		{"the second", []Grant{earlier(time.Hour, true)}, ""},
		{"the third in a day", []Grant{earlier(time.Hour, true), earlier(23*time.Hour, true)}, "You have used " +
			"break-glass 2 times in 24 hours, which is the rule's limit. `/s3share request` submits an ordinary " +
			"request."},
		{"the third in two days", []Grant{earlier(time.Hour, true), earlier(24*time.Hour, true)}, ""},
		{"while a review is open", []Grant{earlier(time.Hour, false)}, open},
		{"while a review is open for a month", []Grant{earlier(30*24*time.Hour, false)}, open},
		{"after an ordinary request", []Grant{in(Ended)}, ""},
	} {
		if err := r.EvaluateBreakGlassHistory(g, c.past, noon); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

// The bot opens it at once by the rule. Reminders follow, also after its end,
// until an approver outside the grant has reviewed it.
func TestBreakGlassLife(t *testing.T) {
	r := theRules(glass)
	g := must(r.Draft("7K2M9QXA", breakGlassDraft(), 0, noon))
	rule := g.Rule
	g = must(g.Apply(Check{Rule: &rule}, noon))
	for name, c := range map[string]struct {
		act  Action
		want string
	}{
		"without a rule": {OpenBreakGlass{}, "The rule for my-shared-bucket-20932 approves nothing " +
			"automatically."},
		"as auto-approved": {AutoApprove{Rule: &rule}, "The rule for my-shared-bucket-20932 approves nothing " +
			"automatically."},
	} {
		if _, err := g.Apply(c.act, noon); said(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ordinary := in(Pending)
	if _, err := ordinary.Apply(OpenBreakGlass{Rule: &rule}, time.Time{}); err == nil {
		t.Error("an ordinary request is opened by break-glass")
	}
	g = must(g.Apply(OpenBreakGlass{Rule: &rule}, noon))
	if g.State != Approved || !g.ExpiresAt.Equal(noon.Add(time.Hour)) || !g.NeedsReview() {
		t.Fatalf("%s until %s", g.State, g.ExpiresAt)
	}
	open := applied(g, noon.Add(time.Minute))
	if _, err := open.Apply(RequestExtension{By: member(paul), Today: Today{Rule: &rule}, Term: 30}, noon.Add(time.Minute)); said(err) != "Break-glass "+
		"access can't be extended. Submit an ordinary request." {
		t.Errorf("extended: %v", err)
	}
	for _, g := range []Grant{g, open} {
		if at := wakeOf(g, TimerWorker); at.After(g.ExpiresAt) {
			t.Errorf("%s, and its end comes at %s", g.State, at)
		}
		if _, err := g.Apply(Review{By: member(ada), Today: Today{Rule: &rule}, Why: "all fine"}, noon.Add(time.Minute)); said(err) != "Access "+
			"has not ended, so its review can't be closed yet. End it first, or wait until 2026-11-02 13:00 UTC." {
			t.Errorf("reviewed while it is %s: %v", g.State, err)
		}
	}
	ended := must(open.Apply(End{By: member(ada), Today: Today{Rule: &rule}}, noon.Add(2*time.Minute)))
	if _, err := ended.Apply(Review{By: member(ada), Today: Today{Rule: &rule}, Why: "all fine"}, noon.Add(3*time.Minute)); err != nil {
		t.Errorf("reviewed once it was ended: %v", err)
	}
	over, _ := ApplyTimers(open, noon.Add(time.Hour))
	over = must(over.Half(OwnerHalf).RecordAbsent(noon.Add(time.Hour)))
	over = must(over.Half(GranteeHalf).RecordAbsent(noon.Add(time.Hour)))
	if over.State != Ended || !wakeOf(over, TimerWorker).Equal(noon.Add(24*time.Hour)) {
		t.Errorf("%s, and approvers are reminded at %s", over.State, wakeOf(over, TimerWorker))
	}
	reminded, ok := ApplyTimers(over, noon.Add(24*time.Hour))
	if !ok || reminded.Last(EventRemindReview) == nil || !wakeOf(reminded, TimerWorker).Equal(noon.Add(48*time.Hour)) {
		t.Errorf("a day later: %v, and next at %s", kinds(reminded), wakeOf(reminded, TimerWorker))
	}
	for _, c := range []struct {
		name string
		by   Actor
		why  string
		want string
	}{
		{"an approver", member(ada), "looked at the trail: as said", ""},
		{"an approver, without a word", member(ada), " ", "A reason is missing. Say what you found."},
		{"the one who broke it", member(paul), "all fine", "You can't review your own access. Ask another approver."},
		{"anybody", member(otto), "all fine", notApprover},
		{"the bot", Actor{}, "all fine", unknown},
	} {
		a := Review{By: c.by, Today: Today{Rule: &rule}, Why: c.why}
		next, err := over.Apply(a, noon)
		if said(err) != c.want {
			t.Errorf("reviewed by %s: %q; want %q", c.name, said(err), c.want)
		}
		if err == nil {
			if !wakeOf(next, TimerWorker).IsZero() {
				t.Error("approvers are reminded of what was reviewed")
			}
			if _, err := next.Apply(a, noon); said(err) != "There is nothing to review: this is not break-glass, "+
				"or its review is closed." {
				t.Errorf("a second review: %v", err)
			}
		}
	}
}
