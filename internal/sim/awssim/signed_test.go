package awssim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"s3share/internal/sim/awssim"
)

// All signed requests have these keys. A statement for everyone that requires
// them is therefore a delegation to every account: a user has access exactly if
// their own account allows it. iam-simulate agrees.
func TestConditionKeysOfSignedRequests(t *testing.T) {
	for _, test := range []struct {
		condition string
		open      bool
	}{
		{`"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`, true},
		{`"StringEquals":{"s3:signatureversion":"AWS"}`, false},
		{`"StringEquals":{"s3:authType":"REST-HEADER"}`, true},
		{`"StringEquals":{"s3:authType":"REST-QUERY-STRING"}`, false},
		{`"NumericGreaterThanEquals":{"s3:TlsVersion":"1.2"}`, true},
		{`"Bool":{"aws:SecureTransport":"true"}`, true},
		{`"StringLike":{"aws:userid":"AIDA*"}`, true},
		{`"StringEquals":{"aws:username":"bob"}`, true},
		{`"Null":{"aws:MultiFactorAuthPresent":"true"}`, true}, // absent for long-term keys
		{`"Null":{"aws:SourceIdentity":"false"}`, false},
	} {
		b := newBench(t, awssim.Config{})
		b.nonprod.DeleteBucket(bucket)
		b.nonprod.Bucket(bucket, awssim.BucketOptions{AllowPublic: true})
		b.build.User("eve")
		b.build.UserPolicy("bob", "p", allowGet)
		b.nonprod.PutObject(bucket, "a.txt", []byte("hello"))
		policy := one(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"` + objects + `","Condition":{` + test.condition + `}`)
		if err := b.nonprod.SetPolicy(bucket, policy); err != nil {
			t.Fatalf("%s: %v", test.condition, err)
		}
		_, err := b.user(b.build, "bob").s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		if d := b.Can(bob, "s3:GetObject", bucket, "a.txt"); d.Allowed != test.open || (err == nil) != test.open {
			t.Errorf("%s: %v, and the request itself: %v", test.condition, d.Why, err)
		}
		if d := b.Can("build/eve", "s3:GetObject", bucket, "a.txt"); d.Allowed {
			t.Errorf("%s: open to a user without a policy", test.condition)
		}
	}
}

// Presigned links and sessions set condition keys that other requests do not
// have.
func TestConditionKeysOfLinksAndSessions(t *testing.T) {
	b := newFull(t, awssim.Config{})
	deny := `{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"` + objects + `","Condition":{%s}}`
	link := "/" + bucket + "/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20261123%%2Fus-east-1%%2Fs3%%2Faws4_request" +
		"&X-Amz-Date=20261123T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
	id, _ := b.build.AccessKey("bob")
	for condition, status := range map[string]int{
		`"StringEquals":{"s3:authType":"REST-HEADER"}`:       200,
		`"StringEquals":{"s3:authType":"REST-QUERY-STRING"}`: 403,
		`"NumericGreaterThan":{"s3:signatureAge":"600000"}`:  200,
	} {
		if err := b.nonprod.SetPolicy(bucket, strings.Replace(bobMayRead, "]}", ","+fmt.Sprintf(deny, condition)+"]}", 1)); err != nil {
			t.Fatal(err)
		}
		if got, text := b.send(t, "GET", fmt.Sprintf(link, id), "", ""); got != status {
			t.Errorf("%s: a link answers %d %s", condition, got, text)
		}
	}
	both := strings.Replace(bobMayRead, `"AWS":"`+bob+`"`, `"AWS":["`+bob+`","`+deployerARN+`"]`, 1)
	withDeny := strings.TrimSuffix(both, "]}") + "," + fmt.Sprintf(deny, `"Bool":{"aws:MultiFactorAuthPresent":"false"}`) + "]}"
	if err := b.nonprod.SetPolicy(bucket, withDeny); err != nil {
		t.Fatal(err)
	}
	for who, open := range map[string]bool{bob: true, deployerARN: false} {
		if d := b.Can(who, "s3:GetObject", bucket, "a.txt"); d.Allowed != open {
			t.Errorf("%s without MFA: %s", who, d.Why)
		}
	}
}

// IAM reads accept names longer than a user can have.
func TestLongNames(t *testing.T) {
	b := newFull(t, awssim.Config{})
	name := func(n int) *string { return aws.String(strings.Repeat("x", n)) }
	c := b.iamAdmin.iam
	_, err := c.GetUser(ctx, &iam.GetUserInput{UserName: name(128)})
	wantCode(t, "128 are read", err, "NoSuchEntity", 404, "")
	_, err = c.GetUser(ctx, &iam.GetUserInput{UserName: name(129)})
	wantCode(t, "129 are not", err, "ValidationError", 400, "128")
	_, err = c.CreateUser(ctx, &iam.CreateUserInput{UserName: name(64)})
	wantCode(t, "64 are made", err, "", 0, "")
	_, err = c.CreateUser(ctx, &iam.CreateUserInput{UserName: name(65)})
	wantCode(t, "65 are not", err, "ValidationError", 400, "64")
	_, err = c.UpdateUser(ctx, &iam.UpdateUserInput{UserName: name(64), NewUserName: name(65)})
	wantCode(t, "renamed to 65", err, "ValidationError", 400, "64")
}

// again retries a call whose connection the SDK closed itself: on a busy machine it can
// close the body of the request before Go has read that to its end, and Go then closes
// the connection under a long answer. Every real caller retries that.
func again(o *iam.Options) {
	o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = 10
		s.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// An account with 10,000 users and as many roles is listed in ten pages of
// 1,000.
func TestManyPrincipals(t *testing.T) {
	b := newFull(t, awssim.Config{})
	const n = 10_000
	for i := range n {
		b.build.User(fmt.Sprintf("many/user-%05d", i))
		b.build.Role(fmt.Sprintf("many/role-%05d", i), trustBuild)
	}
	seen, pages := map[string]bool{}, 0
	for p := iam.NewListUsersPaginator(b.iamAdmin.iam, &iam.ListUsersInput{PathPrefix: aws.String("/many/"), MaxItems: aws.Int32(1000)}); p.HasMorePages(); pages++ {
		for _, u := range must(p.NextPage(ctx, again))(t).Users {
			seen[*u.Arn] = true
		}
	}
	var last types.Role
	for p := iam.NewListRolesPaginator(b.iamAdmin.iam, &iam.ListRolesInput{PathPrefix: aws.String("/many/"), MaxItems: aws.Int32(1000)}); p.HasMorePages(); pages++ {
		for _, r := range must(p.NextPage(ctx, again))(t).Roles {
			seen[*r.Arn], last = true, r
		}
	}
	if len(seen) != 2*n || pages != 20 || *last.RoleName != "role-09999" {
		t.Errorf("%d principals on %d pages, the last %s", len(seen), pages, aws.ToString(last.RoleName))
	}
	if b.build.UniqueID("arn:aws:iam::"+grantee+":role/many/role-05000") == "" || b.build.UniqueID("arn:aws:iam::"+grantee+":user/role-05000") != "" {
		t.Error("a principal is not found by its ARN, or one by another's")
	}
}
