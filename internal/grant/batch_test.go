package grant

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// numbered hands out ids in order.
func numbered() func() ID {
	n := 0
	return func() ID { n++; return ID(fmt.Sprintf("0TEST%03d", n)) }
}

// severally is the draft with more targets and principals.
func severally(targets, principals string) Draft {
	d := theDraft()
	d.MoreTargets, d.MorePrincipals = strings.Fields(targets), strings.Fields(principals)
	return d
}

func TestDraftTogether(t *testing.T) {
	all := must(theRules().DraftBatch(numbered(), severally("my-shared-bucket-2/logs", "build/role/deployer"), 0, noon))
	var got []string
	for _, g := range all {
		got = append(got, fmt.Sprintf("%s %s/%s %s", g.ID, g.Bucket.Name, g.Prefix, g.Principal.Name))
		if !slices.Equal(g.BatchIDs, []ID{"0TEST001", "0TEST002", "0TEST003", "0TEST004"}) || g.BatchLead() != "0TEST001" || !slices.Equal(g.DecidedIDs(), g.BatchIDs) {
			t.Errorf("%s was asked for with %v, led by %s, decided with %v", g.ID, g.BatchIDs, g.BatchLead(), g.DecidedIDs())
		}
		if g.IsBatchLead() != (g.ID == "0TEST001") {
			t.Errorf("%s leads: %v", g.ID, g.IsBatchLead())
		}
	}
	want := []string{
		"0TEST001 my-shared-bucket-20932/builds test.user", "0TEST002 my-shared-bucket-20932/builds deployer",
		"0TEST003 my-shared-bucket-2/logs test.user", "0TEST004 my-shared-bucket-2/logs deployer",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it asks for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	consent := Consent{By: member(bea)}
	for _, g := range all {
		asked := wakeOf(must(g.Apply(consent, noon.Add(time.Minute))), CheckWorker)
		if asked.IsZero() == g.IsBatchLead() {
			t.Errorf("%s is checked at %s", g.ID, asked)
		}
	}
}

func TestDraftTogetherOfOne(t *testing.T) {
	for _, d := range []Draft{theDraft(), severally("my-shared-bucket-20932/builds/", ""), severally("", testUser)} {
		all := must(theRules().DraftBatch(numbered(), d, 0, noon))
		if len(all) != 1 || len(all[0].BatchIDs) > 0 || all[0].BatchLead() != all[0].ID || !slices.Equal(all[0].DecidedIDs(), []ID{all[0].ID}) {
			t.Errorf("%v and %v are %d, asked for with %v", d.MoreTargets, d.MorePrincipals, len(all), all[0].BatchIDs)
		}
	}
}

func TestBatchRefusals(t *testing.T) {
	others := func(edit func(*Rule)) func(*Rules) {
		return func(r *Rules) {
			other := theRule()
			other.Bucket = "other-*"
			edit(&other)
			r.Rules = append(r.Rules, other)
		}
	}
	const apart = "my-shared-bucket-20932/builds for test.user and other-1 for test.user can't be in one request: " +
		"their approvers or deadlines differ. Request each separately."
	urgent := severally("my-shared-bucket-2", "")
	urgent.BreakGlass = true
	for _, c := range []struct {
		name  string
		draft Draft
		rules func(*Rules)
		open  int
		want  string
		field Field
	}{
		{"alike", severally("other-1", ""), others(func(*Rule) {}), 0, "", ""},
		{"alike in another order", severally("other-1", ""), others(func(r *Rule) { r.Approvers.Users = []string{bob.User, ada.User} }), 0, "", ""},
		{"another channel", severally("other-1", ""), others(func(r *Rule) { r.Channel = "C0OTHER" }), 0, apart, ""},
		{"other people", severally("other-1", ""), others(func(r *Rule) { r.Approvers.Users = []string{ada.User} }), 0, apart, ""},
		{"another group", severally("other-1", ""), others(func(r *Rule) { r.Approvers.Groups = nil }), 0, apart, ""},
		{"more of them", severally("other-1", ""), others(func(r *Rule) { r.Approvals = 2 }), 0, apart, ""},
		{"more of them for another level", severally("other-1", ""), others(func(r *Rule) { r.LevelApproval = map[string]int{"write": 2} }), 0, "", ""},
		{"no rule for the second", severally("nobodys-1", ""), func(*Rules) {}, 0, "nobodys-1 " +
			"can't be shared: no rule covers it, or it does not exist. Check the name, or ask the operators of " +
			"s3share to add a rule.", FieldMoreBuckets},
		{"no account of the second", severally("", "nowhere/ann"), func(*Rules) {}, 0, "", FieldMorePrincipals},
		{"break-glass", urgent, func(*Rules) {}, 0, "Break-glass opens one bucket for one user or role. " +
			"Request each separately.", ""},
		{"too many", severally("b b b", "c c"), func(*Rules) {}, 0, "Your request has 12 grants, and the " +
			"limit is 10. Name fewer buckets or users and roles, and request the others separately.", ""},
		{"as many as one may have", severally("my-shared-bucket-2", ""), func(*Rules) {}, 8, "", ""},
		{"one more than one may have", severally("my-shared-bucket-2", ""), func(*Rules) {}, 9, "Your " +
			"request counts as 2; with your 9 open requests, it exceeds the limit of 10. Request fewer, cancel " +
			"one, or wait for a decision.", ""},
		{"too long to be shown", severally("my-shared-bucket-2/"+strings.Repeat("x", 82), ""), func(*Rules) {}, 0, "my-shared-bucket-2/" + strings.Repeat("x", 41) + "… " +
			"is too long or unusual to share a card with others. Request it separately.", ""},
		{"not to be shown as typed", severally("my-shared-bucket-2/a`b", ""), func(*Rules) {}, 0, "my-shared-bucket-2/a`b " +
			"is too long or unusual to share a card with others. Request it separately.", ""},
		{"one behind each", severally("", "build/role/deployer"), func(r *Rules) {
			r.Rules[0].Approvers = People{Users: []string{paul.User, pia.User}}
			r.PrincipalOwners["arn:aws:iam::111111111111:role/deployer"] = []string{pia.User}
		}, 0, "", ""},
	} {
		_, err := theRules(c.rules).DraftBatch(numbered(), c.draft, c.open, noon)
		no, _ := err.(*Refusal)
		switch {
		case c.name == "one behind each" || c.field == FieldMorePrincipals: // another test checks this sentence
			if no == nil || no.Field != c.field {
				t.Errorf("%s: %v", c.name, err)
			}
		case said(err) != c.want || no != nil && no.Field != c.field:
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

// After the decision each grant is separate.
func TestBatchIsDecidedTogether(t *testing.T) {
	d := severally("my-shared-bucket-2", "")
	d.Beneficiary = Person{}
	for _, g := range must(theRules().DraftBatch(numbered(), d, 0, noon)) {
		g = must(g.Apply(Check{}, noon))
		if len(g.DecidedIDs()) != 2 {
			t.Errorf("a decision on %s, which is %s, is about %v", g.ID, g.State, g.DecidedIDs())
		}
		rule := theRule()
		g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
		if !slices.Equal(g.DecidedIDs(), []ID{g.ID}) {
			t.Errorf("a decision on %s, which is %s, is about %v", g.ID, g.State, g.DecidedIDs())
		}
		for _, e := range NewEntries(Grant{}, g) {
			if e.Facts["asked_as"] != string(g.BatchLead()) {
				t.Errorf("the audit entry of %s says it was asked as %q", g.ID, e.Facts["asked_as"])
			}
		}
	}
}
