package grant

import (
	"strings"
	"testing"
	"time"
)

const (
	notApprover  = "You are not an approver of my-shared-bucket-20932. The card names the approvers."
	notEnder     = "Only the requester, an approver or a responder can end this access."
	notCanceller = "Only the requester can cancel a request. An approver can deny it."
	unknown      = "Nothing was done: Slack couldn't confirm who you are. Try again in a minute."
	else_        = " Ask another approver."
	cancels      = " `/s3share cancel 7K2M9QXA` cancels it."
	anew         = " `/s3share cancel 7K2M9QXA` cancels it; then submit a new one."
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
		{EventApprove, "an approver", member(ada), ""},
		{EventApprove, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventApprove, "a member of another group", member(gail, "S0SALES"), notApprover},
		{EventApprove, "anybody", member(otto), notApprover},
		{EventApprove, "the requester", member(rita), "You can't approve your own request." + else_},
		{EventApprove, "the requester, from another team", elsewhere(rita), "You can't approve your own " +
			"request." + else_},
		{EventApprove, "the requester, in the approvers' group", member(rita, "S0PLATFORM"), "You can't " +
			"approve your own request." + else_},
		{EventApprove, "the beneficiary", member(bea, "S0PLATFORM"), "You can't approve this request: it is for you." + else_},
		{EventApprove, "the beneficiary, from another team", elsewhere(bea), "You can't approve this request: it is for you." + else_},
		{EventApprove, "who stood behind the principal", member(paul, "S0PLATFORM"), "You can't approve this request: test.user is yours." + else_},
		{EventApprove, "who stands behind it today", member(pia, "S0PLATFORM"), "You can't approve this request: test.user is yours." + else_},
		{EventApprove, "nobody", nobody, unknown},
		{EventApprove, "a member without an id", member(Person{}, "S0PLATFORM"), notApprover},

		{EventDeny, "an approver", member(ada), ""},
		{EventDeny, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventDeny, "anybody", member(otto), notApprover},
		{EventDeny, "the requester", member(rita), "You can't deny your own request. `/s3share cancel 7K2M9QXA` " +
			"cancels it."},
		{EventDeny, "the beneficiary", member(bea), "You can't deny this request: it is for you." + cancels},
		{EventDeny, "who stood behind the principal", member(paul), "You can't deny this request: test.user is yours." + cancels},
		{EventDeny, "nobody", nobody, unknown},

		{EventCancel, "the requester", member(rita), ""},
		{EventCancel, "the requester, from another team", elsewhere(rita), ""},
		{EventCancel, "the beneficiary", member(bea), ""},
		{EventCancel, "who stood behind the principal", member(paul), ""},
		{EventCancel, "who stands behind it today", member(pia), ""},
		{EventCancel, "an approver", member(ada), notCanceller},
		{EventCancel, "anybody", member(otto), notCanceller},
		{EventCancel, "nobody", nobody, unknown},

		{EventEnd, "the requester", member(rita), ""},
		{EventEnd, "the beneficiary", member(bea), ""},
		{EventEnd, "who stood behind the principal", member(paul), ""},
		{EventEnd, "who stands behind it today", member(pia), ""},
		{EventEnd, "an approver", member(bob), ""},
		{EventEnd, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventEnd, "anybody", member(otto), notEnder},
		{EventEnd, "nobody, without an outcome", nobody, unknown},
		{EventEnd, "a member without an id", member(Person{}), notEnder},

		{EventExtend, "an approver", member(bob), ""},
		{EventExtend, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventExtend, "anybody", member(otto), notApprover},
		{EventExtend, "the requester", member(rita), "You can't approve the extension of your own access." + else_},
		{EventExtend, "the beneficiary", member(bea), "You can't approve the extension of this access: it is for you." + else_},
		{EventExtend, "who stands behind the principal today", member(pia), "You can't approve the extension of this access: test.user is yours." + else_},
		{EventExtend, "nobody", nobody, unknown},

		{EventDenyExtension, "an approver", member(bob), ""},
		{EventDenyExtension, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventDenyExtension, "anybody", member(otto), notApprover},
		{EventDenyExtension, "the requester", member(rita), "You can't deny the extension of your own access." + cancels},
		{EventDenyExtension, "the beneficiary", member(bea), "You can't deny the extension of this access: it is for you." + cancels},
		{EventDenyExtension, "nobody", nobody, unknown},

		{EventRequestExtension, "the requester", member(rita), ""},
		{EventRequestExtension, "the beneficiary", member(bea), ""},
		{EventRequestExtension, "who stands behind the principal today", member(pia), ""},
		{EventRequestExtension, "an approver", member(bob), ""},
		{EventRequestExtension, "anybody", member(otto), "Only the requester or an approver can extend this " +
			"access."},
		{EventRequestExtension, "nobody", nobody, unknown},

		{EventNarrow, "an approver", member(bob), ""},
		{EventNarrow, "an approver by group", member(gail, "S0PLATFORM"), ""},
		{EventNarrow, "anybody", member(otto), notApprover},
		{EventNarrow, "the requester", member(rita), "You can't change your own request. `/s3share cancel " +
			"7K2M9QXA` cancels it; then submit a new one."},
		{EventNarrow, "the beneficiary", member(bea), "You can't change this request: it is for you." + anew},
		{EventNarrow, "who stands behind the principal today", member(pia), "You can't change this request: test.user is yours." + anew},
		{EventNarrow, "nobody", nobody, unknown},

		{EventRestore, "an approver", member(bob), ""},
		{EventRestore, "anybody", member(otto), notApprover},
		{EventRestore, "the requester", member(rita), "You can't restore your own access." + else_},
		{EventRestore, "the beneficiary", member(bea), "You can't restore this access: it is for you." + else_},
		{EventRestore, "who stood behind the principal", member(paul), "You can't restore this access: test.user is yours." + else_},
		{EventRestore, "nobody, and the rule does not heal", nobody, unknown},
	} {
		if _, err := attempt(c.kind, c.by); said(err) != c.want {
			t.Errorf("%s by %s: %q; want %q", c.kind, c.who, said(err), c.want)
		}
	}
}

// attempt tries an act of a person, with today's rule and today's owners.
func attempt(k EventKind, by Actor, edits ...func(*Grant, *facts)) (Grant, error) {
	from := map[EventKind]State{EventApprove: Pending, EventDeny: Pending, EventCancel: Pending, EventEnd: Active, EventRestore: Active, EventNarrow: Pending, EventRequestExtension: Active, EventExtend: Active, EventDenyExtension: Active}[k]
	rule, g := theRule(), in(from)
	switch k {
	case EventRestore:
		g = drifted(g)
	case EventExtend, EventDenyExtension:
		g = more(g, 60)
	}
	a := facts{
		at: noon.Add(2 * time.Hour), by: by, Today: Today{&rule, []string{pia.User}}, why: "because", term: 60,
		revision: g.Revision, to: Narrowing{Prefix: "builds", Level: g.Level, Term: 60},
	}
	for _, edit := range edits {
		edit(&g, &a)
	}
	return g.Apply(a.byPerson(k), a.at)
}

func TestStandingIsCheckedFirst(t *testing.T) {
	want := map[Standing]string{
		Unknown:     unknown,
		Guest:       "Guests can't request or approve access. Ask a full member of this workspace.",
		App:         "Apps can't request or approve access.",
		Stranger:    "Only members of this workspace can request or approve access.",
		Deactivated: "This Slack account is deactivated.",
		"owner":     unknown, // an unknown word
	}
	may := map[EventKind]Person{EventApprove: ada, EventDeny: ada, EventCancel: rita, EventEnd: rita, EventRestore: ada, EventNarrow: ada, EventRequestExtension: rita, EventExtend: ada, EventDenyExtension: ada}
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
	none := func(_ *Grant, a *facts) { a.Rule = nil }
	departed := func(_ *Grant, a *facts) { a.Rule.Approvers = People{Users: []string{bob.User}} }
	joined := func(g *Grant, a *facts) { g.Rule.Approvers = People{Users: []string{bob.User}} }
	const uncovered = "No rule covers my-shared-bucket-20932 any more, so this can't be decided. Ask the operators " +
		"of s3share."
	for _, c := range []struct {
		name string
		kind EventKind
		by   Actor
		edit func(*Grant, *facts)
		want string
	}{
		{"approver since today", EventApprove, member(ada), joined, ""},
		{"no approver any more", EventApprove, member(ada), departed, notApprover},
		{"no approver any more", EventDeny, member(ada), departed, notApprover},
		{"no approver any more", EventEnd, member(ada), departed, notEnder},
		{"no approver any more", EventExtend, member(ada), departed, notApprover},
		{"no approver any more", EventRestore, member(ada), departed, notApprover},
		{"no approver any more", EventDenyExtension, member(ada), departed, notApprover},
		{"no approver any more", EventNarrow, member(ada), departed, notApprover},
		{"no rule any more", EventApprove, member(ada), none, uncovered},
		{"no rule any more", EventDeny, member(ada), none, uncovered},
		{"no rule any more", EventExtend, member(ada), none, uncovered},
		{"no rule any more", EventRestore, member(ada), none, uncovered},
		{"no rule any more", EventDenyExtension, member(ada), none, uncovered},
		{"no rule any more", EventNarrow, member(ada), none, uncovered},
		{"no rule any more", EventRequestExtension, member(rita), none, "No rule covers my-shared-bucket-20932 " +
			"any more, so this access can't be extended. Ask the operators of s3share."},
		{"no rule any more", EventEnd, member(ada), none, notEnder},
		{"no rule any more", EventEnd, member(rita), none, ""},
		{"no rule any more", EventCancel, member(rita), none, ""},
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
	const byPeople = "The rule for my-shared-bucket-20932 does not restore access automatically."
	for _, c := range []struct {
		name string
		g    Grant
		act  Action
		at   time.Time
		want string
	}{
		{"end a failed grant", in(Active), Fail{}, noon, ""},
		{"end an expired grant", in(Active), Expire{}, expiry, ""},
		{"expire a second early", in(Active), Expire{}, expiry.Add(-time.Second), "This grant has not expired yet."},
		{"end as a person", in(Active), End{}, noon, unknown},
		{"put back where the rule heals", drifted(in(Active)), Heal{Rule: &heals}, noon, ""},
		{"put back where the rule asks approvers", drifted(in(Active)), Heal{Rule: &asks}, noon, byPeople},
		{"put back without a rule", drifted(in(Active)), Heal{}, noon, byPeople},
		{"put back as a person", drifted(in(Active)), Restore{Today: Today{Rule: &heals}}, noon, unknown},
		{"approve", in(Pending), Approve{Today: Today{Rule: &heals}}, noon, unknown},
		{"deny", in(Pending), Deny{Today: Today{Rule: &heals}, Why: "no"}, noon, unknown},
		{"extend as a person", free(60), Extend{Today: Today{Rule: &heals}, Revision: 1}, noon.Add(time.Hour), unknown},
		{"extend", more(in(Active), 60), ExtendFree{Rule: &heals}, noon.Add(time.Hour), "This extension needs an approval."},
		{"extend without a rule", free(60), ExtendFree{}, noon.Add(time.Hour), "This extension needs an approval."},
		{"extend without approval", free(60), ExtendFree{Rule: &heals}, noon.Add(time.Hour), ""},
		{"deny an extension that needs no approval", free(60), DenyExtension{Today: Today{Rule: &heals}, Why: "no"}, noon.Add(time.Hour), unknown},
		{"extend without approval and without a request", in(Active), ExtendFree{Rule: &heals}, noon, notRequested},
		{"ask for more", in(Active), RequestExtension{Today: Today{Rule: &heals}, Term: 60}, noon, unknown},
		{"change", in(Pending), Narrow{Today: Today{Rule: &heals}, To: Narrowing{Prefix: "builds/x", Term: 60}}, noon, unknown},
		{"cancel", in(Pending), Cancel{}, noon, unknown},
	} {
		if _, err := c.g.Apply(c.act, c.at); said(err) != c.want {
			t.Errorf("the bot may %s: %q; want %q", c.name, said(err), c.want)
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
		g, err := attempt(EventEnd, c.by)
		if err != nil || g.Outcome != c.want || g.History[len(g.History)-1].Outcome != c.want || g.Why != "because" {
			t.Errorf("ended by %s: %q because %q, %v; want %q", c.name, g.Outcome, g.Why, err, c.want)
		}
	}
}

func TestReasonsOfDecisions(t *testing.T) {
	const (
		missing = "A reason is missing. Say why, so that the requester knows what to change."
		long    = "The reason has 2001 characters, and the limit is 2000. Shorten it, or link to the rest."
	)
	for _, c := range []struct {
		kind EventKind
		by   Person
		why  string
		want string
	}{
		{EventDeny, ada, "", missing},
		{EventDeny, ada, " \n\t", missing},
		{EventDeny, ada, strings.Repeat("ü", 2000), ""},
		{EventDeny, ada, strings.Repeat("ü", 2001), long},
		{EventDeny, ada, "no\u202ees", "The reason has an invisible character: U+202E. Type it again without it."},
		{EventEnd, rita, "", ""},
		{EventEnd, rita, strings.Repeat("x", 2001), long},
		{EventEnd, ada, "a\x00b", "The reason has an invisible character: U+0000. Type it again without it."},
		{EventRequestExtension, rita, "", ""},
		{EventRequestExtension, rita, strings.Repeat("x", 2001), long},
		{EventDenyExtension, ada, "", missing},
	} {
		if _, err := attempt(c.kind, member(c.by), func(_ *Grant, a *facts) { a.why = c.why }); said(err) != c.want {
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
