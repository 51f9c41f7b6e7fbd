package awsaccess_test

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/sim/awssim"
)

func TestIdentity(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	if n := b.Count("*"); n != 0 {
		t.Errorf("New made %d calls", n)
	}
	for id, want := range map[string]string{
		owner:   "arn:aws:sts::" + owner + ":assumed-role/s3share/s3share",
		grantee: "arn:aws:sts::" + grantee + ":assumed-role/s3share/s3share",
	} {
		for range 3 {
			if arn := must(c.Identity(ctx, id))(t); arn != want {
				t.Errorf("%s, want %s", arn, want)
			}
		}
	}
	if n := b.Count("AssumeRole"); n != 2 {
		t.Errorf("two roles were assumed %d times", n)
	}
	_, err := c.Identity(ctx, "999999999999")
	wants(t, err, awsaccess.Denied, "GetCallerIdentity", "NoAccount")
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

// A session that AWS ends early is replaced: a read goes on, and a write, which
// is not sent again, works the next time.
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
