package awssim_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/sim/awssim"
)

func TestBucketReads(t *testing.T) {
	b := newBench(t, awssim.Config{})
	key := b.nonprod.Key("eu-west-1", false)
	b.nonprod.Bucket("full", awssim.BucketOptions{Region: "eu-west-1", Ownership: "ObjectWriter",
		KMSKeyARN: key, BucketKey: true, Versioning: "Enabled"})
	c := b.in("eu-west-1", b.nonprod)
	name := aws.String("full")

	head := must(c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: name, ExpectedBucketOwner: aws.String(owner)}))(t)
	if aws.ToString(head.BucketRegion) != "eu-west-1" {
		t.Errorf("HeadBucket says region %q", aws.ToString(head.BucketRegion))
	}
	loc := must(c.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: name}))(t)
	first := must(b.root(b.nonprod).s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: aws.String(bucket)}))(t)
	if loc.LocationConstraint != "eu-west-1" || first.LocationConstraint != "" {
		t.Errorf("locations %q and %q", loc.LocationConstraint, first.LocationConstraint)
	}
	own := must(c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name}))(t)
	if got := own.OwnershipControls.Rules[0].ObjectOwnership; got != types.ObjectOwnershipObjectWriter {
		t.Errorf("ownership %q", got)
	}
	enc := must(c.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name}))(t)
	rule := enc.ServerSideEncryptionConfiguration.Rules[0]
	if rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm != "aws:kms" || !aws.ToBool(rule.BucketKeyEnabled) ||
		aws.ToString(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID) != key {
		t.Errorf("encryption %+v", rule)
	}
	block := must(c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name}))(t).PublicAccessBlockConfiguration
	if !*block.BlockPublicAcls || !*block.BlockPublicPolicy || !*block.IgnorePublicAcls || !*block.RestrictPublicBuckets {
		t.Errorf("block %+v", block)
	}
	ver := must(c.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name}))(t)
	if ver.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning %q", ver.Status)
	}
	list := must(c.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	if len(list.Buckets) != 2 || aws.ToString(list.Buckets[0].Name) != "full" {
		t.Errorf("buckets %+v", list.Buckets)
	}
}

func TestObjects(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.root(b.nonprod).s3
	name := aws.String(bucket)
	for _, key := range []string{"builds/a.txt", "builds/sub/b.txt", "notes with space+plus.txt"} {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: &key, Body: strings.NewReader(key), ContentType: aws.String("text/plain")})
		wantCode(t, "PutObject", err, "", 0, "")
		out := must(c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: &key}))(t)
		body := must(io.ReadAll(out.Body))(t)
		if string(body) != key || aws.ToString(out.ContentType) != "text/plain" {
			t.Errorf("got %q of type %q", body, aws.ToString(out.ContentType))
		}
	}
	head := must(c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: name, Key: aws.String("builds/a.txt")}))(t)
	if aws.ToInt64(head.ContentLength) != int64(len("builds/a.txt")) {
		t.Errorf("length %d", aws.ToInt64(head.ContentLength))
	}
	list := must(c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: name, Prefix: aws.String("builds/"), Delimiter: aws.String("/")}))(t)
	if len(list.Contents) != 1 || len(list.CommonPrefixes) != 1 || *list.CommonPrefixes[0].Prefix != "builds/sub/" {
		t.Errorf("listing %+v", list)
	}
	var keys []string
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: name, MaxKeys: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, o := range must(pages.NextPage(ctx))(t).Contents {
			keys = append(keys, *o.Key)
		}
	}
	if want := []string{"builds/a.txt", "builds/sub/b.txt", "notes with space+plus.txt"}; !slices.Equal(keys, want) {
		t.Errorf("keys %q", keys)
	}
	_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("builds/a.txt")})
	wantCode(t, "DeleteObject", err, "", 0, "")
	if _, ok := b.nonprod.Object(bucket, "builds/a.txt"); ok {
		t.Error("the object was not deleted")
	}
	_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("builds/a.txt")})
	wantCode(t, "GetObject", err, "NoSuchKey", 404, "does not exist")
	_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("x"), Body: bytes.NewReader(nil), ACL: "public-read"})
	wantCode(t, "PutObject with an ACL", err, "AccessControlListNotSupported", 400, "")
}

// A caller who may read but not list gets 403 for a missing object.
func TestMissingObject(t *testing.T) {
	b := newFull(t, awssim.Config{})
	get := func(c clients) error {
		_, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("none")})
		return err
	}
	wantCode(t, "may not list", get(b.user), "AccessDenied", 403, "Access Denied")
	list := one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::` + bucket + `","` + objects + `"]`)
	if err := b.nonprod.SetPolicy(bucket, list); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "may list", get(b.user), "NoSuchKey", 404, "does not exist")
}

// Sources disagree on whether S3 treats the key as the prefix when it decides
// between 403 and 404 for a missing object. Both variants are modelled.
func TestMissingObjectInFolder(t *testing.T) {
	for _, isPrefix := range []bool{false, true} {
		b := newFull(t, awssim.Config{KeyIsPrefix: isPrefix})
		policy := strings.Replace(bobMayRead, "]}", `,{"Effect":"Allow","Principal":{"AWS":"`+bob+`"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::`+bucket+
			`","Condition":{"StringLike":{"s3:prefix":"builds/*"}}}]}`, 1)
		if err := b.nonprod.SetPolicy(bucket, policy); err != nil {
			t.Fatal(err)
		}
		code, status := "AccessDenied", 403
		if isPrefix {
			code, status = "NoSuchKey", 404
		}
		for key, told := range map[string]bool{"builds/none": true, "builds": false, "other/none": false} {
			_, err := b.user.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
			if told {
				wantCode(t, key, err, code, status, "")
			} else {
				wantCode(t, key, err, "AccessDenied", 403, "")
			}
			_, err = b.user.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: &key})
			if told && isPrefix {
				wantCode(t, "HEAD "+key, err, "NotFound", 404, "")
			} else {
				wantCode(t, "HEAD "+key, err, "Forbidden", 403, "")
			}
		}
	}
}

func TestCreateBucket(t *testing.T) {
	b := newBench(t, awssim.Config{})
	create := func(a *awssim.Account, name string) error {
		_, err := b.root(a).s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
		return err
	}
	wantCode(t, "new", create(b.build, "fresh"), "", 0, "")
	wantCode(t, "again", create(b.build, "fresh"), "BucketAlreadyOwnedByYou", 409, "")
	wantCode(t, "another's", create(b.nonprod, "fresh"), "BucketAlreadyExists", 409, "")
	wantCode(t, "bad name", create(b.nonprod, "No_Bucket"), "InvalidBucketName", 400, "")
}

func TestBucketErrors(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.nonprod.Bucket("old", awssim.BucketOptions{Ownership: "none", AllowPublic: true})
	c := b.root(b.nonprod).s3
	get := func(c *s3.Client, name, expect string) error {
		in := &s3.GetBucketPolicyInput{Bucket: &name}
		if expect != "" {
			in.ExpectedBucketOwner = &expect
		}
		_, err := c.GetBucketPolicy(ctx, in)
		return err
	}
	wantCode(t, "no bucket", get(c, "no-such-bucket", ""), "NoSuchBucket", 404, "does not exist")
	wantCode(t, "no policy", get(c, bucket, owner), "NoSuchBucketPolicy", 404, "The bucket policy does not exist")
	wantCode(t, "other owner", get(c, bucket, grantee), "AccessDenied", 403, "Access Denied")
	wantCode(t, "ill-formed owner", get(c, bucket, "me"), "InvalidBucketOwnerAWSAccountID", 400, "")
	wantCode(t, "other account", get(b.root(b.build).s3, bucket, ""), "AccessDenied", 403, "Access Denied")

	_, err := c.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String("old")})
	wantCode(t, "controls", err, "OwnershipControlsNotFoundError", 404, "")
	_, err = c.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String("old")})
	wantCode(t, "block", err, "NoSuchPublicAccessBlockConfiguration", 404, "")
	_, err = c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("no-such-bucket")})
	wantCode(t, "head of none", err, "NotFound", 404, "")
	_, err = b.user(b.build, "bob").s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
	wantCode(t, "head of another's", err, "Forbidden", 403, "")
}
