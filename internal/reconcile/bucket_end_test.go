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
	ending := b.approve("fixtures/a", "read", "build/ben", "1h")
	b.run(time.Second)
	id := b.approve("fixtures", "read", "build/ann", "1h")
	b.end(ending)
	b.aws.buckets[fixtures] = false
	b.run(time.Minute)
	b.is(id, "ended failed", "The bucket fixtures does not exist any more.")
	b.is(ending, "ended relinquished")
	if len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("the grantee half is left")
	}
	b.run(10 * time.Minute)
}

// It expires while AWS refuses it: never granted, and ended all the same.
func TestExpiresWhileApplied(t *testing.T) {
	b := newBench(t)
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Denied, "PutBucketPolicy", "AccessDenied", "Access Denied")
	id := b.approve("fixtures", "read", "build/ann", "10m")
	b.run(5 * time.Minute)
	b.is(id, "approved")
	b.run(6 * time.Minute)
	b.is(id, "ended expired")
	if len(b.events(id, grant.Applied)) != 0 || len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("granted, or something is left")
	}
}
