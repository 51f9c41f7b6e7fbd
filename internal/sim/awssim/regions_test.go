package awssim_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/sim/awssim"
)

// in returns a client of an account's root user at a region's endpoint.
func (b *bench) in(region string, a *awssim.Account) *s3.Client {
	return s3.New(b.root(a).s3.Options(), func(o *s3.Options) { o.Region = region })
}

// A bucket answers in its own region only. Older regions redirect. An opt-in
// region refuses and names the bucket's region, unless that is us-east-1. HEAD
// always tells the region, even to callers without permission.
func TestRegions(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.nonprod.Bucket("ireland", awssim.BucketOptions{Region: "eu-west-1"})
	b.nonprod.Bucket("cape", awssim.BucketOptions{Region: "af-south-1"})
	for _, test := range []struct {
		bucket, region string
		code           string
		status         int
		says           string
	}{
		{"ireland", "eu-west-1", "", 0, ""},
		{"ireland", "us-east-1", "PermanentRedirect", 301, "specified endpoint"},
		{"cape", "af-south-1", "", 0, ""},
		{"cape", "us-east-1", "IllegalLocationConstraintException", 400, "The af-south-1 location constraint"},
		{"ireland", "me-south-1", "IllegalLocationConstraintException", 400, "The eu-west-1 location constraint"},
		{bucket, "af-south-1", "IllegalLocationConstraintException", 400, "The unspecified location constraint"},
		{bucket, "eu-west-1", "PermanentRedirect", 301, ""},
	} {
		c, name := b.in(test.region, b.nonprod), aws.String(test.bucket)
		_, err := c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name})
		wantCode(t, test.bucket+" in "+test.region, err, test.code, test.status, test.says)
		// HEAD has no body, so the SDK derives the code from the status.
		code := map[int]string{301: "MovedPermanently", 400: "BadRequest"}[test.status]
		_, err = c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name})
		wantCode(t, "HEAD "+test.bucket+" in "+test.region, err, code, test.status, "")
	}
	for path, want := range map[string]string{"/cape": "af-south-1", "/ireland": "eu-west-1", "/" + bucket: "us-east-1"} {
		_, header := b.head(t, path, b.build)
		if got := header.Get("X-Amz-Bucket-Region"); got != want {
			t.Errorf("HEAD %s by a stranger: region %q, want %q", path, got, want)
		}
	}
	_, err := b.in("eu-west-1", b.nonprod).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("new-one")})
	wantCode(t, "a bucket of nowhere", err, "IllegalLocationConstraintException", 400, "unspecified")
	_, err = b.in("eu-west-1", b.nonprod).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("new-one"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
	wantCode(t, "a bucket of Ireland", err, "", 0, "")
	location := must(b.root(b.nonprod).s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: aws.String("cape")}))(t)
	if location.LocationConstraint != "af-south-1" {
		t.Errorf("GetBucketLocation in us-east-1 says %q", location.LocationConstraint)
	}
}

// head sends a HEAD request by hand, signed for us-east-1, because the SDK
// drops the headers of a refusal.
func (b *bench) head(t *testing.T, path string, as *awssim.Account) (int, http.Header) {
	t.Helper()
	id, _ := as.RootKey()
	r, err := http.NewRequest(http.MethodHead, b.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+id+"/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode, response.Header
}
