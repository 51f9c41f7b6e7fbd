package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// requestBatch commits a batch request of Rita's.
func (b *bench) requestBatch(d grant.Draft) (ids []grant.ID) {
	b.Helper()
	next := func() grant.ID { b.ids++; return grant.ID(fmt.Sprintf("T%07d", b.ids)) }
	d.Level, d.Term, d.Reason, d.Requester = "read", "1h", "a test", rita
	all, err := b.rules.DraftBatch(next, d, 0, b.clock.now())
	if err != nil {
		b.Fatal(err)
	}
	change := store.Tx{At: b.clock.now()}
	for _, g := range all {
		change.Put(grant.Grant{}, g)
		ids = append(ids, g.ID)
	}
	if err := b.rec.store.Commit(context.Background(), change); err != nil {
		b.Fatal(err)
	}
	return ids
}

// All requests of a batch pass the check or none does. Until AWS has answered for each, all wait.
func TestBatchIsCheckedTogether(t *testing.T) {
	for _, c := range []struct {
		name, principal string
		fact            func(b *bench)
		want            grant.State
		why             string
	}{
		{"all is well", "build/bea", func(*bench) {}, grant.Pending, ""},
		{"one is not there", "build/nobody", func(*bench) {}, grant.Refused, "AWS has no user called nobody in " +
			"the account build. Check the name."},
		{"AWS does not answer", "build/bea", func(b *bench) {
			b.aws.errs["GetBucketPolicy"] = awsErr(awsaccess.Retry, "GetBucketPolicy", "SlowDown", "Please reduce your request rate.")
		}, grant.Checking, ""},
		{"room for one only", "build/bea", func(b *bench) { b.fill(19600) }, grant.Refused, full},
		{"room for both", "build/bea", func(b *bench) { b.fill(18000) }, grant.Pending, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.aws.build.User("bea")
			c.fact(b)
			ids := b.requestBatch(grant.Draft{Target: "fixtures", Principal: "build/ann", MorePrincipals: []string{c.principal}})
			if c.name == "room for one only" { // each would fit separately
				alone := b.request("fixtures", "read", "build/ann", "1h")
				b.rec.check(context.Background(), alone) //nolint:errcheck // there is none
				b.expectState(alone, "pending")
			}
			b.rec.check(context.Background(), ids[0]) //nolint:errcheck // there is none
			for _, id := range ids {
				if g := b.get(id); g.State != c.want || g.Why != c.why {
					t.Errorf("%s is %s because of %q; want %s, %q", id, g.State, g.Why, c.want, c.why)
				}
			}
			if b.aws.writes() != 0 {
				t.Error("something was written")
			}
		})
	}
}

// An owner of one of the principals does not count as an approver of the batch.
func TestApproversOfABatch(t *testing.T) {
	b := newBench(t)
	b.aws.build.User("bea")
	b.rec.rules.PrincipalOwners = map[string][]string{"arn:aws:iam::111111111111:user/bea": {"U0ADA", "U0BOB"}}
	ids := b.requestBatch(grant.Draft{Target: "fixtures", Principal: "build/ann", MorePrincipals: []string{"build/bea"}})
	b.rec.check(context.Background(), ids[0]) //nolint:errcheck // there is none
	for _, id := range ids {
		if g := b.get(id); g.State != grant.Refused || !strings.Contains(g.Why, "approve") {
			t.Errorf("%s is %s because of %q", id, g.State, g.Why)
		}
	}
}
