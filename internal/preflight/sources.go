package preflight

import (
	"context"
	"log/slog"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// AWS has the reads of AWS. Errors are sorted by [awsaccess.ClassOf].
type AWS interface {
	BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) // "" only if there is none
	Facts(ctx context.Context, b grant.Bucket, writing bool) (awsaccess.Facts, error)
	Principal(ctx context.Context, p grant.Principal) (arn, uniqueID string, err error)
	// ARN of the permissions boundary; "": none
	Boundary(ctx context.Context, p grant.Principal) (arn string, err error)
	Joined(ctx context.Context, p grant.Principal) (awsaccess.Membership, error)
	MembershipLimit(ctx context.Context, p grant.Principal) (int, error) // limit of the groups or policies of p
	Self(ctx context.Context, accountID string) (arn string, err error)  // ARN of the bot's identity in an account
	ClockSkew() time.Duration                                            // the bot's clock minus AWS's
}

// Records are the grants as they are stored.
type Records interface {
	Get(ctx context.Context, id grant.ID) (grant.Grant, error)
	List(ctx context.Context, q store.Query) ([]grant.Grant, error)
}

// People looks people up in Slack.
type People interface {
	// Recent returns a person's standing and groups by a recent answer. A request opens
	// nothing, so it need not be fresh.
	Recent(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error)
	// Present counts the full members of p without those that out reports. It stops
	// at enough. It returns an error if Slack did not answer.
	Present(ctx context.Context, p grant.People, out func(user string) bool, enough int) (int, error)
}

// Config has the sources of a [Preflight]. A field is required unless its comment explains nil.
type Config struct {
	AWS     AWS
	Records Records
	People  People // nil: every request stays unknown
	Rules   grant.Rules
	Now     func() time.Time
	Log     *slog.Logger
	// Held returns a refusal if the stored record of a grant differs from its
	// approval. nil: it never differs.
	Held func(ctx context.Context, id grant.ID) error
}

// A Preflight runs checks. Its methods are safe for concurrent use.
type Preflight struct {
	aws     AWS
	records Records
	people  People
	rules   grant.Rules
	now     func() time.Time
	log     *slog.Logger
	held    func(ctx context.Context, id grant.ID) error
}

// New returns a preflight.
func New(c Config) *Preflight {
	return &Preflight{aws: c.AWS, records: c.Records, people: c.People, rules: c.Rules, now: c.Now, log: c.Log,
		held: c.Held}
}
