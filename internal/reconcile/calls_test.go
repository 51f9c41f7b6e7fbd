package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// counted runs work and returns the calls to AWS in it, by operation.
func (b *bench) counted(work func()) string {
	b.aws.calls = nil
	work()
	var all []string
	for _, op := range []string{"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "Principal", "Joined", "Join", "Leave", "Members"} {
		if n := b.aws.count(op); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, op))
		}
	}
	return strings.Join(all, ", ")
}

// The calls from the commit of an approval until both halves are verified, and those of an end.
func TestCallsOfAGrant(t *testing.T) {
	b := newBench(t)
	var first, further, late grant.ID
	settle := func() { b.turn(); b.turn(); b.turn() }
	for _, c := range []struct {
		name, want string
		do         func()
	}{
		{"a first grant", "2 GetBucketPolicy, 1 PutBucketPolicy, 1 Principal, 2 Joined, 1 Join",
			func() { first = b.approved("fixtures/a", "read", "build/ann", "8h") }},
		{"a further one on its bucket", "2 GetBucketPolicy, 1 PutBucketPolicy, 1 Joined",
			func() { further = b.approved("fixtures/b", "read", "build/ann", "8h") }},
		{"a further one on another bucket", "2 GetBucketPolicy, 1 PutBucketPolicy, 1 Joined",
			func() { late = b.approved("releases", "read", "build/ann", "8h") }},
		{"the end of two", "4 GetBucketPolicy, 1 PutBucketPolicy, 1 DeleteBucketPolicy, 1 Principal, 1 Joined", func() { b.end(first); b.end(late) }},
		{"the end of the last", "2 GetBucketPolicy, 1 DeleteBucketPolicy, 1 Principal, 2 Joined, 1 Leave", func() { b.end(further) }},
	} {
		c.do()
		if got := b.counted(settle); got != c.want {
			t.Errorf("%s takes %s; want %s", c.name, got, c.want)
		}
	}
	for _, id := range []grant.ID{first, further, late} {
		b.expectState(id, "ended relinquished")
	}
}

// A further grant looks the principal up unless its approval did a moment ago, and if the membership
// is gone.
func TestPrincipalIsLookedUp(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b *bench, id grant.ID)
		want string
	}{
		{"ten seconds later", func(b *bench, _ grant.ID) { b.clock.move(justApproved) }, "active"},
		{"after the user was created again", func(b *bench, _ grant.ID) { b.aws.build.DeleteUser("ann"); b.aws.build.User("ann") }, "ended failed"},
		{"after an early end of the other grant", func(b *bench, id grant.ID) { b.end(id) }, "active"},
	} {
		b := newBench(t)
		first := b.approved("fixtures/a", "read", "build/ann", "8h")
		b.turn()
		further := b.approved("fixtures/b", "read", "build/ann", "8h")
		c.do(b, first)
		calls := b.counted(func() { b.rec.passPrincipal(ctx, b.get(further).Principal, further) }) //nolint:errcheck // there is none
		if b.run(time.Minute); !strings.Contains(calls, "Principal") {
			t.Errorf("%s, it makes the calls %s", c.name, calls)
		}
		b.expectState(further, c.want)
		if n := len(b.events(first, grant.EventDrift)) + b.aws.count("Join"); n > 0 {
			t.Errorf("%s, the principal counts as the earlier one", c.name)
		}
	}
}

// Fifty approvals on one bucket, within a second, take three writes of its policy, and each is verified
// within two seconds.
func TestFiftyApprovalsOnABucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newLargeCompany(t, 1, 1, 50, 0)
		c.run()
		synctest.Wait()
		var ids []grant.ID
		for n := range 50 {
			g := c.approve(n, 0, n, "8h")
			c.commit(grant.Grant{}, g)
			ids = append(ids, g.ID)
			time.Sleep(20 * time.Millisecond)
		}
		for _, id := range ids {
			c.waitFor(id, grant.Active)
			g := must(c.store.Get(ctx, id))
			if d := g.Last(grant.EventApplied).At.Sub(g.StartAt); d > 2*time.Second {
				t.Errorf("%s is verified after %s", id, d)
			}
		}
		if n := c.calls["PutBucketPolicy"]; n > 3 {
			t.Errorf("%d writes", n)
		}
		c.stop()
	})
}

// The accounts of a sweep take turns, however many buckets one of them has.
func TestSweepTakesTurns(t *testing.T) {
	b := newBench(t)
	var gs []grant.Grant
	for _, name := range []string{"1 a", "1 b", "1 c", "2 a", "3 a", "2 b"} {
		g := b.get(b.approved("fixtures/"+name[2:]+name[:1], "read", "build/ann", "8h"))
		g.Bucket.AccountID, g.Bucket.Name = name[:1], name
		gs = append(gs, g)
	}
	for _, account := range []string{"1", "2", "3", granteeID} { // their sweeps pause, so the jobs stay in the queue
		b.rec.passes.failed(account, awsErr(awsaccess.Retry, "GetBucketPolicy", "NoAnswer", "timed out"))
	}
	sweepPass{b.rec, noon}.startAll(ctx, gs)
	var keys []string
	for _, j := range b.rec.passes.waiting[sweepWork] {
		if name, ok := strings.CutPrefix(j.key, "bucket "); ok {
			keys = append(keys, name[2:])
		}
	}
	if want := []string{"1 a", "2 a", "3 a", "1 b", "2 b", "1 c"}; !slices.Equal(keys, want) {
		t.Errorf("a sweep starts %q, want %q", keys, want)
	}
}
