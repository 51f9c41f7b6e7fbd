package grant

import (
	"slices"
	"time"
)

// The people of the tests. Rita requests access for Bea. Paul owns the
// principal. Ada and Bob are approvers, and so are the members of the platform
// group, such as Gail. Otto has no role.
var (
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

	rita = Person{"T0TEAM", "U0RITA"}
	bea  = Person{"T0TEAM", "U0BEA"}
	paul = Person{"T0TEAM", "U0PAUL"}
	pia  = Person{"T0TEAM", "U0PIA"} // owns the principal only since today
	ada  = Person{"T0TEAM", "U0ADA"}
	bob  = Person{"T0TEAM", "U0BOB"}
	gail = Person{"T0TEAM", "U0GAIL"}
	otto = Person{"T0TEAM", "U0OTTO"}
)

const testUser = "arn:aws:iam::111111111111:user/test.user"

func member(p Person, groups ...string) Actor {
	return Actor{Person: p, Standing: Member, Groups: groups}
}

// stillThere is Slack's answer that all approvers are still entitled.
func stillThere() []Actor {
	return []Actor{member(ada), member(bob), member(gail, "S0PLATFORM"), member(otto, "S0PLATFORM")}
}

func theRule() Rule {
	return Rule{
		Name: "rules[0]", Bucket: "my-shared-bucket-*", Account: "nonprod", Levels: []string{"read", "write"}, MaxTerm: 72 * 60,
		Approvals: 1, Channel: "C0ADMIN",
		Approvers: People{Users: []string{ada.User, bob.User}, Groups: []string{"S0PLATFORM"}},
	}
}

func theAccounts() []Account {
	return []Account{
		{Name: "nonprod", ID: "222222222222", Region: "us-east-1", Partition: "aws"},
		{Name: "build", ID: "111111111111", Region: "us-east-1", Partition: "aws"},
		{Name: "partner", ID: "333333333333", Partition: "aws", External: true},
		{Name: "china", ID: "444444444444", Partition: "aws-cn"},
	}
}

func theRules(edits ...func(*Rules)) Rules {
	r := Rules{
		Rules: []Rule{theRule()}, Accounts: theAccounts(), Levels: BuiltinLevels(),
		PrincipalOwners: map[string][]string{testUser: {paul.User}},
		BotARNs:         []string{"arn:aws:iam::111111111111:role/s3share"}, Teams: []string{"T0TEAM"},
		MaxPending: 10, RequestTTL: 24 * 60, WarnBefore: []Term{24 * 60, 120, 15},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func theDraft() Draft {
	return Draft{
		Target: "my-shared-bucket-20932/builds", Level: "read", Principal: "build/test.user", Term: "8h",
		Reason: "nightly build", Requester: rita, Beneficiary: bea,
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// in returns a grant that took the shortest way to a state: requested at noon,
// checked a second later, approved at 12:05, applied at 12:06, and ended by its
// requester at 13:00.
func in(s State) Grant {
	rule := theRule()
	g := must(theRules().Draft("7K2M9QXA", theDraft(), 0, noon))
	g = must(g.Apply(Consent{By: member(bea)}, noon))
	if s == Checking {
		return g
	}
	if s == Refused {
		return must(g.Apply(Reject{Why: "AWS has no such user."}, noon.Add(time.Second)))
	}
	p := g.Principal
	p.UniqueID = "AIDATEST"
	g = must(g.Apply(Check{Principal: &p, Rule: &rule}, noon.Add(time.Second)))
	at := noon.Add(5 * time.Minute)
	switch s {
	case Pending:
		return g
	case Denied:
		return must(g.Apply(Deny{By: member(ada), Today: Today{Rule: &rule}, Why: "ask for the test bucket"}, at))
	case Cancelled:
		return must(g.Apply(Cancel{By: member(rita)}, at))
	case Lapsed:
		g, _ = ApplyTimers(g, g.LapsesAt)
		return g
	}
	g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, at))
	if s == Approved {
		return g
	}
	g = applied(g, at.Add(time.Minute))
	if s == Active {
		return g
	}
	g = must(g.Apply(End{By: member(rita)}, noon.Add(time.Hour)))
	if s == Ending {
		return g
	}
	g = must(g.Half(OwnerHalf).RecordAbsent(noon.Add(time.Hour + time.Second)))
	return must(g.Half(GranteeHalf).RecordAbsent(noon.Add(time.Hour + time.Second)))
}

// asked adds a write intent for the half's part.
func asked(g Grant, h Half, now time.Time) Grant {
	if h == OwnerHalf {
		return g.Half(h).WithWriteIntent(Statement, []string{"S3Share7K2M9QXA", "S3Share7K2M9QXAList"}, now)
	}
	return g.Half(h).WithWriteIntent(Membership, []string{"arn:aws:iam::111111111111:group/s3share/s3share"}, now)
}

// applied is g with both halves written and read back at one moment.
func applied(g Grant, now time.Time) Grant {
	g = must(asked(g, OwnerHalf, now).Half(OwnerHalf).RecordPresent(now))
	return must(asked(g, GranteeHalf, now).Half(GranteeHalf).RecordPresent(now))
}

// more is g after Rita requested an extension at 12:30.
func more(g Grant, term Term) Grant {
	rule := theRule()
	return must(g.Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: term, Why: "not done yet"}, noon.Add(30*time.Minute)))
}

// broken is g, opened by break-glass.
func broken(g Grant) Grant {
	g.BreakGlass = true
	g.History = append(slices.Clip(g.History), Event{Kind: EventOpenBreakGlass, At: noon, To: g.State})
	return g
}

// drifted is g after a half was removed outside s3share at 12:30.
func drifted(g Grant) Grant {
	return must(g.Apply(Drift{Half: OwnerHalf, Why: "The statement was removed."}, noon.Add(30*time.Minute)))
}

func kinds(g Grant) (ks []EventKind) {
	for _, ev := range g.History {
		ks = append(ks, ev.Kind)
	}
	return ks
}

// said is the text of the refusal, or "" if there was none.
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func wakeOf(g Grant, l Worker) time.Time {
	ws := DueTimes(g)
	return ws[slices.IndexFunc(ws, func(w DueTime) bool { return w.Worker == l })].At
}
