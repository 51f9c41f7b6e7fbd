package commands

import (
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The requests of a batch are decided together by an act on any of them, and never in part.
func TestBatchIsDecidedTogether(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(o *office, one string) string
		want string
		to   grant.State
	}{
		{"approve", func(o *office, one string) string { return o.slash(by("UADA"), "approve "+one) }, "Approved all 2 grants of", grant.Approved},
		{"deny", func(o *office, one string) string { return o.slash(by("UADA"), "deny "+one+" no") }, "Denied all 2 grants of", grant.Denied},
		{"cancel", func(o *office, one string) string { return o.slash(by("URITA"), "cancel "+one) }, "Cancelled all 2 grants of `", grant.Cancelled},
		{"a person who may not approve", func(o *office, one string) string { return o.slash(by("UEVE"), "approve "+one) }, "You are not an approver of", grant.Pending},
		{"who asked", func(o *office, one string) string { return o.slash(by("URITA"), "approve "+one) }, "You " +
			"can't approve your own request.", grant.Pending},
		{"a narrowed folder", func(o *office, one string) string {
			return o.narrow("UADA", one, 0, Smaller{Prefix: "builds/a/x"})
		}, "you can change only their access level and duration", grant.Pending},
		{"a narrowed term", func(o *office, one string) string {
			return o.narrow("UADA", one, 0, Smaller{Term: "1h"})
		}, "Saved for all 2 requests: 8h → 1h. Still waiting for a decision.", grant.Pending},
		{"a narrowed term, approved", func(o *office, one string) string {
			return o.narrow("UADA", one, 0, Smaller{Term: "1h", Approve: true})
		}, "Saved and approved for all 2 requests: 8h → 1h. " + PersonMark + " will be notified when access is active.",
			grant.Approved},
	} {
		for of := range 2 {
			o := newOffice(t, 1)
			o.pendingBatch("my-bucket/builds/a,my-bucket/builds/b")
			one := o.all()[0].BatchIDs[of]
			contains(t, c.do(o, string(one)), c.want)
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
	o.slash(by("URITA"), "request my-bucket/builds/a,my-bucket/builds/b read build/test.user 8h nightly")
	gs := o.all()
	lead := gs[slices.IndexFunc(gs, grant.Grant.IsBatchLead)]
	o.check(lead)
	o.answers(by("UADA"), "approve "+string(lead.ID), "AWS checks of this request are still running")
	for _, g := range o.all() {
		if g.State == grant.Approved {
			t.Errorf("%s is approved alone", g.ID)
		}
	}
}

// A request for several grants can be denied and cancelled, but not approved, if the record of one
// of them is damaged.
func TestBatchWithADamagedRecord(t *testing.T) {
	for _, c := range []struct {
		by   string
		text string
		want string
		then grant.State
	}{
		{"UADA", "approve ", "is damaged", grant.Pending},
		{"UADA", "deny %s no", "Denied", grant.Denied},
		{"URITA", "cancel ", "Cancelled", grant.Cancelled},
	} {
		o := newOffice(t, 1)
		gs := o.pendingBatch("my-bucket/builds,my-other/builds")
		lead := gs[0].BatchLead()
		other := gs[0].BatchIDs[1]
		o.configure(func(c *Config) { c.Store = damagedStore{c.Store, string(other)} })
		text, reason, _ := strings.Cut(c.text, "%s")
		o.answers(by(c.by), text+string(lead)+reason, c.want)
		if g := o.get(string(lead)); g.State != c.then {
			t.Errorf("%s: it is %s", c.text, g.State)
		}
	}
}
