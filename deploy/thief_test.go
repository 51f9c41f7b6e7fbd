package deploy_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"s3share/deploy"
	"s3share/internal/sim/awssim"
)

// A company is two accounts created from the templates, an account for the bot,
// and resources that a thief must not reach.
type company struct {
	url                  string
	owner, grantee, home *awssim.Account
	key, secret          string // the bot's own key
}

func newCompany(t *testing.T) *company {
	t.Helper()
	world := awssim.New(awssim.Config{})
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	c := &company{url: server.URL, owner: world.Account("222222222222", "nonprod"), grantee: world.Account("111111111111", "build"), home: world.Account("333333333333", "home")}
	user := c.home.User("bot")
	c.home.UserPolicy("bot", "assume", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`)
	c.key, c.secret = c.home.AccessKey("bot")
	for account, read := range map[*awssim.Account]func(deploy.Parameters) (deploy.Template, error){c.owner: deploy.Owner, c.grantee: deploy.Grantee} {
		p := given(account.ID())
		p["BotPrincipalArn"] = user
		made, err := read(p)
		if err != nil {
			t.Fatal(err)
		}
		trust, err := made.Resources["Role"].Trust()
		if err != nil {
			t.Fatal(err)
		}
		rights, err := made.Resources["Role"].Document()
		if err != nil {
			t.Fatal(err)
		}
		account.Role("s3share", trust, rights)
	}
	half, err := grantee(t).Resources["Policy"].Document()
	if err != nil {
		t.Fatal(err)
	}
	const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	c.grantee.Group("/s3share/", "s3share", half)
	c.grantee.ManagedPolicy("/s3share/", "s3share", half)
	c.grantee.Group("/", "admins", everything)
	c.grantee.ManagedPolicy("/", "admin", everything)
	c.grantee.User("ann")
	c.grantee.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`)
	for _, name := range []string{"shared-1", "payroll"} {
		c.owner.Bucket(name, awssim.BucketOptions{})
		c.owner.PutObject(name, "a.txt", []byte("hello"))
	}
	return c
}

func (c *company) config(key, secret, token string) aws.Config {
	return aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(c.url), Credentials: credentials.NewStaticCredentialsProvider(key, secret, token), RetryMaxAttempts: 1}
}

// as returns clients for a caller that has assumed the bot's role in an
// account.
func (c *company) as(t *testing.T, account, externalID string) (*s3.Client, *awsiam.Client, error) {
	t.Helper()
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/s3share"), RoleSessionName: aws.String("thief")}
	if externalID != "" {
		in.ExternalId = aws.String(externalID)
	}
	out, err := sts.NewFromConfig(c.config(c.key, c.secret, "")).AssumeRole(t.Context(), in)
	if err != nil {
		return nil, nil, err
	}
	cfg := c.config(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }), awsiam.NewFromConfig(cfg), nil
}

func TestExternalIDIsAsked(t *testing.T) {
	c := newCompany(t)
	for _, id := range []string{"", "s3share-test"} {
		for _, account := range []string{c.owner.ID(), c.grantee.ID()} {
			if _, _, err := c.as(t, account, id); !isDenied(err) {
				t.Errorf("with the external id %q, the role in %s: %v", id, account, err)
			}
		}
	}
}

// The threat model's claims about stolen credentials, tested on the simulator:
// the bot's own calls are allowed, and calls that would extend a thief's power
// are not.
func TestStolenCredentials(t *testing.T) {
	c := newCompany(t)
	buckets, _, err := c.as(t, c.owner.ID(), "s3share-prod")
	if err != nil {
		t.Fatal(err)
	}
	_, iam, err := c.as(t, c.grantee.ID(), "s3share-prod")
	if err != nil {
		t.Fatal(err)
	}
	policyOf := func(bucket string) string {
		return strings.ReplaceAll(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/ann"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}]}`, "BUCKET", bucket)
	}
	attach := func(role, policy string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := iam.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &policy})
			return err
		}
	}
	join := func(group string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := iam.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{UserName: aws.String("ann"), GroupName: &group})
			return err
		}
	}
	put := func(bucket string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := buckets.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(policyOf(bucket))})
			return err
		}
	}
	for _, attempt := range []struct {
		what    string
		allowed bool
		do      func(context.Context) error
	}{
		{"the policy of a named bucket", true, put("shared-1")},
		{"the policy of another bucket", false, put("payroll")},
		{"an object of a named bucket", false, func(ctx context.Context) error {
			_, err := buckets.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("shared-1"), Key: aws.String("a.txt")})
			return err
		}},
		{"the objects of a named bucket", false, func(ctx context.Context) error {
			_, err := buckets.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("shared-1")})
			return err
		}},
		{"the group", true, join("s3share")},
		{"another group", false, join("admins")},
		{"the policy, on a role", true, attach("deployer", "arn:aws:iam::111111111111:policy/s3share/s3share")},
		{"the policy, on the bot's own role", true, attach("s3share", "arn:aws:iam::111111111111:policy/s3share/s3share")},
		{"another policy", false, attach("deployer", "arn:aws:iam::111111111111:policy/admin")},
		{"another policy, on the bot's own role", false, attach("s3share", "arn:aws:iam::111111111111:policy/admin")},
		{"another policy, once it has its own", false, attach("deployer", "arn:aws:iam::aws:policy/AdministratorAccess")},
	} {
		if err := attempt.do(t.Context()); attempt.allowed != (err == nil) || err != nil && !isDenied(err) {
			t.Errorf("%s: %v, want allowed %v", attempt.what, err, attempt.allowed)
		}
	}
}

func isDenied(err error) bool {
	var fault smithy.APIError
	return errors.As(err, &fault) && strings.HasPrefix(fault.ErrorCode(), "AccessDenied")
}
