package commands

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"s3share/internal/grant"
)

func TestSuggestBuckets(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) {
		c.Rules.Rules = append(c.Rules.Rules,
			grant.Rule{Bucket: "reports", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, Approvers: grant.People{Users: []string{"UADA"}}},
			grant.Rule{Bucket: "secret-reports", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, Requesters: grant.People{Groups: []string{"SOPS"}}, Approvers: grant.People{Users: []string{"UADA"}}})
	})
	o.say(by("URITA"), good)
	for _, c := range []struct {
		who, text string
		want      []string
	}{
		{"URITA", "", []string{"my-bucket", "reports"}},
		{"URITA", "REP", []string{"reports"}},
		{"URITA", "my-new", []string{"my-new"}},
		{"URITA", "other-bucket", nil},
		{"URITA", "secret-reports", nil},
		{"UGINA", "rep", []string{"reports", "secret-reports"}},
		{"UEVE", "", []string{"reports"}},
		{"UGUEST", "", nil},
	} {
		got, err := o.Suggestions.Buckets(context.Background(), by(c.who), c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s types %q: %q, %v; want %q", c.who, c.text, got, err, c.want)
		}
	}
}

func TestSuggestPrincipals(t *testing.T) {
	const u = "arn:aws:iam::111111111111:user/"
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.PrincipalOwners[u+"ritas.ci"] = []string{"URITA"} })
	o.say(by("URITA"), "request my-bucket/builds read build/before 8h nightly")
	for _, c := range []struct {
		who, text string
		want      []string
	}{
		{"URITA", "", []string{u + "ritas.ci", u + "before", u + "test.user"}},
		{"UTEST", "", []string{u + "test.user", u + "ritas.ci"}},
		{"URITA", "ritas", []string{u + "ritas.ci"}},
		{"URITA", "build/new.user", []string{u + "new.user"}},
		{"URITA", u + "new.user", []string{u + "new.user"}},
		{"URITA", "nobody", nil},
		{"UGUEST", "", nil},
		{"USTRANGER", "", nil},
		{"UGUEST", "test", nil},
	} {
		got, err := o.Suggestions.Principals(context.Background(), by(c.who), c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s types %q: %q, %v; want %q", c.who, c.text, got, err, c.want)
		}
	}
}

func TestPreviewStoresNothing(t *testing.T) {
	o := newOffice(t, 1)
	d := grant.Draft{Target: "my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "x"}
	if g, _, err := o.Prechecks.Preview(by("URITA"), d); err != nil || g.Term != 480 {
		t.Errorf("%+v, %v", g, err)
	}
	d.Term = "9h"
	if _, _, err := o.Prechecks.Preview(by("URITA"), d); err == nil {
		t.Error("what would be refused has a preview")
	}
	if len(o.all()) != 0 {
		t.Error("a preview was stored")
	}
}

// accounts holds the principals that AWS lists. An empty list is an outage of AWS.
type accounts map[string][]string

func (a accounts) Names(_ context.Context, id string) ([]string, error) {
	if len(a) == 0 {
		return nil, errors.New("AWS is away")
	}
	return a[id], nil
}

func TestSuggestPrincipalsOfTheAccounts(t *testing.T) {
	const user, role = "arn:aws:iam::111111111111:user/", "arn:aws:iam::111111111111:role/"
	o := newOffice(t, 1)
	now := noon
	o.configure(func(c *Config) { c.Now = func() time.Time { return now } })
	listed := accounts{
		"111111111111": {user + "dev/ci.user", role + "deployer", role + "s3share", role + "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
		"222222222222": {"arn:aws:iam::222222222222:user/owner"},
	}
	o.configure(func(c *Config) { c.Names = listed })
	suggest := func(text string) []string {
		got, err := o.Suggestions.Principals(context.Background(), by("URITA"), text)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got, want := suggest(""), []string{user + "test.user", user + "dev/ci.user", role + "deployer"}; !slices.Equal(got, want) {
		t.Errorf("offered %q; want %q", got, want)
	}
	if got := suggest("CI.U"); !slices.Equal(got, []string{user + "dev/ci.user"}) {
		t.Errorf("offered %q", got)
	}
	listed["111111111111"] = []string{user + "new.user"}
	if got := suggest("new"); len(got) != 0 {
		t.Errorf("AWS is asked for every letter: %q", got)
	}
	now = now.Add(namesLast)
	if got := suggest("new"); len(got) != 1 {
		t.Errorf("what is new is not offered: %q", got)
	}
	now = now.Add(namesLast)
	clear(listed)
	if got := suggest("new"); len(got) != 1 {
		t.Errorf("while AWS is away, what it said before is not offered: %q", got)
	}
}
