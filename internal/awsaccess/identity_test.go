package awsaccess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"s3share/internal/awsaccess"
	"s3share/internal/sim/awssim"
)

// The config names the roles. Only AWS knows the credentials that assume them.
func TestSelf(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	if n := b.Count("*"); n != 0 {
		t.Errorf("New made %d calls", n)
	}
	heal := b.Fault("GetCallerIdentity", awssim.Fault{Refuse: "Throttling"})
	_, err := c.Self(ctx, owner)
	wants(t, err, awsaccess.Retry, "GetCallerIdentity", "Throttling")
	heal()
	b.ResetCalls()
	for range 3 {
		for _, id := range []string{owner, grantee} {
			if arn := must(c.Self(ctx, id))(t); arn != "arn:aws:iam::"+home+":user/bot" {
				t.Errorf("it runs as %s", arn)
			}
		}
	}
	if n := b.Count("GetCallerIdentity"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	_, err = b.client(t).Self(ctx, "999999999999")
	wants(t, err, awsaccess.Denied, "GetCallerIdentity", "NoAccount")
}

// A bot on a machine or in a cluster runs with the credentials of a session.
func TestSelfIsTheRoleOfASession(t *testing.T) {
	b := newBench(t, awssim.Config{})
	runner := b.home.Role("ops/runner", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+home+`:user/bot"},"Action":"sts:AssumeRole"}]}`)
	cfg := must(config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1")))(t)
	out := must(sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &runner, RoleSessionName: aws.String("i-0123456789")}))(t)
	credentials(t, *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", *out.Credentials.SessionToken)
	c := connect(t, awsaccess.Config{Accounts: []awsaccess.Account{{Name: "home", ID: home}}})
	if arn := must(c.Self(ctx, home))(t); arn != "arn:aws:iam::"+home+":role/runner" {
		t.Errorf("it runs as %s", arn)
	}
}

func TestRoleThatCannotBeAssumed(t *testing.T) {
	b := newBench(t, awssim.Config{})
	reach := func(role, externalID string) *awsaccess.Client {
		return connect(t, awsaccess.Config{Accounts: []awsaccess.Account{{Name: "nonprod", ID: owner, Role: role, ExternalID: externalID}}})
	}
	for _, c := range []*awsaccess.Client{reach(roleOwner, "test"), reach(roleOwner, ""), reach(roleOwner+"2", "prod")} {
		wants(t, c.PutBucketPolicy(ctx, bucket, some), awsaccess.Denied, "AssumeRole", "AccessDenied")
		_, err := c.Facts(ctx, bucket, false)
		wants(t, err, awsaccess.Denied, "AssumeRole", "AccessDenied")
	}
	c := reach(roleOwner, "prod")
	for fault, class := range map[string]awsaccess.Class{"Throttling": awsaccess.Retry, "ServiceUnavailable": awsaccess.Retry,
		"MalformedPolicyDocument": awsaccess.Denied, "RegionDisabledException": awsaccess.Denied} {
		heal := b.Fault("AssumeRole", awssim.Fault{Refuse: fault})
		wants(t, c.PutBucketPolicy(ctx, bucket, some), class, "AssumeRole", fault)
		heal()
	}
	if n := b.Count("PutBucketPolicy"); n != 0 {
		t.Errorf("%d writes without a role", n)
	}
	ok(t, c.PutBucketPolicy(ctx, bucket, some))
}

func TestAmbientCredentials(t *testing.T) {
	b := newBench(t, awssim.Config{})
	ambient := awsaccess.Config{Accounts: []awsaccess.Account{{Name: "nonprod", ID: owner}}}

	stranger := connect(t, ambient)
	err := stranger.PutBucketPolicy(ctx, bucket, some)
	wants(t, err, awsaccess.Denied, "GetCallerIdentity", "WrongAccount")
	for _, id := range []string{home, owner} {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%v does not name %s", err, id)
		}
	}
	if n := b.Count("PutBucketPolicy"); n != 0 {
		t.Errorf("%d writes with a stranger's credentials", n)
	}

	b.nonprod.User("bot")
	b.nonprod.UserPolicy("bot", "calls", document(awsaccess.Calls()["owner"]...))
	id, secret := b.nonprod.AccessKey("bot")
	credentials(t, id, secret)
	b.ResetCalls()
	local := connect(t, ambient)
	heal := b.Fault("GetCallerIdentity", awssim.Fault{Refuse: "Throttling"})
	wants(t, local.PutBucketPolicy(ctx, bucket, some), awsaccess.Retry, "GetCallerIdentity", "Throttling")
	heal()
	b.ResetCalls()
	for range 3 {
		ok(t, local.PutBucketPolicy(ctx, bucket, some))
	}
	if n := b.Count("GetCallerIdentity"); n != 1 {
		t.Errorf("asked %d times whose the credentials are", n)
	}
}

// A session that AWS ends early is replaced. A read is repeated. A write is not
// repeated, but works the next time.
func TestSessionThatEnded(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	ok(t, c.PutBucketPolicy(ctx, bucket, some))
	b.forward(2 * time.Hour)
	must(c.BucketPolicy(ctx, bucket))(t)
	if n := b.Count("AssumeRole"); n != 2 {
		t.Errorf("the role was assumed %d times", n)
	}
	b.forward(2 * time.Hour)
	b.ResetCalls()
	wants(t, c.PutBucketPolicy(ctx, bucket, some), awsaccess.Retry, "PutBucketPolicy", "ExpiredToken")
	if n := b.Count("PutBucketPolicy"); n != 1 {
		t.Errorf("sent %d times", n)
	}
	ok(t, c.PutBucketPolicy(ctx, bucket, some))
}

func TestNewRefuses(t *testing.T) {
	for _, accounts := range [][]awsaccess.Account{
		{{ID: owner}, {ID: owner}},
		{{ID: owner, Role: "arn:aws:iam::" + grantee + ":role/s3share"}},
		{{ID: owner, Role: "s3share"}},
	} {
		if _, err := awsaccess.New(ctx, awsaccess.Config{Accounts: accounts}); err == nil {
			t.Errorf("%+v was accepted", accounts)
		}
	}
}
