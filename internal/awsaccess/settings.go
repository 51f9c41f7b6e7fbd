package awsaccess

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/grant"
)

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

// Boundary returns the ARN of p's permissions boundary; "" if it has none.
func (c *Client) Boundary(ctx context.Context, p grant.Principal) (arn string, err error) {
	op := "GetUser"
	if p.Kind == grant.KindRole {
		op = "GetRole"
	}
	return onIAM(ctx, c, p.AccountID, op, read,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (string, error) {
			if p.Kind == grant.KindRole {
				out, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(p.Name)}, opts)
				if err != nil || out.Role == nil || out.Role.PermissionsBoundary == nil {
					return "", err
				}
				return aws.ToString(out.Role.PermissionsBoundary.PermissionsBoundaryArn), nil
			}
			out, err := api.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(p.Name)}, opts)
			if err != nil || out.User == nil || out.User.PermissionsBoundary == nil {
				return "", err
			}
			return aws.ToString(out.User.PermissionsBoundary.PermissionsBoundaryArn), nil
		})
}
