package awsaccess

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
)

// appID names the bot in the user agent, and so in CloudTrail; it is the name
// of its sessions too.
const appID = "s3share"

const defaultRegion = "us-east-1"

// firstRegions is where the calls of an account go that names no region.
// A session of one partition is worth nothing in another.
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

// Account says how one account is reached.
type Account struct {
	Name       string
	ID         string // 12 digits
	Region     string // "": the environment's if it is in the partition, else the partition's first
	Partition  string // "": the role's, else aws
	Role       string // ARN of the role to assume; "": the ambient credentials, if they are this account's
	ExternalID string // sent with AssumeRole, unless empty
}

// Config says which accounts a [Client] reaches and how patient it is. The zero
// value of every field but Accounts is a sound default.
type Config struct {
	Accounts []Account
	Timeout  time.Duration    // of one call with all its attempts; zero: 10 s
	Attempts int              // of a read; zero: 3. A write is sent once, whatever is here or in AWS_MAX_ATTEMPTS
	Now      func() time.Time // the clock that is held against AWS's; nil means time.Now
	Log      *slog.Logger     // one line for each call that failed; nil discards
}

// A Client makes the calls. Its methods may be used at the same time, and every
// error that they return is an [*Error].
type Client struct {
	accounts map[string]*account // by id
	timeout  time.Duration
	log      *slog.Logger
	self     atomic.Pointer[string] // whom the bot runs as, once it is known
	clock    *clock

	mu      sync.Mutex
	regions map[string]string // of buckets, by owner account and name, where S3 corrected us
}

// New returns a client for the accounts of c. Credentials, region, endpoints,
// proxy and CA bundle come from the SDK's default chain. It makes no call: what
// is wrong with a role shows at the first one.
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
	client := &Client{
		accounts: map[string]*account{},
		timeout:  timeout,
		clock:    held,
		log:      cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
		regions:  map[string]string{},
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

// load reads the SDK's default chain, once for all accounts.
func load(ctx context.Context, timeout time.Duration, attempts int) (aws.Config, error) {
	// A plain http.Client would make the SDK refuse AWS_CA_BUNDLE.
	transport := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = min(timeout, 5*time.Second) }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = min(timeout, 5*time.Second)
			t.ResponseHeaderTimeout = timeout
			t.IdleConnTimeout = 30 * time.Second
		})
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithDefaultRegion(defaultRegion),
		config.WithHTTPClient(transport),
		config.WithAppID(appID),
		config.WithLogger(logging.Nop{}), // what it has to say comes back as errors
		config.WithRetryer(func() aws.Retryer { return reading(attempts) }),
	)
	// Otherwise AWS_MAX_ATTEMPTS would wrap every retryer, that of writes too.
	cfg.RetryMaxAttempts = 0
	return cfg, err
}

// reading retries reads: a few attempts, short pauses, and no token bucket,
// because one account that is down must not use up the retries of the others.
func reading(attempts int) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(n int, _ error) (time.Duration, error) {
			pause := min(time.Second, 50*time.Millisecond<<min(n, 5))
			return pause/2 + rand.N(pause/2), nil
		})
	})
}

func (c *Client) account(op, id string) (*account, error) {
	if a := c.accounts[id]; a != nil {
		return a, nil
	}
	return nil, &Error{Class: Denied, Op: op, Account: id, Code: "NoAccount",
		Message: "the config does not say how to reach this account (hint: leave an account in the config until its last grant has ended)"}
}
