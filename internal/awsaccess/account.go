package awsaccess

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// expiryWindow is how long before their end credentials are renewed, so that
// none expires during a call.
const expiryWindow = 2 * time.Minute

// An account has the clients of one account, which share one set of
// credentials.
type account struct {
	Account
	creds    *aws.CredentialsCache
	s3       *s3.Client
	iam      *iam.Client
	sts      *sts.Client // with the bot's own credentials
	verified atomic.Bool // the ambient credentials belong to this account
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

func newAccount(a Account, base aws.Config, timeout time.Duration) *account {
	cfg := base.Copy()
	a.Region = a.region(base.Region)
	cfg.Region = a.Region
	source := cfg.Credentials
	own := sts.NewFromConfig(cfg)
	if a.Role != "" {
		source = stscreds.NewAssumeRoleProvider(own, a.Role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = appID
			if a.ExternalID != "" {
				o.ExternalID = aws.String(a.ExternalID)
			}
		})
	}
	creds := aws.NewCredentialsCache(bounded{source, timeout}, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = expiryWindow
	})
	cfg.Credentials = creds
	return &account{
		Account: a,
		creds:   creds,
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) {
			// A custom endpoint rarely has a host name for each bucket.
			o.UsePathStyle = o.BaseEndpoint != nil
		}),
		iam: iam.NewFromConfig(cfg),
		sts: own,
	}
}

// region returns the region of the account's calls, including those to STS. A
// bucket may be in another region.
func (a Account) region(environment string) string {
	if a.Region != "" {
		return a.Region
	}
	partition := a.Partition
	if arn := strings.SplitN(a.Role, ":", 3); partition == "" && len(arn) == 3 {
		partition = arn[1]
	}
	if first := firstRegions[partition]; first != "" && partitionOf(environment) != partition {
		return first
	}
	return environment
}

// bounded limits the time of fetching credentials. The cache runs a fetch
// without the context of the call that started it, because other calls may wait
// for it too.
type bounded struct {
	aws.CredentialsProvider
	timeout time.Duration
}

func (b bounded) Retrieve(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	return b.CredentialsProvider.Retrieve(ctx)
}

// ready fetches credentials before anything else is sent. If it fails,
// certainly nothing was written.
func (a *account) ready(ctx context.Context) *Error {
	op := "AssumeRole"
	if a.Role == "" {
		op = "GetCredentials"
	}
	if _, err := a.creds.Retrieve(ctx); err != nil {
		return a.noCredentials(op, err)
	}
	if a.Role != "" || a.verified.Load() {
		return nil
	}
	out, err := a.sts.GetCallerIdentity(ctx, nil)
	if err != nil {
		return a.noCredentials("GetCallerIdentity", err)
	}
	if got := aws.ToString(out.Account); got != a.ID {
		return &Error{Class: Denied, Op: "GetCallerIdentity", Account: a.label(), Code: "WrongAccount",
			Message: "no role is configured, and the ambient credentials are those of account " + got + ", not of " + a.ID}
	}
	a.verified.Store(true)
	return nil
}

// noCredentials classifies a failure to get credentials. It is never final,
// since the role can be repaired, and nothing was written.
func (a *account) noCredentials(op string, err error) *Error {
	e := newError(op, a.label(), err)
	e.Class = sortRead(e, err)
	if e.Class != Retry {
		e.Class = Denied
	}
	return e
}

// label is the account's name in errors.
func (a *account) label() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// Self returns the ARN of the user or role that the bot runs as. With these
// credentials it assumes the roles of all accounts. For a session it is the
// role's ARN. Self asks STS once, through the account's client, because the
// identity of a process does not change.
func (c *Client) Self(ctx context.Context, accountID string) (arn string, err error) {
	const op = "GetCallerIdentity"
	if known := c.self.Load(); known != nil {
		return *known, nil
	}
	a, err := c.account(op, accountID)
	if err != nil {
		return "", err
	}
	arn, err = do(ctx, c, a, op, read, func(ctx context.Context) (string, error) {
		out, err := a.sts.GetCallerIdentity(ctx, nil)
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Arn), nil
	})
	if err != nil {
		return "", err
	}
	if arn == "" {
		return "", c.badReply(op, accountID, "there is no ARN in what came back")
	}
	arn = behind(arn)
	c.self.Store(&arn)
	return arn, nil
}

// behind returns the role's ARN for a session's ARN, without the path, which a
// session lacks. Every other ARN is returned unchanged.
func behind(arn string) string {
	start, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return arn
	}
	role, _, _ := strings.Cut(session, "/")
	return strings.Replace(start, ":sts:", ":iam:", 1) + ":role/" + role
}
