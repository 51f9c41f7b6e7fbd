package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"s3share/internal/sim/awssim"
)

const putOnly = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}`

// A boundary grants nothing and removes all actions outside it. Within an
// account it does not limit grants of a resource policy to a user or a session
// by ARN, but it limits grants to a role. Reference case 27, and the IAM user
// guide.
func TestPermissionsBoundaryLimits(t *testing.T) {
	const native, role = "arn:aws:iam::" + owner + ":user/native", "arn:aws:iam::" + owner + ":role/worker"
	session := "arn:aws:sts::" + owner + ":assumed-role/worker/session"
	may := func(who string) string { return strings.Replace(bobMayRead, bob, who, 1) }
	for _, test := range []struct {
		what, who, policy, boundary string
		ownPolicy, open             bool
		why                         string
	}{
		{"none", bob, may(bob), "", true, true, "Allowed by both halves"},
		{"it allows that", bob, may(bob), allowGet, true, true, "Allowed by both halves"},
		{"it allows something else", bob, may(bob), putOnly, true, false, "the permissions boundary limit does not allow s3:GetObject"},
		{"it gives nothing", bob, may(bob), allowGet, false, false, "The grantee half is missing"},
		{"it denies", bob, may(bob), strings.Replace(allowGet, "Allow", "Deny", 1), true, false, "of the permissions boundary limit denies it"},
		{"a user of the account, by ARN", native, may(native), putOnly, false, true, "Allowed within account"},
		{"a role of the account, by ARN", role, may(role), putOnly, false, false, "the permissions boundary limit"},
		{"a session of the account, by ARN", role, may(session), putOnly, false, true, "Allowed within account"},
		{"denied to all but the user, without a boundary", bob, strings.Replace(may(bob), "]}", `,{"Effect":"Deny","NotPrincipal":{"AWS":["`+bob+`","`+grantee+`"]},"Action":"s3:*","Resource":"`+objects+`"}]}`, 1),
			"", true, true, ""},
		{"denied to all but the user, with one", bob, strings.Replace(may(bob), "]}", `,{"Effect":"Deny","NotPrincipal":{"AWS":["`+bob+`","`+grantee+`"]},"Action":"s3:*","Resource":"`+objects+`"}]}`, 1),
			allowGet, true, false, "denies it"},
	} {
		b := newBench(t, awssim.Config{})
		b.nonprod.User("native")
		b.nonprod.Role("worker", strings.Replace(trustBuild, grantee, owner, 1))
		account, name := b.build, "bob"
		if test.who != bob {
			account, name = b.nonprod, map[string]string{native: "native", role: "role/worker"}[test.who]
		}
		if test.ownPolicy {
			b.build.UserPolicy("bob", "p", allowGet)
		}
		if test.boundary != "" {
			account.Boundary(name, account.ManagedPolicy("/", "limit", test.boundary))
		}
		if err := b.nonprod.SetPolicy(bucket, test.policy); err != nil {
			t.Fatalf("%s: %v", test.what, err)
		}
		if d := b.Can(test.who, "s3:GetObject", bucket, "x"); d.Allowed != test.open || !strings.Contains(d.Why, test.why) {
			t.Errorf("%s: %v %q, want %v %q", test.what, d.Allowed, d.Why, test.open, test.why)
		}
	}
}

// GetUser and GetRole return the boundary; lists do not.
func TestPermissionsBoundaryInAnswers(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.build.Boundary("bob", otherPolicy)
	b.build.Boundary("role/deployer", otherPolicy)
	c := b.iamAdmin.iam
	user := must(c.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("bob")}))(t).User
	role := must(c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("deployer")}))(t).Role
	if user.PermissionsBoundary == nil || aws.ToString(user.PermissionsBoundary.PermissionsBoundaryArn) != otherPolicy ||
		role.PermissionsBoundary == nil || aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn) != otherPolicy {
		t.Errorf("user %+v, role %+v", user, role)
	}
	for _, u := range must(c.ListUsers(ctx, &iam.ListUsersInput{}))(t).Users {
		if u.PermissionsBoundary != nil {
			t.Errorf("the list tells %+v", u)
		}
	}
	b.build.Boundary("bob", "")
	if user := must(c.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("bob")}))(t).User; user.PermissionsBoundary != nil {
		t.Errorf("taken away: %+v", user)
	}
}
