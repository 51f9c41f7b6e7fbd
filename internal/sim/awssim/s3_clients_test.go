package awssim_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"s3share/internal/sim/awssim"
)

// A request for one range gets that range. A request for several gets the whole
// object, as in S3.
func TestRanges(t *testing.T) {
	b := newFull(t, awssim.Config{})
	for spec, want := range map[string]string{
		"bytes=0-0": "h", "bytes=1-3": "ell", "bytes=3-": "lo", "bytes=-2": "lo", "bytes=0-99": "hello", "bytes=-99": "hello", "bytes=0-1,3-4": "hello", "lines=1-2": "hello",
	} {
		out := must(b.owner.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt"), Range: &spec}))(t)
		if body := must(io.ReadAll(out.Body))(t); string(body) != want {
			t.Errorf("%s: %q, want %q", spec, body, want)
		}
	}
	for _, spec := range []string{"bytes=5-", "bytes=9-12"} {
		_, err := b.owner.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt"), Range: &spec})
		wantCode(t, spec, err, "InvalidRange", 416, "not satisfiable")
	}
}

func TestConditionalRequests(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.owner.s3
	head := must(c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")}))(t)
	get := func(in s3.GetObjectInput) error {
		in.Bucket, in.Key = aws.String(bucket), aws.String("a.txt")
		_, err := c.GetObject(ctx, &in)
		return err
	}
	later := noon.AddDate(0, 0, 1)
	wantCode(t, "it matches", get(s3.GetObjectInput{IfMatch: head.ETag}), "", 0, "")
	wantCode(t, "it does not", get(s3.GetObjectInput{IfMatch: aws.String(`"x"`)}), "PreconditionFailed", 412, "")
	wantCode(t, "unchanged", get(s3.GetObjectInput{IfNoneMatch: head.ETag}), "NotModified", 304, "")
	wantCode(t, "changed", get(s3.GetObjectInput{IfNoneMatch: aws.String(`"x"`)}), "", 0, "")
	wantCode(t, "not since tomorrow", get(s3.GetObjectInput{IfModifiedSince: &later}), "NotModified", 304, "")
	wantCode(t, "not since noon", get(s3.GetObjectInput{IfUnmodifiedSince: &noon}), "", 0, "")
	put := func(key string, in s3.PutObjectInput) error {
		in.Bucket, in.Key, in.Body = aws.String(bucket), &key, strings.NewReader("new")
		_, err := c.PutObject(ctx, &in)
		return err
	}
	wantCode(t, "only if it is new, and it is not", put("a.txt", s3.PutObjectInput{IfNoneMatch: aws.String("*")}), "PreconditionFailed", 412, "")
	wantCode(t, "only if it is new", put("n.txt", s3.PutObjectInput{IfNoneMatch: aws.String("*")}), "", 0, "")
	wantCode(t, "only if unchanged", put("a.txt", s3.PutObjectInput{IfMatch: head.ETag}), "", 0, "")
	wantCode(t, "only if unchanged, and it is not", put("a.txt", s3.PutObjectInput{IfMatch: head.ETag}), "PreconditionFailed", 412, "")
	wantCode(t, "only if unchanged, and it is gone", put("none", s3.PutObjectInput{IfMatch: head.ETag}), "NoSuchKey", 404, "")
}

// A copy needs permission to read its source and to write its target. It keeps
// metadata and tags, unless the request replaces them.
func TestCopies(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.nonprod.Bucket("target", awssim.BucketOptions{})
	c := b.owner.s3
	must(c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("dir/a+b ü.txt"), Body: strings.NewReader("x"),
		Metadata: map[string]string{"run": "7"}, ContentType: aws.String("text/plain"), Tagging: aws.String("team=blue&cost=a%20b")}))(t)
	copyTo := func(c clients, key string, in s3.CopyObjectInput) error {
		in.Bucket, in.Key = aws.String("target"), &key
		if in.CopySource == nil {
			in.CopySource = aws.String(bucket + "/dir/a%2Bb%20%C3%BC.txt")
		}
		_, err := c.s3.CopyObject(ctx, &in)
		return err
	}
	wantCode(t, "copy", copyTo(b.owner, "kept", s3.CopyObjectInput{}), "", 0, "")
	wantCode(t, "replace", copyTo(b.owner, "replaced", s3.CopyObjectInput{MetadataDirective: "REPLACE", TaggingDirective: "REPLACE", Metadata: map[string]string{"run": "8"}}), "", 0, "")
	wantCode(t, "onto itself", copyTo(b.owner, "kept", s3.CopyObjectInput{CopySource: aws.String("target/kept")}), "InvalidRequest", 400, "copy an object to itself")
	wantCode(t, "no source", copyTo(b.owner, "x", s3.CopyObjectInput{CopySource: aws.String(bucket + "/none")}), "NoSuchKey", 404, "")
	wantCode(t, "no such bucket", copyTo(b.owner, "x", s3.CopyObjectInput{CopySource: aws.String("nowhere/none")}), "NoSuchBucket", 404, "")
	wantCode(t, "changed", copyTo(b.owner, "x", s3.CopyObjectInput{CopySourceIfMatch: aws.String("x")}), "PreconditionFailed", 412, "")
	for key, want := range map[string]string{"kept": "7 text/plain 2", "replaced": "8 binary/octet-stream 0"} {
		head := must(c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("target"), Key: &key}))(t)
		tags := must(c.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String("target"), Key: &key}))(t).TagSet
		if got := head.Metadata["run"] + " " + *head.ContentType + " " + string(rune('0'+len(tags))); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	// bob may write the target and read one of the sources.
	write := one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"arn:aws:s3:::target/*"`)
	if err := b.nonprod.SetPolicy("target", write); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "bob", copyTo(b.user, "x", s3.CopyObjectInput{CopySource: aws.String(bucket + "/a.txt")}), "", 0, "")
	b.nonprod.Bucket("closed", awssim.BucketOptions{})
	b.nonprod.PutObject("closed", "a.txt", []byte("no"))
	wantCode(t, "bob, from what he may not read", copyTo(b.user, "x", s3.CopyObjectInput{CopySource: aws.String("closed/a.txt")}), "AccessDenied", 403, "")
	if err := b.nonprod.SetPolicy("target", strings.Replace(write, `["s3:PutObject","s3:PutObjectTagging"]`, `"s3:PutObject"`, 1)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "bob, with tags", copyTo(b.user, "x", s3.CopyObjectInput{CopySource: aws.String(bucket + "/dir/a+b%20%C3%BC.txt")}), "AccessDenied", 403, "")
}

func TestMultipartUploads(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c, name, key := b.owner.s3, aws.String(bucket), aws.String("large")
	big := bytes.Repeat([]byte("x"), 5<<20)
	begin := func() *string {
		return must(c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: name, Key: key, Metadata: map[string]string{"run": "7"}}))(t).UploadId
	}
	part := func(id *string, n int32, body []byte) types.CompletedPart {
		out := must(c.UploadPart(ctx, &s3.UploadPartInput{Bucket: name, Key: key, UploadId: id, PartNumber: &n, Body: bytes.NewReader(body)}))(t)
		return types.CompletedPart{PartNumber: &n, ETag: out.ETag}
	}
	complete := func(id *string, parts ...types.CompletedPart) error {
		_, err := c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: name, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
		return err
	}
	id := begin()
	first, second := part(id, 1, big), part(id, 7, []byte("end"))
	listed := must(c.ListParts(ctx, &s3.ListPartsInput{Bucket: name, Key: key, UploadId: id, MaxParts: aws.Int32(1)}))(t)
	if len(listed.Parts) != 1 || !*listed.IsTruncated || *listed.NextPartNumberMarker != "1" {
		t.Errorf("listed %+v", listed)
	}
	wantCode(t, "in the wrong order", complete(id, second, first), "InvalidPartOrder", 400, "ascending order")
	wantCode(t, "a part that is not there", complete(id, first, types.CompletedPart{PartNumber: aws.Int32(2), ETag: first.ETag}), "InvalidPart", 400, "")
	wantCode(t, "another part", complete(id, types.CompletedPart{PartNumber: aws.Int32(1), ETag: second.ETag}), "InvalidPart", 400, "")
	wantCode(t, "complete", complete(id, first, second), "", 0, "")
	wantCode(t, "again", complete(id, first, second), "NoSuchUpload", 404, "")
	head := must(c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: name, Key: key}))(t)
	if !strings.HasSuffix(*head.ETag, `-2"`) || *head.ContentLength != 5<<20+3 || head.Metadata["run"] != "7" {
		t.Errorf("the whole is %+v", head)
	}
	id = begin()
	wantCode(t, "small parts", complete(id, part(id, 1, []byte("a")), part(id, 2, []byte("b"))), "EntityTooSmall", 400, "")
	copied := must(c.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: name, Key: key, UploadId: id, PartNumber: aws.Int32(1),
		CopySource: aws.String(bucket + "/large"), CopySourceRange: aws.String("bytes=5242880-5242882")}))(t)
	wantCode(t, "a copied part", complete(id, types.CompletedPart{PartNumber: aws.Int32(1), ETag: copied.CopyPartResult.ETag}), "", 0, "")
	if body, _ := b.nonprod.Object(bucket, "large"); string(body) != "end" {
		t.Errorf("the copy is %q", body)
	}
	id = begin()
	if open := must(c.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: name, Prefix: key}))(t).Uploads; len(open) != 1 || *open[0].UploadId != *id {
		t.Errorf("open: %+v", open)
	}
	_, err := c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: name, Key: key, UploadId: id})
	wantCode(t, "abort", err, "", 0, "")
	_, err = c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: name, Key: key, UploadId: id})
	wantCode(t, "abort again", err, "NoSuchUpload", 404, "")
	_, err = b.user.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: name, Key: key})
	wantCode(t, "without permission", err, "AccessDenied", 403, "")
}

// DeleteObjects reports the result for each object.
func TestDeleteObjects(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.nonprod.PutObject(bucket, "builds/x", nil)
	policy := one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::` + bucket + `/builds/*"`)
	if err := b.nonprod.SetPolicy(bucket, policy); err != nil {
		t.Fatal(err)
	}
	out := must(b.user.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: aws.String("builds/x")}, {Key: aws.String("builds/none")}, {Key: aws.String("a.txt")}}}}))(t)
	if len(out.Deleted) != 2 || len(out.Errors) != 1 || *out.Errors[0].Key != "a.txt" || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("deleted %+v, refused %+v", out.Deleted, out.Errors)
	}
	if _, kept := b.nonprod.Object(bucket, "a.txt"); !kept {
		t.Error("a.txt is gone")
	}
	status, text := b.send(t, http.MethodPost, "/"+bucket+"?delete", "s3", "<Delete></Delete>")
	if status != 400 || !strings.Contains(text, "MalformedXML") {
		t.Errorf("nothing to delete: %d %s", status, text)
	}
}

// ListObjects continues after a key, and returns NextMarker only with a
// delimiter.
func TestListObjectsV1(t *testing.T) {
	b := newBench(t, awssim.Config{})
	for _, key := range []string{"a", "b/1", "b/2", "c", "d/1"} {
		b.nonprod.PutObject(bucket, key, nil)
	}
	c := b.root(b.nonprod).s3
	var seen []string
	marker, pages := "", 0
	for more := true; more; pages++ {
		out := must(c.ListObjects(ctx, &s3.ListObjectsInput{Bucket: aws.String(bucket), Delimiter: aws.String("/"), MaxKeys: aws.Int32(2), Marker: &marker}))(t)
		for _, o := range out.Contents {
			seen = append(seen, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			seen = append(seen, *p.Prefix)
		}
		more, marker = *out.IsTruncated, aws.ToString(out.NextMarker)
	}
	if pages != 2 || !slices.Equal(seen, []string{"a", "b/", "c", "d/"}) {
		t.Errorf("%d pages: %q", pages, seen)
	}
	out := must(c.ListObjects(ctx, &s3.ListObjectsInput{Bucket: aws.String(bucket), MaxKeys: aws.Int32(2), Marker: aws.String("b/1")}))(t)
	if len(out.Contents) != 2 || *out.Contents[0].Key != "b/2" || !*out.IsTruncated || out.NextMarker != nil || out.Contents[0].Owner == nil {
		t.Errorf("without a delimiter: %+v", out)
	}
}

// Conditions can use the tags of an object and the tags in a request.
func TestTags(t *testing.T) {
	b := newFull(t, awssim.Config{})
	c := b.owner.s3
	tag := func(tags ...types.Tag) error {
		_, err := c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("a.txt"), Tagging: &types.Tagging{TagSet: tags}})
		return err
	}
	blue := types.Tag{Key: aws.String("team"), Value: aws.String("blue")}
	wantCode(t, "twice", tag(blue, blue), "InvalidTag", 400, "same key")
	wantCode(t, "eleven", tag(slices.Repeat([]types.Tag{{Key: aws.String(""), Value: aws.String("")}}, 1)...), "InvalidTag", 400, "")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects +
		`","Condition":{"StringEquals":{"s3:ExistingObjectTag/team":"blue"}}},{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"` + objects +
		`","Condition":{"StringEquals":{"s3:RequestObjectTag/team":"blue"}}}]}`
	if err := b.nonprod.SetPolicy(bucket, policy); err != nil {
		t.Fatal(err)
	}
	get := func() error {
		_, err := b.user.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
		return err
	}
	wantCode(t, "without the tag", get(), "AccessDenied", 403, "")
	wantCode(t, "tagged", tag(blue), "", 0, "")
	wantCode(t, "with the tag", get(), "", 0, "")
	if d := b.Can(bob, "s3:GetObject", bucket, "a.txt"); !d.Allowed {
		t.Error(d.Why)
	}
	put := func(tags string) error {
		_, err := b.user.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("new"), Body: strings.NewReader("x"), Tagging: &tags})
		return err
	}
	wantCode(t, "written with another", put("team=red"), "AccessDenied", 403, "")
	wantCode(t, "written with the tag", put("team=blue"), "", 0, "")
}
