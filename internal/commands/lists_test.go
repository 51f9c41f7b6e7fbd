package commands

import (
	"context"
	"slices"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// The requests of a batch are decided together by an act on any of them, and never in part.
func TestBatchIsDecidedTogether(t *testing.T) {
	const ask = "request my-bucket/builds/a,my-bucket/builds/b read build/test.user 8h nightly"
	for _, c := range []struct {
		name string
		do   func(o *office, one string) string
		want string
		to   grant.State
	}{
		{"approve", func(o *office, one string) string { return o.say(by("UADA"), "approve "+one) }, "all 2 grants of it. They are being applied", grant.Approved},
		{"deny", func(o *office, one string) string { return o.say(by("UADA"), "deny "+one+" no") }, "all 2 grants of it. The person who asked is told why.", grant.Denied},
		{"cancel", func(o *office, one string) string { return o.say(by("URITA"), "cancel "+one) }, "all 2 grants of it.", grant.Cancelled},
		{"a person who may not approve", func(o *office, one string) string { return o.say(by("UEVE"), "approve "+one) }, "You are not one of the people", grant.Pending},
		{"who asked", func(o *office, one string) string { return o.say(by("URITA"), "approve "+one) }, "You cannot approve your own request.", grant.Pending},
		{"a narrowed folder", func(o *office, one string) string {
			return reply(o.Decisions.Narrow(context.Background(), by("UADA"), grant.ID(one), 0, Smaller{Prefix: "builds/a/x"}))
		}, "only the level and the term can be changed", grant.Pending},
		{"a narrowed term", func(o *office, one string) string {
			return reply(o.Decisions.Narrow(context.Background(), by("UADA"), grant.ID(one), 0, Smaller{Term: "1h"}))
		}, "the term is 1h instead of 8h", grant.Pending},
	} {
		for of := range 2 {
			o := newOffice(t, 1)
			o.say(by("URITA"), ask)
			var change store.Tx
			change.At = noon
			for _, g := range o.all() {
				next, err := g.Next(grant.Action{Kind: grant.Check, At: noon})
				if err != nil {
					t.Fatal(err)
				}
				change.Put(g, next)
			}
			if err := o.config.Store.Commit(context.Background(), change); err != nil {
				t.Fatal(err)
			}
			one := o.all()[0].BatchIDs[of]
			holds(t, c.do(o, string(one)), c.want)
			terms := map[grant.Term]bool{}
			for _, g := range o.all() {
				terms[g.Term] = true
				if g.State != c.to {
					t.Errorf("%s of number %d: %s is %s", c.name, of, g.ID, g.State)
				}
			}
			if len(terms) != 1 {
				t.Errorf("%s of number %d: the terms are %v", c.name, of, terms)
			}
		}
	}
}

// A grant of a batch that cannot be decided blocks the approval of all. Grants outside the batch
// stay unchanged.
func TestBatchIsNeverDecidedInPart(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 10 })
	o.say(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b read build/test.user 8h nightly")
	gs := o.all()
	lead := gs[slices.IndexFunc(gs, grant.Grant.IsBatchLead)]
	var change store.Tx
	change.At = noon
	next, err := lead.Next(grant.Action{Kind: grant.Check, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	change.Put(lead, next)
	if err := o.config.Store.Commit(context.Background(), change); err != nil {
		t.Fatal(err)
	}
	holds(t, o.say(by("UADA"), "approve "+string(lead.ID)), "still being checked with AWS")
	for _, g := range o.all() {
		if g.State == grant.Approved {
			t.Errorf("%s is approved alone", g.ID)
		}
	}
}

// The cap on open requests counts each request of a batch.
func TestBatchCountsTowardsTheCap(t *testing.T) {
	o := newOffice(t, 1)
	holds(t, o.say(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b,my-bucket/builds/c read build/test.user 8h nightly"), "This is 3 requests in one")
	holds(t, o.say(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b read build/test.user 8h nightly"), "asks for 2 grants")
	holds(t, o.say(by("URITA"), good), "as many as one person may have")
	if n := len(o.all()); n != 2 {
		t.Errorf("%d are stored", n)
	}
}
