package awssim_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"s3share/internal/sim/awssim"
)

const (
	owner   = "222222222222"
	grantee = "111111111111"
	bucket  = "my-shared-bucket-20932"
	objects = "arn:aws:s3:::" + bucket + "/*"
	bob     = "arn:aws:iam::" + grantee + ":user/bob"
)

// A clock stands still until the test moves it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A bench is two accounts behind a server, used through the real clients.
type bench struct {
	*awssim.World
	clock *clock
	url   string
	// nonprod owns the bucket; build has the user bob.
	nonprod, build *awssim.Account
}

func newBench(t *testing.T, cfg awssim.Config) *bench {
	t.Helper()
	b := &bench{clock: &clock{t: noon}}
	cfg.Now = b.clock.Now
	if cfg.Unmodelled == nil {
		cfg.Unmodelled = func(what string) { t.Errorf("unmodelled call: %s", what) }
	}
	b.World = awssim.New(cfg)
	server := httptest.NewServer(b.World)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.nonprod = b.Account(owner, "nonprod")
	b.build = b.Account(grantee, "build")
	b.nonprod.Bucket(bucket, awssim.BucketOptions{})
	b.build.User("bob")
	return b
}

// clients are one caller's clients. They do not retry, so a test sees each
// answer.
type clients struct {
	s3  *s3.Client
	iam *iam.Client
	sts *sts.Client
}

func (b *bench) as(id, secret, token string) clients {
	cfg := aws.Config{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, token),
		BaseEndpoint: aws.String(b.url),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
	return clients{
		s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		iam.NewFromConfig(cfg), sts.NewFromConfig(cfg),
	}
}

// root calls as an account's root user, who may do everything there.
func (b *bench) root(a *awssim.Account) clients {
	id, secret := a.RootKey()
	return b.as(id, secret, "")
}

func (b *bench) user(a *awssim.Account, name string) clients {
	id, secret := a.AccessKey(name)
	return b.as(id, secret, "")
}

// wantCode checks an API error's code and status, and that its message contains
// says. An empty code means success.
func wantCode(t *testing.T, what string, err error, code string, status int, says string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Errorf("%s: got %v, want %s", what, err, code)
		return
	}
	if api.ErrorCode() != code || response.HTTPStatusCode() != status || !strings.Contains(api.ErrorMessage(), says) {
		t.Errorf("%s: got %d %s %q, want %d %s %q", what,
			response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code, says)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var ctx = context.Background()
