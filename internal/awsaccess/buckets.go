package awsaccess

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"s3share/internal/grant"
)

// BucketPolicy returns the bucket's policy as S3 has it. The result is "" only
// if S3 answers 404 with NoSuchBucketPolicy (AmazonS3 API, ErrorResponses).
// Every other answer without a policy is an error, and then nothing may be
// written. The same code with another status comes from a proxy or a failing
// service. S3 never stores a policy without a statement.
func (c *Client) BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) {
	const op = "GetBucketPolicy"
	out, err := onBucket(ctx, c, b, op, read,
		func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
			return api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{
				Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
			}, opts)
		})
	if saysAbsent(err, noPolicy) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text := aws.ToString(out.Policy)
	if !hasStatement(text) {
		// If a proxy's page passed for a policy, the bot's write would replace
		// it and all foreign statements with it.
		return "", c.badReply(op, b.AccountID, "the answer is not a policy, or one without a statement")
	}
	return text, nil
}

// saysAbsent reports whether S3 answered 404 with this code: the configuration
// is absent.
func saysAbsent(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code && e.Status == http.StatusNotFound
}

// hasStatement reports whether text is a JSON object with at least one
// statement.
func hasStatement(text string) bool {
	var doc map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &doc) != nil {
		return false
	}
	var list []json.RawMessage
	if json.Unmarshal(doc["Statement"], &list) == nil {
		return len(list) > 0
	}
	var one map[string]json.RawMessage
	return json.Unmarshal(doc["Statement"], &one) == nil && len(one) > 0
}

// PutBucketPolicy replaces the bucket's whole policy. It is sent once, without
// retries.
func (c *Client) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	_, err := onBucket(ctx, c, b, "PutBucketPolicy", write,
		func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.PutBucketPolicyOutput, error) {
			return api.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID), Policy: aws.String(text),
			}, opts)
		})
	return err
}

// DeleteBucketPolicy removes the bucket's policy, and succeeds if there is
// none. It is sent once, without retries.
func (c *Client) DeleteBucketPolicy(ctx context.Context, b grant.Bucket) error {
	_, err := onBucket(ctx, c, b, "DeleteBucketPolicy", write,
		func(ctx context.Context, api *s3.Client, opts func(*s3.Options)) (*s3.DeleteBucketPolicyOutput, error) {
			return api.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{
				Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
			}, opts)
		})
	if saysAbsent(err, noPolicy) { // S3 answers 204; compatible storage may not
		return nil
	}
	return err
}

// onBucket makes one call on a bucket in the bucket's region. If S3 answers
// that the bucket is in another region, it has not acted. Then the call is sent
// there once, and later calls go there directly.
func onBucket[T any](
	ctx context.Context, c *Client, b grant.Bucket, op string, k kind,
	f func(context.Context, *s3.Client, func(*s3.Options)) (T, error),
) (T, error) {
	var none T
	a, err := c.account(op, b.AccountID)
	if err != nil {
		return none, err
	}
	region, elsewhere, refused := c.region(a, b), "", false
	call := func(ctx context.Context) (T, error) {
		out, err := f(ctx, a.s3, func(o *s3.Options) {
			o.Region = region
			if k == write {
				o.Retryer = aws.NopRetryer{}
			}
			if root, known := roots[op]; known {
				o.APIOptions = append(o.APIOptions, confirmed(root))
			}
		})
		elsewhere, refused = regionIn(err)
		return out, err
	}
	out, err := do(ctx, c, a, op, k, call)
	if err == nil || !refused {
		return out, err
	}
	if elsewhere == "" || elsewhere == region {
		elsewhere = c.askRegion(ctx, a, b, region)
	}
	if elsewhere == "" || elsewhere == region {
		return out, err
	}
	region = elsewhere
	c.mu.Lock()
	c.regions[a.ID+"/"+b.Name] = region
	c.mu.Unlock()
	return do(ctx, c, a, op, k, call)
}

// askRegion asks S3 for a bucket's region, if a refusal did not name it.
// HeadBucket returns it in a header with every answer, so the role needs no
// permission for it. The result is "" if S3 does not name it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func (c *Client) askRegion(ctx context.Context, a *account, b grant.Bucket, near string) (region string) {
	_, err := do(ctx, c, a, "HeadBucket", read, func(ctx context.Context) (*s3.HeadBucketOutput, error) {
		out, err := a.s3.HeadBucket(ctx, &s3.HeadBucketInput{
			Bucket: aws.String(b.Name), ExpectedBucketOwner: aws.String(b.AccountID),
		}, func(o *s3.Options) { o.Region = near })
		if err != nil {
			region = regionHeader(err)
		} else if named := aws.ToString(out.BucketRegion); regionName.MatchString(named) {
			region = named
		}
		return out, err
	})
	if err != nil {
		c.log.DebugContext(ctx, "asking for the region of a bucket", "bucket", b.Name, "region", region, "err", err)
	}
	return region
}

// region returns the best known region of the bucket.
func (c *Client) region(a *account, b grant.Bucket) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.regions[a.ID+"/"+b.Name] != "":
		return c.regions[a.ID+"/"+b.Name]
	case regionName.MatchString(b.Region):
		return b.Region
	}
	return a.Region
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$`)
	expecting  = regexp.MustCompile(`expecting '([a-z0-9-]+)'|^The ([a-z0-9-]+) location constraint is incompatible`)
)

// regionIn reports whether S3 refused a call because the bucket is in another
// region. It returns that region, or "" if S3 does not name it.
func regionIn(err error) (region string, refused bool) {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return "", false
	}
	switch strings.TrimSuffix(api.ErrorCode(), "Exception") {
	case "PermanentRedirect", "TemporaryRedirect", "MovedPermanently", "AuthorizationHeaderMalformed",
		"IllegalLocationConstraint":
	default:
		return "", false
	}
	if region := regionHeader(err); region != "" {
		return region, true
	}
	if m := expecting.FindStringSubmatch(api.ErrorMessage()); m != nil && regionName.MatchString(m[1]+m[2]) {
		return m[1] + m[2], true
	}
	return "", true
}

// regionHeader returns the region in the answer's header, or "".
func regionHeader(err error) string {
	var answered *awshttp.ResponseError
	if !errors.As(err, &answered) {
		return ""
	}
	if region := answered.HTTPResponse().Header.Get("X-Amz-Bucket-Region"); regionName.MatchString(region) {
		return region
	}
	return ""
}
