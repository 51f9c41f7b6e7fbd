package awssim

import (
	"net/http"
	"net/url"
	"strings"
)

func expectOwner(expected string, b *bucket) *apiError {
	switch {
	case expected == "" || expected == b.owner.id:
		return nil
	case !isAccountID(expected):
		return &apiError{status: 400, code: "InvalidBucketOwnerAWSAccountID",
			message: "The value of the expected bucket owner parameter must be an AWS account ID... [" + expected + "]"}
	}
	return &apiError{status: 403, code: "AccessDenied", message: "Access Denied"}
}

// s3Context returns the condition keys that come from the request.
func s3Context(q *request, b *bucket) values {
	ctx := values{"aws:requestedregion": {b.Region}}
	if cred, _ := credentialOf(q.Request); cred.presigned {
		ctx["s3:authtype"] = []string{"REST-QUERY-STRING"}
		ctx["s3:signatureage"] = []string{"0"} // in ms; the simulator's clock may differ from the client's
	}
	for key, header := range map[string]string{"aws:useragent": "User-Agent", "aws:referer": "Referer"} {
		if v := q.Header.Get(header); v != "" {
			ctx[key] = []string{v}
		}
	}
	for _, p := range []string{"prefix", "delimiter", "max-keys"} {
		if q.params.Has(p) && strings.HasPrefix(q.op, "ListObjects") {
			ctx["s3:"+p] = []string{q.params.Get(p)}
		}
	}
	for _, h := range []string{
		"x-amz-acl", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class",
		"x-amz-content-sha256", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-website-redirect-location",
		"if-match", "if-none-match",
	} {
		if v := q.Header.Get(h); v != "" {
			ctx["s3:"+h] = []string{v}
		}
	}
	q.tagContext(ctx)
	b.tagged(ctx)
	return ctx
}

// authorise checks a permission beyond the operation's own, on the bucket or on
// an object in it.
func (s *s3Objects) authorise(q *request, b *bucket, action, key string, more values) *apiError {
	resource := b.arn()
	if key != "" {
		resource += "/" + key
	}
	ctx := s3Context(q, b)
	for k, v := range more {
		ctx[k] = v
	}
	ask := s.access.ask(q.caller, action, resource, b.owner, q.now, ctx)
	if d := s.access.decideOnBucket(ask, b, q.now); !d.Allowed {
		return d.denial(ask, `"`+resource+`"`, q.caller.account == b.owner)
	}
	return nil
}

// objectContext returns the condition keys of an existing object.
func (b *bucket) objectContext(key string) values {
	ctx := values{}
	for k, v := range b.objects[key].tags {
		ctx["s3:existingobjecttag/"+lower(k)] = []string{v}
	}
	return ctx
}

// tagContext adds the condition keys of the tags that a request writes.
func (q *request) tagContext(ctx values) {
	tags, err := url.ParseQuery(q.Header.Get("X-Amz-Tagging"))
	if err != nil {
		return
	}
	for _, key := range sortedKeys(tags) {
		ctx["s3:requestobjecttag/"+lower(key)] = []string{tags.Get(key)}
		ctx["s3:requestobjecttagkeys"] = append(ctx["s3:requestobjecttagkeys"], key)
	}
}

// tagged adds the condition keys of a bucket's tags. They apply once ABAC is on.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
func (b *bucket) tagged(ctx values) {
	if !b.ABAC {
		return
	}
	for key, value := range b.Tags {
		ctx["aws:resourcetag/"+lower(key)], ctx["s3:buckettag/"+lower(key)] = []string{value}, []string{value}
	}
}

// unpaid makes the refusals of a Requester Pays bucket: objects and lists for
// other accounts whose request does not accept the charge (S3 UG
// RequesterPaysBuckets).
func (q *request) unpaid(b *bucket) *apiError {
	ofObjects := q.key != "" || strings.HasPrefix(q.op, "ListObjects") || q.op == "DeleteObjects" ||
		q.op == "ListMultipartUploads"
	if !b.RequesterPays || !ofObjects || q.caller.account == b.owner ||
		q.Header.Get("X-Amz-Request-Payer") == "requester" {
		return nil
	}
	return &apiError{status: http.StatusForbidden, code: "AccessDenied", message: "Access Denied", region: b.Region}
}
