package awssim

import (
	"net/http"
	"slices"
	"strings"
)

// An s3Op is one operation of S3: the action it needs and what it does. Most
// act on a bucket that exists.
type s3Op struct {
	action string
	do     func(*World, *request, *bucket) (reply, *apiError)
}

var s3Ops = map[string]s3Op{
	"ListBuckets":                {"s3:ListAllMyBuckets", (*World).listBuckets},
	"CreateBucket":               {"s3:CreateBucket", (*World).createBucket},
	"HeadBucket":                 {"s3:ListBucket", (*World).headBucket},
	"GetBucketLocation":          {"s3:GetBucketLocation", (*World).getBucketLocation},
	"GetBucketPolicy":            {"s3:GetBucketPolicy", (*World).getBucketPolicy},
	"PutBucketPolicy":            {"s3:PutBucketPolicy", (*World).putBucketPolicy},
	"DeleteBucketPolicy":         {"s3:DeleteBucketPolicy", (*World).deleteBucketPolicy},
	"GetBucketPolicyStatus":      {"s3:GetBucketPolicyStatus", (*World).getBucketPolicyStatus},
	"GetBucketOwnershipControls": {"s3:GetBucketOwnershipControls", (*World).getOwnershipControls},
	"GetBucketEncryption":        {"s3:GetEncryptionConfiguration", (*World).getEncryption},
	"GetPublicAccessBlock":       {"s3:GetBucketPublicAccessBlock", (*World).getPublicAccessBlock},
	"GetBucketVersioning":        {"s3:GetBucketVersioning", (*World).getVersioning},
	"ListObjectsV2":              {"s3:ListBucket", (*World).listObjects},
	"GetObject":                  {"s3:GetObject", (*World).getObject},
	"HeadObject":                 {"s3:GetObject", (*World).getObject},
	"PutObject":                  {"s3:PutObject", (*World).putObject},
	"DeleteObject":               {"s3:DeleteObject", (*World).deleteObject},
}

// s3Subresources names the operations that a query parameter chooses.
var s3Subresources = map[string]string{
	"GET policy":            "GetBucketPolicy",
	"PUT policy":            "PutBucketPolicy",
	"DELETE policy":         "DeleteBucketPolicy",
	"GET policyStatus":      "GetBucketPolicyStatus",
	"GET location":          "GetBucketLocation",
	"GET ownershipControls": "GetBucketOwnershipControls",
	"GET encryption":        "GetBucketEncryption",
	"GET publicAccessBlock": "GetPublicAccessBlock",
	"GET versioning":        "GetBucketVersioning",
}

// plainParams do not choose an operation.
var plainParams = []string{
	"x-id", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "fetch-owner",
	"encoding-type", "max-buckets", "bucket-region", "list-type",
}

// readS3 finds bucket, key and operation in a path-style request. What is not
// known gets a name that says what was asked.
func (q *request) readS3() {
	q.bucket, q.key, _ = strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	var chosen []string
	for _, p := range sortedKeys(q.params) {
		if !slices.Contains(plainParams, p) && !strings.HasPrefix(lower(p), "x-amz-") {
			chosen = append(chosen, p)
		}
	}
	level := "object"
	switch {
	case q.bucket == "":
		level = "service"
	case q.key == "":
		level = "bucket"
	}
	q.op = q.Method + " " + level
	if len(chosen) > 0 {
		q.op += " ?" + strings.Join(chosen, "&")
		if op, ok := s3Subresources[q.Method+" "+chosen[0]]; ok && len(chosen) == 1 && level == "bucket" {
			q.op = op
		}
		return
	}
	copies := q.Header.Get("X-Amz-Copy-Source") != ""
	switch q.op {
	case "GET service":
		q.op = "ListBuckets"
	case "HEAD bucket":
		q.op = "HeadBucket"
	case "PUT bucket":
		q.op = "CreateBucket"
	case "GET bucket":
		if q.params.Get("list-type") == "2" {
			q.op = "ListObjectsV2"
		}
	case "GET object":
		q.op = "GetObject"
	case "HEAD object":
		q.op = "HeadObject"
	case "PUT object":
		if !copies {
			q.op = "PutObject"
		}
	case "DELETE object":
		q.op = "DeleteObject"
	}
}

// serveS3 checks what S3 checks before any operation: the bucket, its owner if
// the caller expects one, and the permission.
func (w *World) serveS3(q *request) (reply, *apiError) {
	op := s3Ops[q.op]
	if q.op == "ListBuckets" || q.op == "CreateBucket" {
		return w.serveAccount(q, op)
	}
	b := w.buckets[q.bucket]
	if b == nil {
		return reply{}, &apiError{status: 404, code: "NoSuchBucket",
			message: "The specified bucket does not exist", bucket: q.bucket}
	}
	if err := expectOwner(q.Header.Get("X-Amz-Expected-Bucket-Owner"), b); err != nil {
		return reply{}, err
	}
	q.resource = b.arn()
	if q.key != "" {
		q.resource += "/" + q.key
	}
	ask := w.ask(q.caller, op.action, q.resource, b.owner, q.now, s3Context(q, b))
	same := q.caller.account == b.owner
	about := strings.HasSuffix(op.action, "BucketPolicy")
	if d := w.decideOnBucket(ask, b, q.now); !d.Allowed && !(about && same && q.caller.root) {
		return reply{}, d.denial(ask, `"`+q.resource+`"`, same)
	}
	if !same && (about || q.op == "GetBucketPolicyStatus") {
		return reply{}, &apiError{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed",
			message: "The specified method is not allowed against this resource."}
	}
	return op.do(w, q, b)
}

// serveAccount serves the operations that no bucket is needed for.
func (w *World) serveAccount(q *request, op s3Op) (reply, *apiError) {
	q.resource = "*"
	if q.bucket != "" {
		q.resource = "arn:aws:s3:::" + q.bucket
	}
	ask := w.ask(q.caller, op.action, q.resource, q.caller.account, q.now, nil)
	if d := w.decide(ask, q.caller.account, finding{}, q.now); !d.Allowed {
		return reply{}, d.denial(ask, `"`+q.resource+`"`, true)
	}
	return op.do(w, q, nil)
}

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

// s3Context is the condition keys that come from the request itself.
func s3Context(q *request, b *bucket) values {
	ctx := values{"aws:requestedregion": {b.Region}}
	for _, p := range []string{"prefix", "delimiter", "max-keys"} {
		if q.params.Has(p) && q.op == "ListObjectsV2" {
			ctx["s3:"+p] = []string{q.params.Get(p)}
		}
	}
	for _, h := range []string{
		"x-amz-acl", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
		"x-amz-storage-class", "x-amz-content-sha256",
	} {
		if v := q.Header.Get(h); v != "" {
			ctx["s3:"+h] = []string{v}
		}
	}
	return ctx
}
