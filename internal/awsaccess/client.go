package awsaccess

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"s3share/internal/alarm"
	"s3share/internal/backoff"
)

// appID identifies the bot in the user agent, and so in CloudTrail. It is also
// the name of its sessions.
const appID = "s3share"

const defaultRegion = "us-east-1"

// firstRegions are the default regions by partition. A session of one partition
// is invalid in another.
var firstRegions = map[string]string{
	"aws": defaultRegion, "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1",
}

// partitionOf returns the partition of a region.
func partitionOf(region string) string {
	for _, partition := range []string{"aws-cn", "aws-us-gov", "aws-eusc"} {
		if strings.HasPrefix(region, strings.TrimPrefix(partition, "aws-")+"-") {
			return partition
		}
	}
	return "aws"
}

// Account describes the access to one account.
type Account struct {
	Name       string
	ID         string // 12 digits
	Region     string // "": the environment's if in the partition, else the partition's default
	Partition  string // "": the role's, else aws
	Role       string // ARN of the role to assume; "": use the ambient credentials if they belong to this account
	ExternalID string // sent with AssumeRole, unless empty
}

// Config configures a [Client]. Every field except Accounts has a sound zero
// value.
type Config struct {
	Accounts []Account
	Timeout  time.Duration    // of one call with all its attempts; zero: 10 s
	Attempts int              // of a read; zero: 3. A write is always sent once, also with AWS_MAX_ATTEMPTS
	Now      func() time.Time // the bot's clock, compared with AWS's; nil means time.Now
	Log      *slog.Logger     // one line for each failed call; nil discards
}

// A Client makes the calls. It is safe for concurrent use. Every error it
// returns is an [*Error].
type Client struct {
	accounts  map[string]*account // by id
	timeout   time.Duration
	log       *slog.Logger
	unreached *alarm.Outage
	self      atomic.Pointer[string] // ARN that the bot runs as, once known
	clock     *clock

	mu      sync.Mutex
	regions map[string]string // of buckets, by owner account and name, as corrected by S3
}

// New returns a client for the accounts of c. Credentials, region, endpoints,
// proxy and CA bundle come from the SDK's default chain. New makes no call, so
// a faulty role shows at the first one.
func New(ctx context.Context, c Config) (*Client, error) {
	timeout := cmp.Or(c.Timeout, 10*time.Second)
	base, err := load(ctx, timeout, cmp.Or(c.Attempts, 3))
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	held := &clock{now: c.Now}
	base.APIOptions = append(base.APIOptions, held.listen)
	log := cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if base.Credentials != nil {
		base.Credentials = own{base.Credentials, &alarm.Outage{
			Begins: "s3share has no AWS credentials of its own", Ends: "s3share has AWS credentials again",
			Level: slog.LevelError,
			Hint: "the SDK looked into the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE), the shared config (~/.aws), and the " +
				"role of the instance or task (IMDS, ECS, web identity): give the process one of them", Log: log, Now: c.Now}}
	}
	client := &Client{
		accounts: map[string]*account{},
		timeout:  timeout,
		clock:    held,
		log:      log,
		unreached: &alarm.Outage{Begins: "AWS can't be reached", Ends: "AWS can be reached again", Level: slog.LevelWarn,
			Hint: "check DNS, the proxy, and outgoing HTTPS to amazonaws.com", Log: log, Now: c.Now},
		regions: map[string]string{},
	}
	for _, a := range c.Accounts {
		if client.accounts[a.ID] != nil {
			return nil, fmt.Errorf("account %s is configured twice", a.ID)
		}
		if a.Role != "" && !strings.Contains(a.Role, ":iam::"+a.ID+":role/") {
			return nil, fmt.Errorf("account %s (%s): %s is not the ARN of a role in it", a.Name, a.ID, a.Role)
		}
		client.accounts[a.ID] = newAccount(a, base, timeout)
	}
	return client, nil
}

// load reads the SDK's default chain once for all accounts.
func load(ctx context.Context, timeout time.Duration, attempts int) (aws.Config, error) {
	// The SDK rejects AWS_CA_BUNDLE with a plain http.Client.
	transport := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = min(timeout, 5*time.Second) }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = min(timeout, 5*time.Second)
			t.ResponseHeaderTimeout = timeout
			t.IdleConnTimeout = 30 * time.Second
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 500, 100 // all accounts share IAM's host
		})
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithDefaultRegion(defaultRegion),
		config.WithHTTPClient(transport),
		config.WithAppID(appID),
		config.WithLogger(logging.Nop{}), // the SDK's messages come back as errors
		config.WithRetryer(func() aws.Retryer { return reading(attempts) }),
	)
	// Otherwise AWS_MAX_ATTEMPTS would wrap every retryer, also that of writes.
	cfg.RetryMaxAttempts = 0
	return cfg, err
}

var readBackoff = backoff.Backoff{First: 100 * time.Millisecond, Max: time.Second, Jitter: 0.5}

// reading retries reads with short pauses. It has no token bucket, so that one
// failing account does not use up the retries of the others.
func reading(attempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(n int, _ error) (time.Duration, error) {
			return readBackoff.Pause(n - 1), nil
		})
	})
}

// account returns the account with an id.
func (c *Client) account(op, id string) (*account, error) {
	if a := c.accounts[id]; a != nil {
		return a, nil
	}
	return nil, &Error{Class: Denied, Op: op, Account: id, Code: "NoAccount",
		Message: "the config does not say how to reach this account (hint: leave an account in the config until its last " +
			"grant has ended)"}
}

// ClockSkew returns how far the bot's clock is ahead of AWS's; negative if it is
// behind. It is the smaller value that the last two answers prove, whatever
// their delay. It is zero while the clocks may agree, and before AWS has
// answered twice.
func (c *Client) ClockSkew() time.Duration {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	a, b := c.clock.last, c.clock.before
	switch {
	case a > 0 && b > 0:
		return min(a, b)
	case a < 0 && b < 0:
		return max(a, b)
	}
	return 0
}
