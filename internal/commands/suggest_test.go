package commands

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
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
	o.slash(by("URITA"), requestText)
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
	o.slash(by("URITA"), "request my-bucket/builds read build/before 8h nightly")
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

// late is Slack with slow answers.
type late struct {
	People
	takes time.Duration
}

func (l late) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
	time.Sleep(l.takes)
	return l.People.Actor(ctx, p, groups, since)
}

// A lookup for a form may outlive its caller. The service waits for it when it stops.
func TestWaitForLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		o.configure(func(c *Config) { c.People, c.Now = late{c.People, time.Second}, time.Now })
		ctx, cancel := context.WithCancel(context.Background())
		o.Suggestions.Warm(ctx, by("URITA"))
		cancel()
		o.Wait()
		if _, known := o.Suggestions.actors.recent(by("URITA").By); !known {
			t.Error("the service stopped before its lookup ended")
		}
	})
}
