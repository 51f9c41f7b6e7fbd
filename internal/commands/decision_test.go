package commands

import (
	"context"
	"slices"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// readCounter counts the reads of grants.
type readCounter struct {
	store.Store
	reads int
}

func (r *readCounter) Get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	r.reads++
	return r.Store.Get(ctx, id)
}

// A decision reads its grant once, whatever its verb and its way in.
func TestDecisionReadsItsGrantOnce(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name   string
		before func(*office) string
		decide func(o *office, g grant.Grant) error
		reads  int
	}{
		{"approve", (*office).pending, func(o *office, g grant.Grant) error {
			_, err := o.Decisions.Approve(ctx, by("UADA"), g.ID, g.Revision)
			return err
		}, 1},
		{"approve, typed", (*office).pending, func(o *office, g grant.Grant) error {
			_, err := o.Command(ctx, by("UADA"), "approve "+string(g.ID))
			return err
		}, 1},
		{"approve one of several", (*office).pending, func(o *office, g grant.Grant) error {
			return o.Decisions.ApproveOne(ctx, by("UADA"), Selection{ID: g.ID, Revision: g.Revision}).Fault
		}, 1},
		{"deny", (*office).pending, func(o *office, g grant.Grant) error {
			_, err := o.Decisions.Deny(ctx, by("UADA"), g.ID, g.Revision, "not now")
			return err
		}, 1},
		{"narrow", (*office).pending, func(o *office, g grant.Grant) error {
			_, err := o.Decisions.Narrow(ctx, by("UADA"), g.ID, g.Revision, Smaller{Term: "1h"})
			return err
		}, 1},
		{"extend", (*office).active, func(o *office, g grant.Grant) error {
			_, err := o.Decisions.Extend(ctx, by("URITA"), g.ID, "1h", "it takes longer")
			return err
		}, 1},
		{"end", (*office).active, func(o *office, g grant.Grant) error {
			_, err := o.Endings.End(ctx, by("URITA"), g.ID, "it is done")
			return err
		}, 1},
	} {
		o := newOffice(t, 1)
		id := c.before(o)
		g, err := o.config.Store.Get(ctx, grant.ID(id))
		if err != nil {
			t.Fatal(err)
		}
		counter := &readCounter{Store: o.config.Store}
		o.configure(func(c *Config) { c.Store = counter })
		if err := c.decide(o, g); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if counter.reads != c.reads {
			t.Errorf("%s: read the grant %d times, want %d", c.name, counter.reads, c.reads)
		}
	}
}

// An act that is committed during a preflight is seen: the decision is evaluated again on the new state.
func TestDecisionSeesAnActOfItsPreflight(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	counter := &readCounter{Store: o.config.Store}
	o.configure(func(c *Config) {
		c.Store, c.Preflight = counter, during{checks{}, func() { o.slash(by("UBOB"), "deny "+id+" not now") }}
	})
	o.answers(by("UADA"), "approve "+id, "This request was already denied.")
	if g := o.get(id); g.State != grant.Denied {
		t.Errorf("it is %s", g.State)
	}
	if counter.reads != 4 { // of the approval twice, of the denial, of this test
		t.Errorf("read the grant %d times", counter.reads)
	}
}

// during is a preflight in which something else happens.
type during struct {
	Preflight
	do func()
}

func (d during) CheckApproval(ctx context.Context, g grant.Grant) (*grant.Findings, error) {
	d.do()
	return d.Preflight.CheckApproval(ctx, g)
}

// TestCardGetsTodaysWarnings checks that the findings of the preflight before an approval, an
// extension and a restore replace the warnings of the request. A preflight without an answer keeps
// the old warnings.
func TestCardGetsTodaysWarnings(t *testing.T) {
	now := &grant.Findings{Change: "nothing", Warnings: []string{"a new Deny"}, AlsoOpens: []string{"a statement"}, RequesterPays: true}
	for name, c := range map[string]struct {
		before func(*office) string
		act    func(o *office, id string)
	}{
		"approval":              {(*office).pending, func(o *office, id string) { o.slash(by("UADA"), "approve "+id) }},
		"request of extension":  {(*office).active, func(o *office, id string) { o.slash(by("URITA"), "extend "+id+" 1h") }},
		"approval of extension": {(*office).extending, func(o *office, id string) { o.slash(by("UADA"), "approve "+id) }},
		"restore":               {(*office).drifted, func(o *office, id string) { o.putBack("UADA", id) }},
	} {
		for _, found := range []*grant.Findings{now, nil} {
			o := newOffice(t, 1)
			id := c.before(o)
			o.edit(id, func(g *grant.Grant) { g.Findings = grant.Findings{Change: "adds", Warnings: []string{"an old Deny"}} })
			version := o.get(id).Version
			o.configure(func(c *Config) { c.Preflight = checks{found: found} })
			c.act(o, id)
			g, want := o.get(id), []string{"an old Deny"}
			if found != nil {
				want = found.Warnings
			}
			if g.Version == version || !slices.Equal(g.Findings.Warnings, want) || g.Findings.RequesterPays != (found != nil) || g.Findings.Change != "adds" {
				t.Errorf("%s: %+v", name, g.Findings)
			}
		}
	}
}
