package awsaccess

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/grant"
)

// ManagedKey is [grant.ManagedKey].
const ManagedKey = grant.ManagedKey

// Facts are the settings of a bucket, as read from S3.
type Facts struct {
	Region   string
	Enforced bool // Object Ownership is BucketOwnerEnforced

	// KMSKey is the key of a default encryption with KMS: its ARN or id, or
	// ManagedKey. It is "" without KMS.
	KMSKey string
	// EncryptionUnknown says that the default encryption could not be read.
	// People are told; it is never a reason to fail.
	EncryptionUnknown bool

	ACL           []ACLGrant // to grantees besides the owner; read only if ownership is not enforced
	RequesterPays bool
	ABAC          bool     // access may depend on the bucket's tags
	Unread        []string // other settings that S3 refused to show, in words
}

// Facts reads the settings that affect a grant on the bucket: default
// encryption, Object Ownership, ACL, requester pays, and ABAC. If S3 refuses
// one of these calls, that is an error only for the ownership, and only with
// writing set.
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
	out, err := onBucket(ctx, c, b, "GetBucketEncryption", read,
		func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error) {
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
		if by == nil || by.SSEAlgorithm != types.ServerSideEncryptionAwsKms &&
			by.SSEAlgorithm != types.ServerSideEncryptionAwsKmsDsse {
			continue
		}
		facts.KMSKey = aws.ToString(by.KMSMasterKeyID)
		if facts.KMSKey == "" || strings.HasSuffix(facts.KMSKey, "alias/aws/s3") {
			facts.KMSKey = ManagedKey
		}
	}
	return nil
}

// refusedCall reports whether S3 itself refused the call, and not the role on
// the way to it. An account that cannot be reached is a reason to retry.
func refusedCall(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Class == Denied && e.Op == "GetBucketEncryption"
}

func (c *Client) ownership(ctx context.Context, b grant.Bucket, facts *Facts) error {
	out, err := onBucket(ctx, c, b, "GetBucketOwnershipControls", read,
		func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketOwnershipControlsOutput, error) {
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

// An ACLGrant is an entry of a bucket's ACL for a grantee besides the owner.
type ACLGrant struct {
	Group      string // AuthenticatedUsers, AllUsers or LogDelivery; "" for an account
	Account    string // the account's canonical user id
	Permission string // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

// settings reads who pays and ABAC. A setting that S3 refuses to show is listed
// in Unread; a setting that S3 does not know is off.
func (c *Client) settings(ctx context.Context, b grant.Bucket, facts *Facts) error {
	var paying *s3.GetBucketRequestPaymentOutput
	err := c.setting(facts, "who pays for requests", func() (err error) {
		paying, err = onBucket(ctx, c, b, "GetBucketRequestPayment", read,
			func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketRequestPaymentOutput, error) {
				return api.GetBucketRequestPayment(ctx, &s3.GetBucketRequestPaymentInput{
					Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
				}, opts)
			})
		return err
	})
	if err != nil {
		return err
	}
	facts.RequesterPays = paying != nil && paying.Payer == types.PayerRequester
	var abac *s3.GetBucketAbacOutput
	err = c.setting(facts, "whether tags decide about access (ABAC)", func() (err error) {
		abac, err = onBucket(ctx, c, b, "GetBucketAbac", read,
			func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketAbacOutput, error) {
				return api.GetBucketAbac(ctx, &s3.GetBucketAbacInput{
					Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
				}, opts)
			})
		return err
	})
	facts.ABAC = abac != nil && abac.AbacStatus != nil && abac.AbacStatus.Status == types.BucketAbacStatusEnabled
	return err
}

// acl reads the grantees of the bucket's ACL besides its owner.
func (c *Client) acl(ctx context.Context, b grant.Bucket, facts *Facts) error {
	var out *s3.GetBucketAclOutput
	err := c.setting(facts, "the ACL", func() (err error) {
		out, err = onBucket(ctx, c, b, "GetBucketAcl", read,
			func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketAclOutput, error) {
				return api.GetBucketAcl(ctx, &s3.GetBucketAclInput{
					Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
				}, opts)
			})
		return err
	})
	if err != nil || out == nil {
		return err
	}
	owner := ""
	if out.Owner != nil {
		owner = aws.ToString(out.Owner.ID)
	}
	for _, g := range out.Grants {
		if g.Grantee == nil || g.Grantee.Type != types.TypeGroup && aws.ToString(g.Grantee.ID) == owner {
			continue
		}
		uri := aws.ToString(g.Grantee.URI)
		facts.ACL = append(facts.ACL, ACLGrant{
			Group: uri[strings.LastIndex(uri, "/")+1:], Account: aws.ToString(g.Grantee.ID), Permission: string(g.Permission),
		})
	}
	return nil
}

// setting makes one call. If S3 itself refuses it, the setting is added to
// Unread.
func (c *Client) setting(facts *Facts, what string, ask func() error) error {
	err := ask()
	e, ok := err.(*Error)
	switch {
	case err == nil:
		return nil
	case !ok || e.Class != Denied || !slices.Contains(settingCalls, e.Op):
		return err
	case e.Code == "AccessDenied":
		facts.Unread = append(facts.Unread, what)
	}
	return nil
}

var settingCalls = []string{"GetBucketRequestPayment", "GetBucketAbac", "GetBucketAcl", "GetBucketOwnershipControls"}
