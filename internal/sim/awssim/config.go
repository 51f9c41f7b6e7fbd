package awssim

import "time"

// Config configures a [World]. The zero value is sound.
type Config struct {
	Now func() time.Time // nil means time.Now

	// Settle is the delay until reads and access decisions see a written bucket
	// policy, membership, group policy or attachment.
	Settle time.Duration

	// PrincipalLag is how long bucket and trust policies refuse a newly created
	// principal.
	PrincipalLag time.Duration

	// KeyIsPrefix selects an undocumented behaviour: whether a GET or HEAD of a
	// missing object checks s3:ListBucket with the key as s3:prefix. If so, a
	// caller who may list the folder gets 404. Otherwise the caller gets 403,
	// like one who may not list at all.
	KeyIsPrefix bool

	// PageSize limits the pages of lists if the caller gives no size. Zero
	// means AWS's defaults: 100 in IAM and 1,000 in S3.
	PageSize int

	// OrgID is the organisation of all accounts; "" for none.
	OrgID string

	// Unmodelled, if set, is called for each unmodelled request, so that a test
	// can fail.
	Unmodelled func(what string)
}
