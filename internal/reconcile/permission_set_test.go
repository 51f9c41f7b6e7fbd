package reconcile

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/preflight"
)

const (
	devRole  = "AWSReservedSSO_Dev_0123456789abcdef"
	devARN   = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/" + devRole
	notInSet = "The permission set Dev lacks the customer managed policy /s3share/s3share in build, and only " +
		"Identity Center can change AWSReservedSSO_Dev_0123456789abcdef. An administrator of Identity Center can " +
		"add it: 1. deploy grantee-account.yml in every account that has the permission set, which makes the " +
		"policy; 2. in Identity Center, open Permission sets, Dev, Customer managed policies, Attach policies; 3. " +
		"enter the name s3share and the path /s3share/; 4. attach it, and provision the accounts again if Identity " +
		"Center asks."
)

// permissionSet simulates Identity Center's role of the permission set Dev.
func (b *bench) permissionSet(carries bool) {
	b.aws.renamed[devRole] = b.aws.build.Role("aws-reserved/sso.amazonaws.com/"+devRole, trustRoot)
	_, policy := awsaccess.PartKey(grant.Principal{ARN: devARN, AccountID: granteeID, Kind: grant.KindRole})
	if carries {
		b.aws.build.AttachToRole(devRole, policy)
	} else {
		b.aws.build.DetachFromRole(devRole, policy)
	}
}

// neverWritten fails if the bot tried to attach or detach.
func (b *bench) neverWritten() {
	b.Helper()
	if n := b.aws.count("Join", "Leave"); n > 0 {
		b.Errorf("%d writes to the role of a permission set", n)
	}
}

// The bucket half alone opens and closes access.
func TestPermissionSet(t *testing.T) {
	b := newBench(t)
	b.permissionSet(true)
	id := b.approved("fixtures", "read", devARN, "8h")
	other := b.approved("fixtures/a", "read", devARN, "1h")
	b.run(time.Minute)
	b.expectState(id, "active")
	b.expectState(other, "active")
	b.extend(id, 60)
	b.run(time.Minute)
	if b.get(id).IsExtending() {
		t.Error("the extension is not confirmed")
	}
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Denied, "PutBucketPolicy", "AccessDenied", "no")
	b.run(time.Hour)
	b.sweep()
	b.expectState(other, "ending expired")
	if n := len(b.events(other, grant.EventHalfRemoved)); n > 0 {
		t.Errorf("%d halves are said to be gone while the bucket half is there", n)
	}
	clear(b.aws.errs)
	b.run(10 * time.Minute)
	b.expectState(other, "ended expired")
	b.end(id)
	b.run(10 * time.Minute)
	b.expectState(id, "ended relinquished")
	gone := b.events(id, grant.EventHalfRemoved)
	if len(gone) != 2 || gone[0].Half != grant.OwnerHalf || gone[1].Why != "Kept: the permission set Dev carries "+
		"it." {
		t.Errorf("gone: %+v", gone)
	}
	if !preflight.Absent(b.policyOf(fixtures), id) || !preflight.Absent(b.policyOf(fixtures), other) {
		t.Error("the bucket still allows it")
	}
	b.sweep()
	b.neverWritten()
	b.expectNoWrites()
}

// The permission set may lose the policy between the request and the decision.
func TestPermissionSetIsCheckedAtTheDecision(t *testing.T) {
	b := newBench(t)
	b.permissionSet(true)
	id := b.request("fixtures", "read", devARN, "1h")
	b.turn()
	b.expectState(id, "pending")
	b.permissionSet(false)
	for _, err := range []error{refusalOf(b.rec.Preflight().CheckApproval(ctx, b.get(id))), refusalOf(b.rec.Preflight().CheckExtension(ctx, b.get(id)))} {
		if err == nil || err.Error() != notInSet {
			t.Errorf("%v", err)
		}
	}
}

// A missing policy is reported like any grantee half, and only Identity Center can restore it.
func TestPermissionSetLosesThePolicy(t *testing.T) {
	b := newBench(t)
	b.permissionSet(true)
	id := b.approved("fixtures", "read", devARN, "8h")
	b.run(5 * time.Minute)
	b.permissionSet(false)
	b.sweep()
	b.run(5 * time.Minute)
	drift := b.events(id, grant.EventDrift)
	if len(drift) != 1 || drift[0].Half != grant.GranteeHalf || drift[0].Why != "The permission set Dev no longer has the policy /s3share/s3share (changed outside s3share)." {
		t.Fatalf("flagged as %+v", drift)
	}
	if !preflight.Absent(b.policyOf(fixtures), id) {
		t.Error("the bucket half stays while nobody has decided")
	}
	b.expectNoWrites()
	b.apply(id, grant.Restore{By: ada, Today: b.today(id)}) // a person's restore is refused meanwhile
	b.run(5 * time.Minute)
	stuck := b.events(id, grant.EventStalled)
	if len(stuck) != 1 || !strings.Contains(stuck[0].Why, "The permission set Dev lacks") || !b.get(id).IsRestoring() {
		t.Errorf("stuck: %+v", stuck)
	}
	b.permissionSet(true)
	b.run(10 * time.Minute)
	if b.get(id).IsRestoring() || !hasStatements(b.policyOf(fixtures), b.get(id), b.get(id).ExpiresAt) {
		t.Error("it is not as it was")
	}
	b.end(id)
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.neverWritten()
	b.expectNoWrites()
}

// A grant that ends while the policy is missing does not wait for it.
func TestPermissionSetWithoutThePolicyAtTheEnd(t *testing.T) {
	b := newBench(t)
	b.permissionSet(true)
	ends := b.approved("fixtures", "read", devARN, "8h")
	b.run(5 * time.Minute)
	b.permissionSet(false)
	waits := b.approved("fixtures/a", "read", devARN, "8h")
	b.end(ends)
	b.run(5 * time.Minute)
	b.expectState(ends, "ended relinquished")
	b.expectState(waits, "approved")
	b.run(8 * time.Hour)
	b.expectState(waits, "ended expired")
	b.neverWritten()
	b.expectNoWrites()
}
