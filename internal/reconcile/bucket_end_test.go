package reconcile

import (
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// The bucket is deleted while it is shared.
func TestBucketGone(t *testing.T) {
	b := newBench(t)
	ending := b.approved("fixtures/a", "read", "build/ben", "1h")
	b.run(time.Second)
	id := b.approved("fixtures", "read", "build/ann", "1h")
	b.end(ending)
	b.aws.buckets[fixtures] = false
	b.run(time.Minute)
	b.expectState(id, "ended failed", "The bucket fixtures does not exist any more.")
	b.expectState(ending, "ended relinquished")
	if len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("the grantee half is left")
	}
	b.run(10 * time.Minute)
}

// A grant that expires while AWS refuses it is never granted, and ends.
func TestExpiresWhileApplied(t *testing.T) {
	b := newBench(t)
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Denied, "PutBucketPolicy", "AccessDenied", "Access Denied")
	id := b.approved("fixtures", "read", "build/ann", "10m")
	b.run(5 * time.Minute)
	b.expectState(id, "approved")
	b.run(6 * time.Minute)
	b.expectState(id, "ended expired")
	if len(b.events(id, grant.EventApplied)) != 0 || len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("granted, or something is left")
	}
}

// A write with an unknown outcome contains all desired statements. Until it was seen or has expired
// it may bring back statements that were removed since, so an early end is confirmed late.
func TestUnansweredWriteMayRestoreAStatement(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault         // of the write for another grant
		later time.Duration // from then to the end
		waits bool
	}{
		{"its outcome is known", works, 0, false},
		{"refused", throttled, 0, false},
		{"no reply, and it has not arrived", lostBefore, 0, true},
		{"no reply, and it was seen", lostAfter, 0, false},
		{"killed before it arrived", killed, 0, true},
		{"killed after it arrived", killedAfter, 0, true}, // another write could have the same effect
		{"no reply, and too old to arrive", lostBefore, signedFor, false},
		{"killed, and too old to arrive", killed, signedFor, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.approved("releases", "read", "build/ann", "8h") // keeps the membership
			id := b.approved("fixtures/a", "read", "build/ann", "8h")
			b.run(2 * time.Minute)
			b.expectState(id, "active")
			late := with(b.policyOf(fixtures), b.get(id))
			b.fault = func(_ int, op string, _ bool) fault {
				if op == "PutBucketPolicy" {
					b.fault = nil
					return c.fault
				}
				return works
			}
			b.approved("fixtures/b", "read", "build/ben", "8h")
			b.run(10*time.Second + c.later)
			at := b.clock.now()
			b.end(id)
			b.run(20 * time.Second)
			if waits := b.get(id).State != grant.Ended; waits != c.waits {
				t.Fatalf("after 20 s it is %s", b.get(id).State)
			}
			if !c.waits {
				return
			}
			if err := b.aws.nonprod.SetPolicy(fixtures, string(late.Bytes())); err != nil { // it arrives
				t.Fatal(err)
			}
			b.run(5 * time.Minute)
			b.expectState(id, "ended relinquished")
			if b.can("ann", "a/x.txt") || b.get(id).EndedAt.Sub(at) < time.Minute {
				t.Errorf("it ended after %s, and is open: %v", b.get(id).EndedAt.Sub(at), b.can("ann", "a/x.txt"))
			}
		})
	}
}

// A write that was sent twice and seen once may still arrive a second time.
func TestRepeatedWriteMayArriveTwice(t *testing.T) {
	b := newBench(t)
	b.approved("releases", "read", "build/ann", "8h") // keeps the membership
	b.run(time.Minute)
	b.fault = func(_ int, op string, _ bool) fault {
		if op == "PutBucketPolicy" {
			b.fault = nil
			return lostBefore
		}
		return works
	}
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(30 * time.Second)
	b.expectState(id, "active")
	late := b.aws.nonprod.Policy(fixtures)
	b.end(id)
	b.run(20 * time.Second)
	b.expectState(id, "ending relinquished")
	if err := b.aws.nonprod.SetPolicy(fixtures, late); err != nil {
		t.Fatal(err)
	}
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	if b.can("ann", "a/x.txt") {
		t.Error("it is open after it has ended")
	}
}

// Rechecks of ended grants are not urgent: if AWS fails, the next one is in an hour, and after the
// expiry there is none.
func TestRechecksOfEndedGrantsAreRare(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.end(id)
	b.run(10 * time.Minute)
	b.expectState(id, "ended relinquished")
	for _, op := range []string{"GetBucketPolicy", "Principal"} {
		b.aws.errs[op] = awsErr(awsaccess.Denied, op, "AccessDenied", "")
	}
	before := len(b.aws.calls)
	b.run(24 * time.Hour)
	if g, n := b.get(id), len(b.aws.calls)-before; !g.Owner.NextAttemptAt.IsZero() || !g.Grantee.NextAttemptAt.IsZero() || n == 0 || n > 30 {
		t.Errorf("%d calls; next %s, %s", n, g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt)
	}
}

// The next process also knows a known outcome.
func TestKnownOutcomeIsKnownAfterARestart(t *testing.T) {
	b := newBench(t)
	b.approved("releases", "read", "build/ann", "8h") // keeps the membership
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(2 * time.Minute)
	b.approved("fixtures/b", "read", "build/ben", "8h")
	b.run(10 * time.Second)
	b.restart()
	b.end(id)
	b.run(20 * time.Second)
	b.expectState(id, "ended relinquished")
}
