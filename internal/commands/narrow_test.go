package commands

import (
	"context"
	"strings"
	"testing"

	"s3share/internal/grant"
)

func TestNarrow(t *testing.T) {
	o := newOffice(t, 2)
	o.configure(func(c *Config) { c.Preflight = checks{} })
	id := o.pending()
	o.answers(by("UBOB"), "approve "+id, "1 more approval is needed")
	for _, c := range []struct {
		by   string
		to   Smaller
		want string
	}{
		{"UADA", Smaller{}, "You changed nothing. Approve the request as it is"},
		{"UADA", Smaller{Term: "9h"}, "The request is for 8h, so the duration has to be between 1m and 8h."},
		{"UADA", Smaller{Term: "soon"}, `"soon" is not a duration.`},
		{"UADA", Smaller{Prefix: "other"}, "The request is for builds/, and other/ is not inside it."},
		{"UADA", Smaller{Prefix: "builds/*"}, "wildcard"},
		{"UADA", Smaller{Level: "write"}, "The level write allows more than the requested read"},
		{"UADA", Smaller{Level: "rad"}, `There is no access level "rad".`},
		{"URITA", Smaller{Term: "1h"}, "You can't change your own request."},
		{"UEVE", Smaller{Term: "1h"}, "You are not an approver of"},
		{"UADA", Smaller{Term: "1h", Prefix: "/builds/nightly/"}, "Saved: builds/ → builds/nightly/, 8h → 1h. Earlier approvals no longer count."},
		{"UADA", Smaller{Term: "2h", Approve: true}, "Saved and approved: 1h → 2h; 1 more approval is needed."},
	} {
		if got := o.narrow(c.by, id, o.get(id).Revision, c.to); !strings.Contains(got, c.want) {
			t.Errorf("%s: %+v\ngot  %s\nwant %s", c.by, c.to, got, c.want)
		}
	}
	g := o.get(id)
	if g.Prefix != "builds/nightly" || g.Term != 120 || g.Findings.Change != "asks for builds/nightly" || g.Missing() != 1 {
		t.Errorf("now %s for %s: %q, %d missing", g.Prefix, g.Term, g.Findings.Change, g.Missing())
	}
	o.configure(func(c *Config) { c.Preflight = checks{no: grant.Refuse("AWS could not be asked.")} })
	contains(t, o.narrow("UADA", id, o.get(id).Revision, Smaller{Term: "30m"}), "AWS could not be asked.")
}

// A narrowing that also approves passes the checks of an approval, and every narrowing those of today's rules.
func TestNarrowAndApprove(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.configure(func(c *Config) { c.Preflight = full{} })
	contains(t, o.narrow("UADA", id, 0, Smaller{Term: "1h", Approve: true}), "test.user is in 10 groups")
	if g := o.get(id); g.State != grant.Pending || g.Revision != 0 {
		t.Errorf("it is %s, and has been changed %d times", g.State, g.Revision)
	}
	o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} })
	contains(t, o.narrow("UADA", id, 0, Smaller{Term: "1h"}), "my-bucket can't be shared at the level read.")
	o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"read"} })
	contains(t, o.narrow("UADA", id, 0, Smaller{Term: "1h"}), "Saved: 8h → 1h. Still waiting for a decision.") // without an approval, no capacity is needed
}

// full is a preflight that finds no capacity for an approval.
type full struct{ checks }

func (f full) CheckNarrowing(ctx context.Context, g grant.Grant, opens bool) (grant.Findings, error) {
	if opens {
		return grant.Findings{}, grant.Refuse("test.user is in 10 groups.")
	}
	return f.checks.CheckNarrowing(ctx, g, opens)
}
