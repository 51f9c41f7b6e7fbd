package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/sim/awssim"
)

// An ACL for the grantee account, or for all authenticated users, leaves the
// decision to that account's policies. Membership of a group can then give
// access. ACLs apply only if bucket-owner-enforced ownership is off.
func TestACLsDelegate(t *testing.T) {
	for _, test := range []struct {
		ownership string
		grants    []awssim.ACLGrant
		ignored   bool
		lists     bool
	}{
		{"ObjectWriter", nil, false, false},
		{"ObjectWriter", []awssim.ACLGrant{{grantee, "READ"}}, false, true},
		{"BucketOwnerPreferred", []awssim.ACLGrant{{grantee, "FULL_CONTROL"}}, false, true},
		{"ObjectWriter", []awssim.ACLGrant{{grantee, "WRITE"}}, false, false},
		{"ObjectWriter", []awssim.ACLGrant{{"999999999999", "READ"}}, false, false},
		{"ObjectWriter", []awssim.ACLGrant{{"AuthenticatedUsers", "READ"}}, false, true},
		{"ObjectWriter", []awssim.ACLGrant{{"AuthenticatedUsers", "READ"}}, true, false},
		{"ObjectWriter", []awssim.ACLGrant{{grantee, "READ"}}, true, true}, // one account is not the public
		{"BucketOwnerEnforced", []awssim.ACLGrant{{grantee, "READ"}}, false, false},
	} {
		b := newBench(t, awssim.Config{})
		b.build.User("eve")
		b.build.UserPolicy("bob", "p", strings.Replace(allowGet, "s3:GetObject", "s3:*", 1))
		b.nonprod.Bucket("old", awssim.BucketOptions{Ownership: test.ownership, Grants: test.grants, PublicAccess: &awssim.PublicAccess{IgnorePublicAcls: test.ignored}})
		_, err := b.user(b.build, "bob").s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("old")})
		if d := b.Can(bob, "s3:ListBucket", "old", ""); d.Allowed != test.lists || (err == nil) != test.lists {
			t.Errorf("%+v: %v, and %s", test, err, d.Why)
		}
		if d := b.Can("build/eve", "s3:ListBucket", "old", ""); d.Allowed {
			t.Errorf("%+v: open to a user without a policy", test)
		}
	}
}

// An object written by another account belongs to that account, unless
// ownership is enforced or handed over. The bucket's policy then opens it for
// no principal, not even in the bucket owner's account.
func TestObjectsOfOtherAccounts(t *testing.T) {
	for _, test := range []struct {
		ownership, acl string
		reads, owner   bool // eve through the bucket's policy, and the bucket's owner
	}{
		{"BucketOwnerEnforced", "", true, true},
		{"ObjectWriter", "", false, false},
		{"ObjectWriter", "bucket-owner-full-control", false, true},
		{"ObjectWriter", "bucket-owner-read", false, true},
		{"ObjectWriter", "authenticated-read", true, true},
		{"BucketOwnerPreferred", "", false, false},
		{"BucketOwnerPreferred", "bucket-owner-full-control", true, true},
	} {
		b := newBench(t, awssim.Config{})
		third := b.Account("333333333333", "partner")
		third.User("pat")
		third.UserPolicy("pat", "p", strings.Replace(allowGet, "s3:GetObject", "s3:*", 1))
		b.build.UserPolicy("bob", "p", strings.Replace(allowGet, "s3:GetObject", "s3:*", 1))
		b.nonprod.Bucket("old", awssim.BucketOptions{Ownership: test.ownership, AllowPublic: true})
		policy := one(`"Effect":"Allow","Principal":{"AWS":["` + bob + `","arn:aws:iam::333333333333:user/pat"]},"Action":["s3:GetObject","s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::old/*"`)
		if err := b.nonprod.SetPolicy("old", policy); err != nil {
			t.Fatal(err)
		}
		_, err := b.user(third, "pat").s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("old"), Key: aws.String("a"), Body: strings.NewReader("x"), ACL: types.ObjectCannedACL(test.acl)})
		wantCode(t, test.ownership+" "+test.acl, err, "", 0, "")
		read := func(c clients) error {
			_, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("old"), Key: aws.String("a")})
			return err
		}
		if err, d := read(b.user(b.build, "bob")), b.Can(bob, "s3:GetObject", "old", "a"); (err == nil) != test.reads || d.Allowed != test.reads {
			t.Errorf("%s %s: bob reads: %v, and %s", test.ownership, test.acl, err, d.Why)
		}
		if err := read(b.root(b.nonprod)); (err == nil) != test.owner {
			t.Errorf("%s %s: the bucket's owner reads: %v", test.ownership, test.acl, err)
		}
		if err := read(b.user(third, "pat")); err != nil {
			t.Errorf("%s %s: its writer reads: %v", test.ownership, test.acl, err)
		}
	}
}

func TestBlockedACLs(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.nonprod.Bucket("old", awssim.BucketOptions{Ownership: "ObjectWriter"})
	put := func(bucket string, acl types.ObjectCannedACL) error {
		_, err := b.owner.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("a"), Body: strings.NewReader("x"), ACL: acl})
		return err
	}
	wantCode(t, "no ACLs at all", put(bucket, "private"), "AccessControlListNotSupported", 400, "does not allow ACLs")
	wantCode(t, "public, and that is blocked", put("old", "public-read"), "AccessDenied", 403, "")
	wantCode(t, "private", put("old", "private"), "", 0, "")
}

// A bucket's tags count in conditions once ABAC is on.
func TestABAC(t *testing.T) {
	for _, on := range []bool{false, true} {
		b := newBench(t, awssim.Config{})
		b.nonprod.Bucket("tagged", awssim.BucketOptions{ABAC: on, Tags: map[string]string{"team": "blue"}})
		b.build.UserPolicy("bob", "p", allowGet)
		b.nonprod.PutObject("tagged", "a", []byte("x"))
		for condition, open := range map[string]bool{
			`"StringEquals":{"aws:ResourceTag/team":"blue"}`: on, `"StringEquals":{"s3:BucketTag/team":"blue"}`: on, `"StringEquals":{"aws:ResourceTag/team":"red"}`: false,
		} {
			policy := strings.ReplaceAll(one(`"Effect":"Allow","Principal":{"AWS":"`+bob+`"},"Action":"s3:GetObject","Resource":"`+objects+`","Condition":{`+condition+`}`), bucket, "tagged")
			if err := b.nonprod.SetPolicy("tagged", policy); err != nil {
				t.Fatal(err)
			}
			_, err := b.user(b.build, "bob").s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("tagged"), Key: aws.String("a")})
			if d := b.Can(bob, "s3:GetObject", "tagged", "a"); d.Allowed != open || (err == nil) != open {
				t.Errorf("on %v, %s: %v, and %s", on, condition, err, d.Why)
			}
		}
	}
}
