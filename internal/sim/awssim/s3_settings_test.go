package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/sim/awssim"
)

func TestBucketSettings(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.nonprod.Bucket("set", awssim.BucketOptions{Ownership: "ObjectWriter", RequesterPays: true, ABAC: true,
		Grants: []awssim.ACLGrant{{Grantee: "AuthenticatedUsers", Permission: "READ"}, {Grantee: "0123abcd", Permission: "WRITE"}}})
	c := b.root(b.nonprod).s3
	for _, test := range []struct {
		bucket, uri, id string
		grants          int
		payer           types.Payer
		abac            types.BucketAbacStatus
	}{
		{bucket, "", owner, 1, types.PayerBucketOwner, types.BucketAbacStatusDisabled},
		{"set", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "0123abcd", 3, types.PayerRequester, types.BucketAbacStatusEnabled},
	} {
		name := aws.String(test.bucket)
		acl := must(c.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: name}))(t)
		if len(acl.Grants) != test.grants || aws.ToString(acl.Owner.ID) != owner {
			t.Fatalf("%s: the ACL of %s is %+v", test.bucket, aws.ToString(acl.Owner.ID), acl.Grants)
		}
		last := acl.Grants[test.grants-1].Grantee
		if last.Type != types.TypeCanonicalUser || aws.ToString(last.ID) != test.id {
			t.Errorf("%s: the last grantee is %+v", test.bucket, last)
		}
		if test.grants > 1 && aws.ToString(acl.Grants[1].Grantee.URI) != test.uri {
			t.Errorf("%s: the second grantee is %+v", test.bucket, acl.Grants[1].Grantee)
		}
		if pay := must(c.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{Bucket: name}))(t); pay.Payer != test.payer {
			t.Errorf("%s: paid by %s", test.bucket, pay.Payer)
		}
		if abac := must(c.GetBucketAbac(ctx, &s3.GetBucketAbacInput{Bucket: name}))(t); abac.AbacStatus == nil || abac.AbacStatus.Status != test.abac {
			t.Errorf("%s: ABAC is %+v", test.bucket, abac.AbacStatus)
		}
	}
}

func TestRequesterPays(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.nonprod.Bucket("paid", awssim.BucketOptions{RequesterPays: true})
	b.nonprod.PutObject("paid", "k", []byte("x"))
	b.build.User("bob")
	b.build.UserPolicy("bob", "all", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + grantee + `:user/bob"},` +
		`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::paid","arn:aws:s3:::paid/*"]}]}`
	if err := b.nonprod.SetPolicy("paid", policy); err != nil {
		t.Fatal(err)
	}
	c, name := b.user(b.build, "bob").s3, aws.String("paid")
	_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("k")})
	wantCode(t, "GetObject unpaid", err, "AccessDenied", 403, "")
	_, err = c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: name})
	wantCode(t, "ListObjectsV2 unpaid", err, "AccessDenied", 403, "")
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("k"), RequestPayer: types.RequestPayerRequester})
	wantCode(t, "GetObject paid", err, "", 0, "")
	_, err = b.root(b.nonprod).s3.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("k")})
	wantCode(t, "GetObject by the owner", err, "", 0, "")
}

func TestPermissionsBoundaryOfUsersAndRoles(t *testing.T) {
	b := newBench(t, awssim.Config{})
	const all = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	limit := b.build.ManagedPolicy("/", "limit", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},`+
		`{"Effect":"Deny","Action":"s3:GetObjectTagging","Resource":"*"}]}`)
	bob := b.build.User("bob")
	b.build.UserPolicy("bob", "all", all)
	policy := func(more string) {
		t.Helper()
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:*","Resource":"arn:aws:s3:::` + bucket + `/*"}` + more + `]}`
		if err := b.nonprod.SetPolicy(bucket, text); err != nil {
			t.Fatal(err)
		}
	}
	can := func(action string, want bool) {
		t.Helper()
		if d := b.Can(bob, action, bucket, "k"); d.Allowed != want {
			t.Errorf("%s: %v, %s", action, d.Allowed, d.Why)
		}
	}
	policy("")
	can("s3:PutObject", true)
	b.build.Boundary("bob", limit)
	can("s3:PutObject", false)
	can("s3:GetObjectTagging", false)
	can("s3:GetObject", true)
	policy(`,{"Effect":"Deny","NotPrincipal":{"AWS":["` + bob + `","arn:aws:iam::` + grantee + `:root"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}`)
	can("s3:GetObject", false)
	got := must(b.root(b.build).iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("bob")}))(t).User.PermissionsBoundary
	if got == nil || aws.ToString(got.PermissionsBoundaryArn) != limit || got.PermissionsBoundaryType != "Policy" {
		t.Errorf("GetUser says %+v", got)
	}
}
