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

	"s3share/internal/alarm"
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

// own provides the bot's own credentials, and tells an outage whether there are any.
type own struct {
	aws.CredentialsProvider
	missing *alarm.Outage
}

func (o own) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := o.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return found, o.missing.Failed(ctx, err)
	}
	o.missing.Works(ctx)
	return found, nil
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
