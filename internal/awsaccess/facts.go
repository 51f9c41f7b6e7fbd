package awsaccess

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/grant"
)

// ManagedKey is [grant.ManagedKey].
const ManagedKey = grant.ManagedKey

// Facts is what S3 says of a bucket's configuration.
type Facts struct {
	Region   string
	Enforced bool // Object Ownership is BucketOwnerEnforced

	// KMSKey is the key of the default encryption where that is KMS: its ARN
	// or id, or ManagedKey. "" where it is not KMS.
	KMSKey string
	// EncryptionUnknown says that the default encryption could not be read. It
	// is something to tell people, never a reason to fail.
	EncryptionUnknown bool

	ACL           []ACLGrant // to others than the owner; read only where ownership is not enforced
	RequesterPays bool
	ABAC          bool     // access can depend on the bucket's tags
	Unread        []string // what else S3 refused to tell the bot, in words
}

// Facts asks S3 for what decides how a grant on the bucket works: its default
// encryption, Object Ownership, ACL, who pays, and ABAC. Of these only a failure
// to read the ownership is an error where S3 refuses the call, and only if
// writing is set.
func (c *Client) Facts(ctx context.Context, b grant.Bucket, writing bool) (Facts, error) {
	var facts Facts
	if err := c.encryption(ctx, b, &facts); err != nil {
		return Facts{}, err
	}
	known := true
	err := c.ownership(ctx, b, &facts)
	if !writing {
		unread := len(facts.Unread)
		err = c.setting(&facts, "Object Ownership", func() error { return err })
		known = len(facts.Unread) == unread
	}
	if err != nil {
		return Facts{}, err
	}
	if known && !facts.Enforced {
		if err := c.acl(ctx, b, &facts); err != nil {
			return Facts{}, err
		}
	}
	if err := c.settings(ctx, b, &facts); err != nil {
		return Facts{}, err
	}
	facts.Region = c.region(c.accounts[b.AccountID], b)
	return facts, nil
}

func (c *Client) encryption(ctx context.Context, b grant.Bucket, facts *Facts) error {
	out, err := onBucket(ctx, c, b, "GetBucketEncryption", read, func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error) {
		return api.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{
			Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
		}, opts)
	})
	switch {
	case saysAbsent(err, noEncryption):
		return nil
	case c.accounts[b.AccountID] != nil && refusedCall(err):
		facts.EncryptionUnknown = true
		return nil
	case err != nil:
		return err
	}
	if out.ServerSideEncryptionConfiguration == nil || len(out.ServerSideEncryptionConfiguration.Rules) == 0 {
		facts.EncryptionUnknown = true
		return nil
	}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		by := rule.ApplyServerSideEncryptionByDefault
		if by == nil || by.SSEAlgorithm != types.ServerSideEncryptionAwsKms && by.SSEAlgorithm != types.ServerSideEncryptionAwsKmsDsse {
			continue
		}
		facts.KMSKey = aws.ToString(by.KMSMasterKeyID)
		if facts.KMSKey == "" || strings.HasSuffix(facts.KMSKey, "alias/aws/s3") {
			facts.KMSKey = ManagedKey
		}
	}
	return nil
}

// refusedCall reports whether S3 itself refused the call, rather than the role
// that leads to it: an account that cannot be reached is a reason to ask again.
func refusedCall(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Class == Denied && e.Op == "GetBucketEncryption"
}

func (c *Client) ownership(ctx context.Context, b grant.Bucket, facts *Facts) error {
	out, err := onBucket(ctx, c, b, "GetBucketOwnershipControls", read, func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketOwnershipControlsOutput, error) {
		return api.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{
			Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
		}, opts)
	})
	if saysAbsent(err, noOwnership) {
		return nil
	}
	if err != nil {
		return err
	}
	if out.OwnershipControls == nil {
		return nil
	}
	for _, rule := range out.OwnershipControls.Rules {
		facts.Enforced = facts.Enforced || rule.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
	}
	return nil
}
