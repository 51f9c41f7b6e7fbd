package awsaccess

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// An Account says how one account is reached.
type Account struct {
	Name, ID   string
	Region     string // of its buckets; "" is the default chain's, or us-east-1
	Role       string // assumed for every call; "": the ambient credentials, if they are this account's
	ExternalID string
}

// Config says how a [Client] works.
type Config struct {
	Accounts []Account
	Timeout  time.Duration // of one call with all its attempts; zero: 10 s
	Attempts int           // of a read; zero: 3
	Log      *slog.Logger  // nil discards
}

// A Client reaches the configured accounts, and no others. It is safe for
// concurrent use.
type Client struct {
	timeout  time.Duration
	attempts int
	log      *slog.Logger
	accounts map[string]*account
}

// account is one account's clients. Those of an account without a role are
// usable once the ambient credentials have proved to be this account's.
type account struct {
	Account
	s3  *s3.Client
	iam *iam.Client
	sts *sts.Client

	mu     sync.Mutex
	proved bool
}

// New loads the SDK's default chain. It makes no call.
func New(ctx context.Context, c Config) (*Client, error) {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Attempts == 0 {
		c.Attempts = 3
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	// A client of the SDK's own kind: with a plain http.Client, AWS_CA_BUNDLE
	// makes loading the config fail.
	transport := awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) {
		d.Timeout = 3 * time.Second
	}).WithTransportOptions(func(t *http.Transport) {
		t.TLSHandshakeTimeout = 3 * time.Second
	})
	base, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(transport), config.WithAppID("s3share"))
	if err != nil {
		return nil, fmt.Errorf("loading the AWS settings: %w", err)
	}
	client := &Client{timeout: c.Timeout, attempts: c.Attempts, log: c.Log, accounts: map[string]*account{}}
	for _, a := range c.Accounts {
		client.accounts[a.ID] = client.reach(base, a)
	}
	return client, nil
}

func (c *Client) reach(base aws.Config, a Account) *account {
	cfg := base.Copy()
	if a.Region != "" {
		cfg.Region = a.Region
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = c.attempts
			o.MaxBackoff = 2 * time.Second
		})
	}
	if a.Role != "" {
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.Role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = "s3share"
			if a.ExternalID != "" {
				o.ExternalID = aws.String(a.ExternalID)
			}
		})
		cfg.Credentials = aws.NewCredentialsCache(assuming{provider}, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute })
	}
	custom := os.Getenv("AWS_ENDPOINT_URL_S3") != "" || os.Getenv("AWS_ENDPOINT_URL") != ""
	return &account{
		Account: a, proved: a.Role != "",
		s3:  s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = custom }),
		iam: iam.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg),
	}
}

// assuming marks the failure to assume a role as one, so that it is never taken
// for an answer to the call that needed the role.
type assuming struct{ aws.CredentialsProvider }

type assumeError struct{ error }

func (e assumeError) Unwrap() error { return e.error }

func (a assuming) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := a.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return creds, assumeError{err}
	}
	return creds, nil
}

// in runs one call in an account, within the time that a call has.
func (c *Client) in(ctx context.Context, accountID, op string, write bool, call func(context.Context, *account) error) error {
	a := c.accounts[accountID]
	if a == nil {
		return &Error{Class: Denied, Op: op, Account: accountID, Code: "NoSuchAccount", Message: "the config has no account of this id"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := c.prove(ctx, a); err != nil {
		return err
	}
	err := call(ctx, a)
	if err == nil {
		return nil
	}
	return sorted(err, op, a, write)
}

// prove makes sure, once, that ambient credentials are those of the account
// that is to be reached with them.
func (c *Client) prove(ctx context.Context, a *account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.proved {
		return nil
	}
	const op = "GetCallerIdentity"
	who, err := a.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return sorted(err, op, a, false)
	}
	if got := aws.ToString(who.Account); got != a.ID {
		return &Error{Class: Denied, Op: op, Account: a.ID, Code: "WrongAccount",
			Message: fmt.Sprintf("the ambient credentials are of the account %s, and %s is %s: give it a role in the config", got, a.Name, a.ID)}
	}
	a.proved = true
	return nil
}

// Identity returns the ARN that the bot acts as in an account.
func (c *Client) Identity(ctx context.Context, accountID string) (arn string, err error) {
	err = c.in(ctx, accountID, "GetCallerIdentity", false, func(ctx context.Context, a *account) error {
		who, err := a.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err == nil {
			arn = aws.ToString(who.Arn)
		}
		return err
	})
	return arn, err
}
