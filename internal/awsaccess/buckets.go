package awsaccess

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"s3share/internal/grant"
)

func once(o *s3.Options) { o.RetryMaxAttempts = 1 }

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// BucketPolicy returns the text of a bucket's policy. It is "" only if AWS says
// that there is none; any other error is an error.
func (c *Client) BucketPolicy(ctx context.Context, b grant.Bucket) (text string, err error) {
	err = c.in(ctx, b.AccountID, "GetBucketPolicy", false, func(ctx context.Context, a *account) error {
		out, err := a.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.Name, ExpectedBucketOwner: &b.AccountID})
		if code(err) == "NoSuchBucketPolicy" {
			return nil
		}
		if err != nil {
			return err
		}
		if text = aws.ToString(out.Policy); text == "" {
			return errors.New("the reply has no policy in it")
		}
		return nil
	})
	return text, err
}

// PutBucketPolicy replaces a bucket's policy. It is sent once.
func (c *Client) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	return c.in(ctx, b.AccountID, "PutBucketPolicy", true, func(ctx context.Context, a *account) error {
		_, err := a.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.Name, Policy: &text, ExpectedBucketOwner: &b.AccountID}, once)
		return err
	})
}

// DeleteBucketPolicy removes a bucket's policy. It is sent once.
func (c *Client) DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error {
	return c.in(ctx, b.AccountID, "DeleteBucketPolicy", true, func(ctx context.Context, a *account) error {
		_, err := a.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &b.Name, ExpectedBucketOwner: &b.AccountID}, once)
		return err
	})
}

// Facts is what S3 says of a bucket's configuration.
type Facts struct {
	Region            string // "" if it was not asked
	Enforced          bool   // Object Ownership is BucketOwnerEnforced
	KMSKey            string // of the default encryption, "aws/s3" for the AWS-managed key; "" if it is not KMS
	EncryptionUnknown bool   // it could not be read
}

// Facts reads a bucket's default encryption, and its Object Ownership if that is
// asked. Encryption that cannot be read is no error: it is said on the card.
func (c *Client) Facts(ctx context.Context, b grant.Bucket, ownership bool) (Facts, error) {
	var f Facts
	err := c.in(ctx, b.AccountID, "GetBucketEncryption", false, func(ctx context.Context, a *account) error {
		out, err := a.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &b.Name, ExpectedBucketOwner: &b.AccountID})
		if code(err) == "ServerSideEncryptionConfigurationNotFoundError" {
			return nil
		}
		if err == nil {
			f.KMSKey = kmsKey(out.ServerSideEncryptionConfiguration)
		}
		return err
	})
	switch ClassOf(err) {
	case "":
	case Gone:
		return f, err
	default:
		c.log.WarnContext(ctx, "reading a bucket's encryption", "bucket", b.Name, "err", err)
		f.EncryptionUnknown = true
	}
	if !ownership {
		return f, nil
	}
	return f, c.in(ctx, b.AccountID, "GetBucketOwnershipControls", false, func(ctx context.Context, a *account) error {
		out, err := a.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &b.Name, ExpectedBucketOwner: &b.AccountID})
		if code(err) == "OwnershipControlsNotFoundError" {
			return nil
		}
		if err != nil || out.OwnershipControls == nil {
			return err
		}
		for _, rule := range out.OwnershipControls.Rules {
			f.Enforced = f.Enforced || rule.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
		}
		return nil
	})
}

func kmsKey(conf *types.ServerSideEncryptionConfiguration) string {
	if conf == nil {
		return ""
	}
	for _, rule := range conf.Rules {
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil &&
			(d.SSEAlgorithm == types.ServerSideEncryptionAwsKms || d.SSEAlgorithm == types.ServerSideEncryptionAwsKmsDsse) {
			if key := aws.ToString(d.KMSMasterKeyID); key != "" {
				return key
			}
			return "aws/s3"
		}
	}
	return ""
}
