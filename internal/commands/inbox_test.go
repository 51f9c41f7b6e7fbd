package commands

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// The Home and the pending list show the same questions: those that the person could answer and has
// not.
func TestOpenQuestions(t *testing.T) {
	long := func(o *office) string {
		o.configure(func(c *Config) { c.Rules.Rules[0].MaxTerm = 90 * 24 * 60 })
		id := o.pending()
		o.edit(id, func(g *grant.Grant) { g.Term = 30 * 24 * 60 })
		o.slash(by("UADA"), "approve "+id)
		o.confirm(id)
		o.apply(id, grant.Warn{Left: 14 * 24 * time.Hour})
		return id
	}
	for _, c := range []struct {
		name   string
		quorum int
		make   func(*office) string
		want   string   // "": no question is open
		of     []string // the people who see it
	}{
		{"a request", 1, (*office).pending, "decision", []string{"UADA", "UBOB", "UGINA"}},
		{"a request with one approval", 2, func(o *office) string {
			id := o.pending()
			o.slash(by("UADA"), "approve "+id)
			return id
		}, "decision", []string{"UBOB", "UGINA"}},
		{"an extension", 1, (*office).extending, "decision", []string{"UADA", "UBOB", "UGINA"}},
		{"an active grant", 1, (*office).active, "", nil},
		{"a drifted grant", 1, (*office).drifted, "repair", []string{"UADA", "UBOB", "UGINA"}},
		{"a restored grant", 1, func(o *office) string {
			id := o.drifted()
			o.putBack("UADA", id)
			return id
		}, "", nil},
		{"a drifted grant that no rule covers any more", 1, func(o *office) string {
			id := o.drifted()
			o.configure(func(c *Config) { c.Rules.Rules[0].Bucket = "other" })
			return id
		}, "repair", []string{"UADA", "UBOB", "UGINA"}},
		{"a break-glass", 1, (*office).approvedBreakGlass, "review", []string{"UADA", "UBOB", "URITA", "UGINA"}},
		{"a break-glass that has ended", 1, func(o *office) string {
			id := o.approvedBreakGlass()
			o.edit(id, func(g *grant.Grant) { g.State, g.EndedAt = grant.Ended, noon })
			return id
		}, "review", []string{"UADA", "UBOB", "URITA", "UGINA"}},
		{"a reviewed break-glass", 1, func(o *office) string {
			id := o.approvedBreakGlass()
			o.edit(id, func(g *grant.Grant) { g.State, g.EndedAt = grant.Ended, noon })
			o.answers(by("UADA"), "review "+id+" fine", "You closed the review of")
			return id
		}, "", nil},
		{"a long grant", 1, long, "still needed", []string{"UADA", "UBOB", "UGINA"}},
		{"a long grant that was extended", 1, func(o *office) string {
			id := long(o)
			o.answers(by("UADA"), "extend "+id+" 1d", "when access is extended until")
			return id
		}, "", nil},
		{"a long grant with a pending extension", 1, func(o *office) string {
			id := long(o)
			o.configure(func(c *Config) { c.Rules.Rules[0].Approvals = 2 })
			o.slash(by("UADA"), "extend "+id+" 1d")
			return id
		}, "decision", []string{"UBOB", "UGINA"}},
	} {
		o := newOffice(t, c.quorum)
		id := c.make(o)
		for _, who := range []string{"UADA", "UBOB", "UGINA", "URITA", "UTEST", "UEVE", "UAUDIT", "UGUEST"} {
			want := ""
			if slices.Contains(c.of, who) {
				want = c.want
			}
			h, err := o.Queries.Home(context.Background(), by(who))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, 0, 1)
			for range h.Waiting {
				got = append(got, string(grant.ToDecide))
			}
			for _, w := range h.Awaiting {
				got = append(got, string(w.For))
			}
			if strings.Join(got, "|") != want {
				t.Errorf("%s: the Home of %s says %q; want %q", c.name, who, got, want)
			}
			if list := o.slash(by(who), "list pending"); want != "" && !strings.Contains(list, "Waiting for a decision: "+id) ||
				c.want != "decision" && want == "" && list != "Nothing that you can see waits for a decision." {
				t.Errorf("%s: the list of %s: %s", c.name, who, list)
			}
		}
	}
}

// The pending list shows an extension to the people it concerns, to its approvers and to auditors.
func TestPendingListShowsVisibleRequests(t *testing.T) {
	o := newOffice(t, 1)
	id := o.extending()
	for _, who := range []string{"URITA", "UTEST", "UAUDIT", "UADA"} {
		o.answers(by(who), "list pending", "Waiting for a decision: "+id)
	}
	o.answers(by("UEVE"), "list pending", "Nothing that you can see")
	o.answers(by("UADA"), "list pending my-other", "Nothing about s3://my-other/ that you can see")
}
