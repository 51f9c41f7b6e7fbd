package grant

import (
	"strings"
	"testing"
	"time"
)

const (
	notApprover  = "You are not one of the people who may decide on my-shared-bucket-20932. The card says who may."
	notEnder     = "Only the person who asked, or one who may approve it, can end this grant."
	notCanceller = "Only the person who asked can cancel a request. An approver can deny it."
	unknown      = "Slack could not say who you are just now, so nothing was done. Try again in a minute."
	else_        = " Somebody else has to."
)

func TestAuthorise(t *testing.T) {
	elsewhere := func(p Person) Actor { return member(Person{"T0OTHER", p.User}) }
	var nobody Actor // the bot, or an actor whose id was lost
	for _, c := range []struct {
		kind EventKind
		who  string
		by   Actor
		want string // "": allowed
	}{
		{Approve, "an approver", member(ada), ""},
		{Approve, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{Approve, "a member of another group", member(gail, "S0SALES"), notApprover},
		{Approve, "anybody", member(otto), notApprover},
		{Approve, "the requester", member(rita), "You cannot approve your own request." + else_},
		{Approve, "the requester, from another team", elsewhere(rita), "You cannot approve your own request." + else_},
		{Approve, "the requester, in the approvers' group", member(rita, "S0PLATFORM"), "You cannot approve your own request." + else_},
		{Approve, "the beneficiary", member(bea, "S0PLATFORM"), "You cannot approve what was asked for you." + else_},
		{Approve, "the beneficiary, from another team", elsewhere(bea), "You cannot approve what was asked for you." + else_},
		{Approve, "who stood behind the principal", member(paul, "S0PLATFORM"), "You cannot approve this: test.user is yours." + else_},
		{Approve, "who stands behind it today", member(pia, "S0PLATFORM"), "You cannot approve this: test.user is yours." + else_},
		{Approve, "nobody", nobody, unknown},
		{Approve, "a member without an id", member(Person{}, "S0PLATFORM"), notApprover},

		{Deny, "an approver", member(ada), ""},
		{Deny, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{Deny, "anybody", member(otto), notApprover},
		{Deny, "the requester", member(rita), "You cannot deny your own request. `/s3share cancel 7K2M9QXA` takes it back."},
		{Deny, "the beneficiary", member(bea), "You cannot deny what was asked for you." + else_},
		{Deny, "who stood behind the principal", member(paul), "You cannot deny this: test.user is yours." + else_},
		{Deny, "nobody", nobody, unknown},

		{Cancel, "the requester", member(rita), ""},
		{Cancel, "the requester, from another team", elsewhere(rita), ""},
		{Cancel, "the beneficiary", member(bea), ""},
		{Cancel, "who stood behind the principal", member(paul), ""},
		{Cancel, "who stands behind it today", member(pia), ""},
		{Cancel, "an approver", member(ada), notCanceller},
		{Cancel, "anybody", member(otto), notCanceller},
		{Cancel, "nobody", nobody, unknown},

		{End, "the requester", member(rita), ""},
		{End, "the beneficiary", member(bea), ""},
		{End, "who stood behind the principal", member(paul), ""},
		{End, "who stands behind it today", member(pia), ""},
		{End, "an approver", member(bob), ""},
		{End, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{End, "anybody", member(otto), notEnder},
		{End, "nobody, without an outcome", nobody, unknown},
		{End, "a member without an id", member(Person{}), notEnder},

		{Extend, "an approver", member(bob), ""},
		{Extend, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{Extend, "anybody", member(otto), notApprover},
		{Extend, "the requester", member(rita), "You cannot extend your own grant." + else_},
		{Extend, "the beneficiary", member(bea), "You cannot extend what was asked for you." + else_},
		{Extend, "who stands behind the principal today", member(pia), "You cannot extend this: test.user is yours." + else_},
		{Extend, "nobody", nobody, unknown},

		{DenyExtension, "an approver", member(bob), ""},
		{DenyExtension, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{DenyExtension, "anybody", member(otto), notApprover},
		{DenyExtension, "the requester", member(rita), "You cannot refuse to extend your own grant." + else_},
		{DenyExtension, "the beneficiary", member(bea), "You cannot refuse to extend what was asked for you." + else_},
		{DenyExtension, "nobody", nobody, unknown},

		{RequestExtension, "the requester", member(rita), ""},
		{RequestExtension, "the beneficiary", member(bea), ""},
		{RequestExtension, "who stands behind the principal today", member(pia), ""},
		{RequestExtension, "an approver", member(bob), ""},
		{RequestExtension, "anybody", member(otto), "Only the person who asked, or one who may approve it, can extend this grant."},
		{RequestExtension, "nobody", nobody, unknown},

		{Narrow, "an approver", member(bob), ""},
		{Narrow, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{Narrow, "anybody", member(otto), notApprover},
		{Narrow, "the requester", member(rita), "You cannot change your own request. `/s3share cancel 7K2M9QXA` takes it back; then ask again."},
		{Narrow, "the beneficiary", member(bea), "You cannot change what was asked for you." + else_},
		{Narrow, "who stands behind the principal today", member(pia), "You cannot change this: test.user is yours." + else_},
		{Narrow, "nobody", nobody, unknown},

		{Restore, "an approver", member(bob), ""},
		{Restore, "anybody", member(otto), notApprover},
		{Restore, "the requester", member(rita), "You cannot restore your own grant." + else_},
		{Restore, "the beneficiary", member(bea), "You cannot restore what was asked for you." + else_},
		{Restore, "who stood behind the principal", member(paul), "You cannot restore this: test.user is yours." + else_},
		{Restore, "nobody, and the rule does not heal", nobody, unknown},
	} {
		if _, err := attempt(c.kind, c.by); said(err) != c.want {
			t.Errorf("%s by %s: %q; want %q", c.kind, c.who, said(err), c.want)
		}
	}
}

// attempt tries an act of a person, with today's rule and today's owners.
func attempt(k EventKind, by Actor, edits ...func(*Grant, *Action)) (Grant, error) {
	from := map[EventKind]State{Approve: Pending, Deny: Pending, Cancel: Pending, End: Active, Restore: Active, Narrow: Pending, RequestExtension: Active, Extend: Active, DenyExtension: Active}[k]
	rule, g := theRule(), in(from)
	switch k {
	case Restore:
		g = drifted(g)
	case Extend, DenyExtension:
		g = more(g, 60)
	}
	a := Action{
		Kind: k, At: noon.Add(2 * time.Hour), By: by, Rule: &rule, PrincipalOwners: []string{pia.User}, Why: "because", Term: 60,
		Revision: g.Revision, Narrow: &Narrowing{Prefix: "builds", Level: g.Level, Term: 60},
	}
	for _, edit := range edits {
		edit(&g, &a)
	}
	return g.Next(a)
}

func TestStandingIsCheckedFirst(t *testing.T) {
	want := map[Standing]string{
		Unknown:     unknown,
		Guest:       "Guests can neither ask for access nor decide on it. Ask a full member of this workspace.",
		App:         "Apps can neither ask for access nor decide on it.",
		Stranger:    "Only people of this workspace can ask for access or decide on it.",
		Deactivated: "This account is deactivated.",
		"owner":     unknown, // an unknown word
	}
	may := map[EventKind]Person{Approve: ada, Deny: ada, Cancel: rita, End: rita, Restore: ada, Narrow: ada, RequestExtension: rita, Extend: ada, DenyExtension: ada}
	for standing, sentence := range want {
		for kind, who := range may {
			if _, err := attempt(kind, Actor{Person: who, Standing: standing}); said(err) != sentence {
				t.Errorf("%s by %s, who is %q: %q; want %q", kind, who.User, standing, said(err), sentence)
			}
		}
		if err := theRules().EvaluateRequester(theRule(), in(Checking), Actor{Person: rita, Standing: standing}); said(err) != sentence {
			t.Errorf("asking, being %q: %q; want %q", standing, said(err), sentence)
		}
	}
}

func TestCurrentRuleDecides(t *testing.T) {
	none := func(_ *Grant, a *Action) { a.Rule = nil }
	departed := func(_ *Grant, a *Action) { a.Rule.Approvers = People{Users: []string{bob.User}} }
	joined := func(g *Grant, a *Action) { g.Rule.Approvers = People{Users: []string{bob.User}} }
	const uncovered = "No rule covers my-shared-bucket-20932 any more, so nobody can decide on this. The people who run s3share can tell why."
	for _, c := range []struct {
		name string
		kind EventKind
		by   Actor
		edit func(*Grant, *Action)
		want string
	}{
		{"approver since today", Approve, member(ada), joined, ""},
		{"no approver any more", Approve, member(ada), departed, notApprover},
		{"no approver any more", Deny, member(ada), departed, notApprover},
		{"no approver any more", End, member(ada), departed, notEnder},
		{"no approver any more", Extend, member(ada), departed, notApprover},
		{"no approver any more", Restore, member(ada), departed, notApprover},
		{"no approver any more", DenyExtension, member(ada), departed, notApprover},
		{"no approver any more", Narrow, member(ada), departed, notApprover},
		{"no rule any more", Approve, member(ada), none, uncovered},
		{"no rule any more", Deny, member(ada), none, uncovered},
		{"no rule any more", Extend, member(ada), none, uncovered},
		{"no rule any more", Restore, member(ada), none, uncovered},
		{"no rule any more", DenyExtension, member(ada), none, uncovered},
		{"no rule any more", Narrow, member(ada), none, uncovered},
		{"no rule any more", RequestExtension, member(rita), none, "No rule covers my-shared-bucket-20932 any more, so this grant cannot be extended. The people who run s3share can tell why."},
		{"no rule any more", End, member(ada), none, notEnder},
		{"no rule any more", End, member(rita), none, ""},
		{"no rule any more", Cancel, member(rita), none, ""},
	} {
		if _, err := attempt(c.kind, c.by, c.edit); said(err) != c.want {
			t.Errorf("%s: %s by %s: %q; want %q", c.name, c.kind, c.by.User, said(err), c.want)
		}
	}
}

func TestBotActs(t *testing.T) {
	heals := theRule()
	heals.Heal = true
	asks := theRule()
	expiry := in(Active).ExpiresAt
	for _, c := range []struct {
		name string
		g    Grant
		act  Action
		want string
	}{
		{"end a failed grant", in(Active), Action{Kind: End, Outcome: Failed, At: noon}, ""},
		{"end an expired grant", in(Active), Action{Kind: End, Outcome: Expired, At: expiry}, ""},
		{"expire a second early", in(Active), Action{Kind: End, Outcome: Expired, At: expiry.Add(-time.Second)}, unknown},
		{"revoke", in(Active), Action{Kind: End, Outcome: Revoked, At: noon}, unknown},
		{"end without an outcome", in(Active), Action{Kind: End, At: noon}, unknown},
		{"put back where the rule heals", drifted(in(Active)), Action{Kind: Restore, Rule: &heals, At: noon}, ""},
		{"put back where the rule asks approvers", drifted(in(Active)), Action{Kind: Restore, Rule: &asks, At: noon}, unknown},
		{"put back without a rule", drifted(in(Active)), Action{Kind: Restore, At: noon}, unknown},
		{"approve", in(Pending), Action{Kind: Approve, Rule: &heals, At: noon}, unknown},
		{"deny", in(Pending), Action{Kind: Deny, Rule: &heals, At: noon, Why: "no"}, unknown},
		{"extend", more(in(Active), 60), Action{Kind: Extend, Rule: &heals, At: noon.Add(time.Hour)}, unknown},
		{"extend without approval", free(60), Action{Kind: Extend, Rule: &heals, At: noon.Add(time.Hour)}, ""},
		{"deny an extension that needs no approval", free(60), Action{Kind: DenyExtension, Rule: &heals, At: noon.Add(time.Hour), Why: "no"}, unknown},
		{"extend without approval and without a request", in(Active), Action{Kind: Extend, Rule: &heals, At: noon}, notRequested},
		{"ask for more", in(Active), Action{Kind: RequestExtension, Rule: &heals, At: noon, Term: 60}, unknown},
		{"change", in(Pending), Action{Kind: Narrow, Rule: &heals, At: noon, Narrow: &Narrowing{Prefix: "builds/x", Term: 60}}, unknown},
		{"cancel", in(Pending), Action{Kind: Cancel, At: noon}, unknown},
	} {
		if _, err := c.g.Next(c.act); said(err) != c.want {
			t.Errorf("the bot may %s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

// People cannot cause the events that the loops record.
func TestPeopleCannotRecordFacts(t *testing.T) {
	for _, s := range States {
		for k := range transitions[s] {
			switch k {
			case CancelExtension, Review, Consent, Approve, Deny, Cancel, End, Restore, Narrow, RequestExtension, Extend, DenyExtension, Settle:
				continue
			}
			g, a := ready(s, k)
			a.By = member(ada)
			if _, err := g.Next(a); said(err) != "Only the bot itself can record that." {
				t.Errorf("%s of a grant that is %s, by an approver: %v", k, s, err)
			}
		}
	}
}

func TestOutcomes(t *testing.T) {
	both := theRule()
	both.Approvers.Users = append(both.Approvers.Users, rita.User)
	for _, c := range []struct {
		name string
		by   Actor
		want Outcome
	}{
		{"the requester", member(rita), Relinquished},
		{"the requester, who may approve others'", member(rita, "S0PLATFORM"), Relinquished},
		{"the beneficiary", member(bea), Relinquished},
		{"an owner of the principal today", member(pia), Relinquished},
		{"an approver", member(ada), Revoked},
		{"an approver by group", member(gail, "S0PLATFORM"), Revoked},
	} {
		claim := func(_ *Grant, a *Action) { a.Outcome = Expired } // a person cannot set the outcome
		g, err := attempt(End, c.by, claim)
		if err != nil || g.Outcome != c.want || g.History[len(g.History)-1].Outcome != c.want || g.Why != "because" {
			t.Errorf("ended by %s: %q because %q, %v; want %q", c.name, g.Outcome, g.Why, err, c.want)
		}
	}
}

func TestReasonsOfDecisions(t *testing.T) {
	const (
		missing = "A reason is missing. Say why, so that the person knows what to change."
		long    = "The reason is too long: it has 2001 characters and may have 2000. Shorten it, or link to the rest."
	)
	for _, c := range []struct {
		kind EventKind
		by   Person
		why  string
		want string
	}{
		{Deny, ada, "", missing},
		{Deny, ada, " \n\t", missing},
		{Deny, ada, strings.Repeat("ü", 2000), ""},
		{Deny, ada, strings.Repeat("ü", 2001), long},
		{Deny, ada, "no\u202ees", "The reason has a character that a reader cannot see: U+202E. Type it again without it."},
		{End, rita, "", ""},
		{End, rita, strings.Repeat("x", 2001), long},
		{End, ada, "a\x00b", "The reason has a character that a reader cannot see: U+0000. Type it again without it."},
		{RequestExtension, rita, "", ""},
		{RequestExtension, rita, strings.Repeat("x", 2001), long},
		{DenyExtension, ada, "", missing},
	} {
		if _, err := attempt(c.kind, member(c.by), func(_ *Grant, a *Action) { a.Why = c.why }); said(err) != c.want {
			t.Errorf("%s because %.20q: %q; want %q", c.kind, c.why, said(err), c.want)
		}
	}
}

func TestConcerns(t *testing.T) {
	g := in(Pending)
	for who, want := range map[Person]bool{
		rita: true, bea: true, paul: true, ada: false, otto: false, {}: false,
		{"T0OTHER", "U0RITA"}: true, {"T0TEAM", ""}: false,
	} {
		if g.Concerns(who) != want {
			t.Errorf("it concerns %v: %v", who, !want)
		}
	}
	if (Person{}).Same(Person{}) {
		t.Error("two people without ids are one")
	}
}
