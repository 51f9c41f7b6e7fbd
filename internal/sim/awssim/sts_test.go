package awssim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"s3share/internal/sim/awssim"
)

const mayAssume = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`

func trusting(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"` + condition + `}]}`
}

func assume(c clients, arn string, change func(*sts.AssumeRoleInput)) (*sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("session")}
	if change != nil {
		change(in)
	}
	return c.sts.AssumeRole(ctx, in)
}

func TestAssumeRoleDecisions(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.User("able")
	b.build.UserPolicy("able", "p", mayAssume)
	b.build.User("barred")
	b.build.UserPolicy("barred", "p", strings.Replace(mayAssume, "Allow", "Deny", 1))
	able, bobs, barred, root := b.user(b.build, "able"), b.user(b.build, "bob"), b.user(b.build, "barred"), b.root(b.build)
	external := `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}`
	for _, test := range []struct {
		what   string
		in     *awssim.Account
		trust  string
		caller clients
		id     string
		ok     bool
	}{
		{"both halves, another account", b.nonprod, trusting("arn:aws:iam::"+grantee+":user/able", ""), able, "", true},
		{"the trust alone, another account", b.nonprod, trusting(bob, ""), bobs, "", false},
		{"the caller's policy alone", b.nonprod, trusting(bob, ""), able, "", false},
		{"the account trusted, with a policy", b.nonprod, trusting(grantee, ""), able, "", true},
		{"the account trusted, without one", b.nonprod, trusting(grantee, ""), bobs, "", false},
		{"the trust alone, within an account", b.build, trusting(bob, ""), bobs, "", true},
		{"own account trusted, with a policy", b.build, trusting(grantee, ""), able, "", true},
		{"own account trusted, without one", b.build, trusting(grantee, ""), bobs, "", false},
		{"a policy and no trust", b.build, trusting(bob, ""), able, "", false},
		{"an explicit deny", b.build, trusting("arn:aws:iam::"+grantee+":user/barred", ""), barred, "", false},
		{"root never may", b.build, trusting(grantee, ""), root, "", false},
		{"the external id", b.build, trusting(bob, external), bobs, "secret", true},
		{"another external id", b.build, trusting(bob, external), bobs, "guess", false},
		{"no external id", b.build, trusting(bob, external), bobs, "", false},
		{"an external id that is not asked for", b.build, trusting(bob, ""), bobs, "any", true},
	} {
		arn := test.in.Role("role", test.trust)
		_, err := assume(test.caller, arn, func(in *sts.AssumeRoleInput) {
			if test.id != "" {
				in.ExternalId = &test.id
			}
		})
		switch {
		case test.ok:
			wantCode(t, test.what, err, "", 0, "")
		case test.caller == root:
			wantCode(t, test.what, err, "AccessDenied", 403, "Roles may not be assumed by root accounts.")
		default:
			wantCode(t, test.what, err, "AccessDenied", 403, "is not authorized to perform: sts:AssumeRole on resource: "+arn)
		}
	}
	_, err := assume(able, "arn:aws:iam::"+owner+":role/none", nil)
	wantCode(t, "no role", err, "AccessDenied", 403, "role/none")
}

func TestAssumeRoleParameters(t *testing.T) {
	b := newBench(t, awssim.Config{})
	arn := b.build.Role("role", trusting(bob, ""))
	c := b.user(b.build, "bob")
	for _, test := range []struct {
		what   string
		change func(*sts.AssumeRoleInput)
		ok     bool
	}{
		{"shortest", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }, true},
		{"too short", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, false},
		{"longest of the role", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3600) }, true},
		{"longer than the role's", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }, false},
		{"longest external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String(strings.Repeat("x", 1224)) }, true},
		{"too long an external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String(strings.Repeat("x", 1225)) }, false},
		{"too short an external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x") }, false},
		{"an odd external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("a b") }, false},
		{"longest session name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(strings.Repeat("x", 64)) }, true},
		{"too long a session name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(strings.Repeat("x", 65)) }, false},
		{"too short a session name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("x") }, false},
		{"an odd session name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a/b") }, false},
		{"no role's ARN", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("deployer-of-things-and-more") }, false},
	} {
		_, err := assume(c, arn, test.change)
		if test.ok {
			wantCode(t, test.what, err, "", 0, "")
		} else {
			wantCode(t, test.what, err, "ValidationError", 400, "")
		}
	}
}

func TestSessions(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.Role("ops/first", trusting(bob, ""), mayAssume)
	first := "arn:aws:iam::" + grantee + ":role/ops/first"
	out := must(assume(b.user(b.build, "bob"), first, nil))(t)
	if got := out.Credentials.Expiration.Sub(noon); got != time.Hour {
		t.Errorf("a session lasts %v", got)
	}
	id := func(c clients) (string, error) {
		out, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Arn) + " " + aws.ToString(out.UserId), nil
	}
	session := b.as(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	want := "arn:aws:sts::" + grantee + ":assumed-role/first/session " + b.build.UniqueID(first) + ":session"
	if got := must(id(session))(t); got != want {
		t.Errorf("the session is %s, want %s", got, want)
	}
	if want := bob + " " + b.build.UniqueID(bob); must(id(b.user(b.build, "bob")))(t) != want {
		t.Errorf("the user is not %s", want)
	}
	if want := "arn:aws:iam::" + grantee + ":root " + grantee; must(id(b.root(b.build)))(t) != want {
		t.Errorf("the root is not %s", want)
	}

	// A session of one role may assume another for at most an hour.
	second := b.build.Role("second", trusting(first, ""))
	_, err := assume(session, second, nil)
	wantCode(t, "chained", err, "", 0, "")
	_, err = assume(session, second, func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) })
	wantCode(t, "chained for longer", err, "ValidationError", 400, "role chaining")

	// Its credentials are useless if incomplete, expired, or once the role is
	// gone.
	iamOf := func(c clients) error {
		_, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("second")})
		return err
	}
	s3Of := func(c clients) error {
		_, err := c.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
		return err
	}
	wrong := b.as(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, "wrong")
	bare := b.as(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, "")
	wantCode(t, "a wrong token in IAM", iamOf(wrong), "InvalidClientTokenId", 403, "")
	wantCode(t, "a wrong token in S3", s3Of(wrong), "InvalidToken", 400, "")
	wantCode(t, "no token in IAM", iamOf(bare), "InvalidClientTokenId", 403, "")
	wantCode(t, "no token in S3", s3Of(bare), "InvalidAccessKeyId", 403, "")
	b.clock.Add(time.Hour - time.Second)
	wantCode(t, "a second before the end", iamOf(session), "AccessDenied", 403, "iam:GetRole")
	b.clock.Add(time.Second)
	wantCode(t, "at the end, in IAM", iamOf(session), "ExpiredToken", 403, "expired")
	wantCode(t, "at the end, in S3", s3Of(session), "ExpiredToken", 400, "expired")
	out = must(assume(b.user(b.build, "bob"), first, nil))(t)
	b.build.DeleteRole("first")
	again := b.as(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	wantCode(t, "without the role", iamOf(again), "InvalidClientTokenId", 403, "")
}

// A trust names the original role or user, not a later one with the same name.
func TestTrustKeepsUniqueIDs(t *testing.T) {
	b := newBench(t, awssim.Config{})
	arn := b.build.Role("role", trusting(bob, ""))
	_, err := assume(b.user(b.build, "bob"), arn, nil)
	wantCode(t, "before", err, "", 0, "")
	b.build.DeleteUser("bob")
	b.build.User("bob")
	_, err = assume(b.user(b.build, "bob"), arn, nil)
	wantCode(t, "a namesake", err, "AccessDenied", 403, "")
}
