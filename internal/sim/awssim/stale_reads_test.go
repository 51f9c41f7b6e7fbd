package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"s3share/internal/sim/awssim"
)

// For some seconds reads and decisions use the previous state. Writes act on
// the newest.
func TestSettling(t *testing.T) {
	const settle = 4 * time.Second
	for op, test := range map[string]struct {
		seen func(b *full) bool // whether a read shows the write
		open bool               // whether bob may read after it settles
		was  bool               // whether he may before
	}{
		"PutBucketPolicy": {func(b *full) bool { return policyIs(b, "y") }, false, false},
		"DeleteBucketPolicy": {func(b *full) bool {
			_, err := b.owner.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
			return err != nil
		}, false, true},
		"AddUserToGroup":      {func(b *full) bool { return len(membersOf(b)) == 2 }, true, false},
		"RemoveUserFromGroup": {func(b *full) bool { return len(membersOf(b)) == 0 }, false, false},
		"AttachRolePolicy":    {func(b *full) bool { return attachedTo(b) == 2 }, false, false},
		"DetachRolePolicy":    {func(b *full) bool { return attachedTo(b) == 0 }, false, false},
	} {
		b := newFull(t, awssim.Config{Settle: settle})
		b.build.UserPolicy("bob", "all", one(`"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"`)) // no S3 actions
		if test.was {
			b.build.UserPolicy("bob", "get", allowGet)
		}
		if err := everyCall[op](ctx, b); err != nil {
			t.Fatal(err)
		}
		check := func(when string, seen, open bool) {
			t.Helper()
			if got := test.seen(b); got != seen {
				t.Errorf("%s, %s: seen %v, want %v", op, when, got, seen)
			}
			if d := b.Can(bob, "s3:GetObject", bucket, "x"); d.Allowed != open {
				t.Errorf("%s, %s: open %v: %s", op, when, d.Allowed, d.Why)
			}
		}
		check("at once", false, test.was)
		b.clock.Add(settle - time.Nanosecond)
		check("a moment before", false, test.was)
		b.clock.Add(time.Nanosecond)
		check("settled", true, test.open)
	}
}

func policyIs(b *full, sid string) bool {
	out, err := b.owner.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
	return err == nil && *out.Policy == bobMayReadAs(sid)
}

func membersOf(b *full) []string {
	out, err := b.iamAdmin.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("s3share")})
	if err != nil {
		return []string{err.Error(), "", ""}
	}
	var names []string
	for _, u := range out.Users {
		names = append(names, *u.UserName)
	}
	return names
}

func attachedTo(b *full) int {
	out, err := b.iamAdmin.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("deployer")})
	if err != nil {
		return -1
	}
	return len(out.AttachedPolicies)
}

// Several writes before the first has settled: each becomes visible in turn,
// and none is lost.
func TestSettlingKeepsOrder(t *testing.T) {
	b := newFull(t, awssim.Config{Settle: 10 * time.Second})
	for _, sid := range []string{"a", "b", "c"} {
		if err := put(b.owner, bobMayReadAs(sid)); err != nil {
			t.Fatal(err)
		}
		if got := b.nonprod.Policy(bucket); got != bobMayReadAs(sid) {
			t.Errorf("the newest is %s", got)
		}
		b.clock.Add(4 * time.Second)
	}
	// Written at 0, 4 and 8 s; the time is 12 s.
	for _, sid := range []string{"a", "b", "c"} {
		if !policyIs(b, sid) {
			t.Errorf("%s is not seen in its turn", sid)
		}
		b.clock.Add(4 * time.Second)
	}
	// The test's own changes are visible at once and for good.
	if err := put(b.owner, bobMayReadAs("d")); err != nil {
		t.Fatal(err)
	}
	if err := b.nonprod.SetPolicy(bucket, bobMayReadAs("e")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if !policyIs(b, "e") {
			t.Error("a change of the test's own is not seen")
		}
		b.clock.Add(10 * time.Second)
	}
	// A write acts on the newest state, even before it settles: both joins
	// remain.
	for _, user := range []string{"u1", "u2"} {
		b.build.User(user)
		if err := addTo(b.iamAdmin, "s3share", user); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Add(10 * time.Second)
	if got := membersOf(b); len(got) != 3 {
		t.Errorf("members %q", got)
	}
}

// A policy cannot name a new principal at first.
func TestPrincipalLag(t *testing.T) {
	b := newBench(t, awssim.Config{PrincipalLag: 10 * time.Second})
	c := b.root(b.nonprod)
	b.clock.Add(10*time.Second - 1)
	wantCode(t, "young", put(c, bobMayRead), "MalformedPolicy", 400, "Invalid principal in policy")
	b.clock.Add(1)
	wantCode(t, "known", put(c, bobMayRead), "", 0, "")
}
