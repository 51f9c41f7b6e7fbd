package grant

import (
	"slices"
	"testing"
	"time"
)

// A yes is one approval click: the approver, and the revision that the card
// showed.
type yes struct {
	by       Actor
	revision int
	want     string // the answer to the approver; "": it counts
}

func TestQuorum(t *testing.T) {
	const second = "You already approved this; 1 more approval is needed."
	stale := "This request has changed since that card was posted. Decide on the current card."
	two := func(r *Rule) { r.Approvals = 2 }
	three := func(r *Rule) { r.Approvals = 3 }
	byLevel := func(r *Rule) { r.Approvals, r.LevelApproval = 3, map[string]int{"read": 1, "full": 2} }
	none := func(r *Rule) { r.Approvals, r.LevelApproval = 0, map[string]int{"read": -1} }
	for _, c := range []struct {
		name  string
		rule  func(*Rule)
		yeses []yes
		want  State
		left  int // missing approvals
	}{
		{"one of one", func(*Rule) {}, []yes{{member(ada), 0, ""}}, Approved, 0},
		{"one of two", two, []yes{{member(ada), 0, ""}}, Pending, 1},
		{"two of two", two, []yes{{member(ada), 0, ""}, {member(bob), 0, ""}}, Approved, 0},
		{"two of three", three, []yes{{member(ada), 0, ""}, {member(bob), 0, ""}}, Pending, 1},
		{"three, one by group", three, []yes{{member(ada), 0, ""}, {member(bob), 0, ""}, {member(gail, "S0PLATFORM"), 0, ""}}, Approved, 0},
		{"the same person twice", two, []yes{{member(ada), 0, ""}, {member(ada), 0, second}}, Pending, 1},
		{"the same person, from another team", two, []yes{{member(ada), 0, ""}, {member(Person{"T0OTHER", ada.User}), 0, second}}, Pending, 1},
		{"the same person of three", three, []yes{{member(ada), 0, ""}, {member(ada), 0, "You " +
			"already approved this; 2 more approvals are needed."}}, Pending, 2},
		{"the requester as the second approver", two, []yes{{member(ada), 0, ""}, {member(rita, "S0PLATFORM"), 0, "You " +
			"can't approve your own request. Ask another approver."}}, Pending, 1},
		{"by level", byLevel, []yes{{member(ada), 0, ""}}, Approved, 0},
		{"never fewer than one", none, []yes{{member(ada), 0, ""}}, Approved, 0},
		{"an older card", func(*Rule) {}, []yes{{member(ada), -1, stale}}, Pending, 1},
		{"a card from the future", func(*Rule) {}, []yes{{member(ada), 1, stale}}, Pending, 1},
	} {
		rule := theRule()
		c.rule(&rule)
		g := in(Pending)
		g.Rule = rule
		for i, y := range c.yeses {
			next, err := g.Apply(Approve{By: y.by, Today: Today{Rule: &rule}, Revision: y.revision, Others: stillThere()}, noon.Add(time.Duration(i)*time.Minute))
			if said(err) != y.want {
				t.Errorf("%s: click %d: %q; want %q", c.name, i+1, said(err), y.want)
			}
			g = next
		}
		if g.State != c.want || g.Missing() != c.left {
			t.Errorf("%s: %s, %d missing; want %s, %d", c.name, g.State, g.Missing(), c.want, c.left)
		}
		if g.State == Pending && (!g.ExpiresAt.IsZero() || g.WantsAccess(noon)) {
			t.Errorf("%s: it is pending, asks for access %v and expires at %v", c.name, g.WantsAccess(noon), g.ExpiresAt)
		}
	}
}

// Approvals apply to the revision that the approver saw. A change of the
// request voids them.
func TestApprovalsOfAnOlderRevision(t *testing.T) {
	rule := theRule()
	rule.Approvals = 2
	g := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
	g.Revision++
	if g.Missing() != 2 {
		t.Errorf("after a change %d are missing; want 2", g.Missing())
	}
	if _, err := g.Apply(Deny{By: member(bob), Today: Today{Rule: &rule}, Why: "no"}, noon); err == nil {
		t.Error("a no to the older card counted")
	}
	g = must(g.Apply(Approve{By: member(bob), Today: Today{Rule: &rule}, Revision: 1}, noon))
	if g.State != Pending {
		t.Error("a yes to the older card counted for the new one")
	}
	g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}, Revision: 1, Others: stillThere()}, noon))
	if g.State != Approved {
		t.Errorf("%s after two people said yes to the new one", g.State)
	}
}

// At the last approval, the earlier approvers must still be entitled.
func TestEarlierApproversMustStillBeEntitled(t *testing.T) {
	only := func(users ...string) People { return People{Users: users} }
	group := func(a *Approve) { a.Rule.Approvers = People{Users: []string{bob.User}, Groups: []string{"S0NEW"}} }
	standing := func(s Standing) func(*Approve) {
		return func(a *Approve) { a.Others = []Actor{{Person: ada, Standing: s}} }
	}
	for _, c := range []struct {
		name  string
		today func(*Approve)
		want  State
	}{
		{"nothing has changed", func(*Approve) {}, Approved},
		{"Ada is no approver any more", func(a *Approve) { a.Rule.Approvers = only(bob.User) }, Pending},
		{"Ada stands behind the principal now", func(a *Approve) { a.PrincipalOwners = []string{ada.User} }, Pending},
		{"Ada is in a group that may", func(a *Approve) { group(a); a.Others = []Actor{member(ada, "S0NEW")} }, Approved},
		{"Ada is in no group that may", group, Pending},
		{"Ada is deactivated", standing(Deactivated), Pending},
		{"Ada is a guest now", standing(Guest), Pending},
		{"one is enough now", func(a *Approve) { a.Rule.Approvals, a.Rule.Approvers = 1, only(bob.User) }, Approved},
		{"three are needed now", func(a *Approve) { a.Rule.Approvals = 3 }, Pending},
	} {
		rule := theRule()
		rule.Approvals = 2
		g := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
		today := theRule()
		today.Approvals = 2
		a := Approve{By: member(bob), Today: Today{Rule: &today}, Others: stillThere()}
		c.today(&a)
		if g = must(g.Apply(a, noon.Add(time.Minute))); g.State != c.want {
			t.Errorf("%s: %s; want %s", c.name, g.State, c.want)
		}
	}
}

// The last approval opens nothing while the status of the earlier approvers is
// unknown. When it counts, the result lists the approvers whose approvals
// became void.
func TestLastApprovalRechecksEarlierApprovers(t *testing.T) {
	rule := theRule()
	rule.Approvals = 2
	g := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
	last := Approve{By: member(bob), Today: Today{Rule: &rule}}
	if who := last.CompletingApprovers(g); len(who) != 1 || who[0] != ada {
		t.Errorf("asked about %v; want Ada", who)
	}
	for _, others := range [][]Actor{nil, {member(bob)}, {{Person: ada}}} {
		last.Others = others
		if _, err := g.Apply(last, noon); said(err) != "Nothing was done: Slack couldn't confirm that the "+
			"earlier approvers still may approve. Try again in a minute." {
			t.Errorf("with %v: %q", others, said(err))
		}
	}
	last.Others = []Actor{{Person: ada, Standing: Deactivated}}
	next := must(g.Apply(last, noon))
	if ev := next.History[len(next.History)-1]; next.Missing() != 1 || !slices.Equal(ev.Void, []Person{ada}) {
		t.Errorf("without Ada %d are missing, and %v is said to count no more", next.Missing(), ev.Void)
	}
	if void := NewEntries(g, next)[0].Facts["void"]; void != ada.User {
		t.Errorf("the audit log names %q", void)
	}
	rule.Approvals = 3
	if who := last.CompletingApprovers(g); who != nil {
		t.Errorf("while more are missing, %v is asked about", who)
	}
}

func TestApprovalAfterTheLapse(t *testing.T) {
	rule := theRule()
	for after, want := range map[time.Duration]string{
		-time.Second: "",
		0:            "This request expired without a decision. The requester can submit it again.",
		time.Hour:    "This request expired without a decision. The requester can submit it again.",
	} {
		g := in(Pending)
		if _, err := g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, g.LapsesAt.Add(after)); said(err) != want {
			t.Errorf("approved %s after it lapses: %q; want %q", after, said(err), want)
		}
	}
}

func TestExpiryIsFixedAtTheApproval(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		at   time.Time
		term Term
		want string
	}{
		{noon, 480, "2026-11-02T20:00:00Z"},
		{noon.Add(999_999_999), 480, "2026-11-02T20:00:00Z"}, // never beyond the approved term
		{noon.Add(1500 * time.Millisecond), 1, "2026-11-02T12:01:01Z"},
		{noon.In(paris), 24 * 60, "2026-11-03T12:00:00Z"},
	} {
		rule, g := theRule(), in(Pending)
		g.Term = c.term
		g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, c.at))
		if got := g.ExpiresAt.Format(time.RFC3339Nano); got != c.want || g.ExpiresAt.Location() != time.UTC {
			t.Errorf("%s from %s ends at %s; want %s", c.term, c.at, got, c.want)
		}
		for range 50 { // many retries must not move it
			g = g.Half(OwnerHalf).Retry("AWS is away", g.Owner.NextAttemptAt.Add(time.Minute), 0)
		}
		g = applied(g, c.at.Add(30*time.Second))
		if got := g.ExpiresAt.Format(time.RFC3339Nano); got != c.want {
			t.Errorf("tried for a while, it ends at %s; want %s", got, c.want)
		}
		if ev := g.Last(EventApprove); !ev.Expiry.Equal(g.ExpiresAt) {
			t.Errorf("the event says %s", ev.Expiry)
		}
	}
}

// The check with AWS completes the request. It also adds the owners of the
// principal by the ARN that AWS has.
func TestCheck(t *testing.T) {
	g := in(Checking)
	g.Check = HalfStatus{Attempts: 3, LastError: "AWS is away", NextAttemptAt: noon}
	p, b, rule := g.Principal, g.Bucket, theRule()
	p.ARN, p.UniqueID, b.Region, rule.Approvals = "arn:aws:iam::111111111111:user/team/test.user", "AIDATEST", "eu-west-1", 2
	next := must(g.Apply(Check{Principal: &p, Bucket: &b, Rule: &rule, PrincipalOwners: []string{paul.User, pia.User}, Findings: Findings{Change: "one statement more"}}, noon))
	if next.Principal != p || next.Bucket != b || next.Missing() != 2 || next.Findings.Change == "" || next.Check != (HalfStatus{}) {
		t.Errorf("checked: %+v", next)
	}
	if want := []string{paul.User, pia.User}; !slices.Equal(next.PrincipalOwners, want) || !slices.Equal(g.PrincipalOwners, want[:1]) {
		t.Errorf("behind it stand %v, and stood %v", next.PrincipalOwners, g.PrincipalOwners)
	}
	same := must(g.Apply(Check{}, noon))
	if same.Principal != g.Principal || same.Bucket != g.Bucket || same.Missing() != 1 {
		t.Error("a check that found nothing new changed the request")
	}
}
