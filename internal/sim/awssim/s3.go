package awssim

import (
	"net/http"
	"slices"
	"strings"
)

// s3Do does an operation that is authorised.
type s3Do func(*s3Service, *request, *bucket) (reply, *apiError)

// An s3Op is one operation of S3: the action it needs, its implementation, and
// the parameters and headers it accepts beyond those of all requests. Most
// operations need an existing bucket.
type s3Op struct {
	action string
	do     s3Do
	takes  string
}

const (
	readingHeaders = "x-amz-request-payer x-amz-checksum-mode"
	conditional    = "if-match if-none-match if-modified-since if-unmodified-since "
	describing     = "cache-control content-disposition content-encoding content-language expires x-amz-meta-* " +
		"x-amz-tagging "
	writingHeaders = "x-amz-acl x-amz-storage-class x-amz-server-side-encryption " +
		"x-amz-server-side-encryption-aws-kms-key-id " +
		"x-amz-server-side-encryption-bucket-key-enabled x-amz-website-redirect-location x-amz-request-payer " + describing
	chunked = "x-amz-decoded-content-length x-amz-trailer content-encoding "
	copying = "x-amz-copy-source x-amz-copy-source-if-match x-amz-copy-source-if-none-match " +
		"x-amz-copy-source-if-modified-since " +
		"x-amz-copy-source-if-unmodified-since x-amz-source-expected-bucket-owner x-amz-request-payer "
	checksums = "x-amz-sdk-checksum-algorithm x-amz-checksum-*" // accepted but not verified
)

var s3Ops = map[string]s3Op{
	"ListBuckets": {
		"s3:ListAllMyBuckets", (*s3Service).listBuckets, "prefix max-buckets continuation-token bucket-region"},
	"CreateBucket":      {"s3:CreateBucket", (*s3Service).createBucket, "x-amz-object-ownership"},
	"HeadBucket":        {"s3:ListBucket", (*s3Service).headBucket, ""},
	"GetBucketLocation": {"s3:GetBucketLocation", (*s3Service).getBucketLocation, "location"},
	"GetBucketPolicy":   {"s3:GetBucketPolicy", (*s3Service).getBucketPolicy, "policy"},
	"PutBucketPolicy": {
		"s3:PutBucketPolicy", (*s3Service).putBucketPolicy, "policy x-amz-confirm-remove-self-bucket-access " + checksums},
	"DeleteBucketPolicy":    {"s3:DeleteBucketPolicy", (*s3Service).deleteBucketPolicy, "policy"},
	"GetBucketPolicyStatus": {"s3:GetBucketPolicyStatus", (*s3Service).getBucketPolicyStatus, "policyStatus"},
	"GetBucketOwnershipControls": {
		"s3:GetBucketOwnershipControls", (*s3Service).getOwnershipControls, "ownershipControls"},
	"GetBucketEncryption": {"s3:GetEncryptionConfiguration", (*s3Service).getEncryption, "encryption"},
	"GetPublicAccessBlock": {
		"s3:GetBucketPublicAccessBlock", (*s3Service).getPublicAccessBlock, "publicAccessBlock"},
	"GetBucketAcl":            {"s3:GetBucketAcl", (*s3Service).getBucketAcl, "acl"},
	"GetBucketRequestPayment": {"s3:GetBucketRequestPayment", (*s3Service).getRequestPayment, "requestPayment"},
	"GetBucketAbac":           {"s3:GetBucketAbac", (*s3Service).getBucketAbac, "abac"},
	"GetBucketVersioning":     {"s3:GetBucketVersioning", (*s3Service).getVersioning, "versioning"},
	"GetBucketTagging":        {"s3:GetBucketTagging", (*s3Service).getBucketTagging, "tagging"},
	"DeleteBucket":            {"s3:DeleteBucket", (*s3Service).deleteBucket, ""},
	"ListObjectsV2": {"s3:ListBucket", (*s3Service).listObjectsV2,
		"list-type prefix delimiter max-keys continuation-token start-after encoding-type fetch-owner x-amz-request-payer"},
	"ListObjects": {"s3:ListBucket", (*s3Service).listObjects,
		"prefix delimiter max-keys marker encoding-type x-amz-request-payer"},
	"GetObject":  {"s3:GetObject", (*s3Service).getObject, readingHeaders + " range " + conditional},
	"HeadObject": {"s3:GetObject", (*s3Service).getObject, readingHeaders + " range " + conditional},
	"PutObject": {"s3:PutObject", (*s3Service).putObject,
		writingHeaders + chunked + "if-match if-none-match " + checksums},
	"CopyObject": {"s3:PutObject", (*s3Service).copyObject,
		writingHeaders + copying +
			"x-amz-metadata-directive x-amz-tagging-directive if-match if-none-match x-amz-checksum-algorithm"},
	"DeleteObject": {"s3:DeleteObject", (*s3Service).deleteObject, "x-amz-request-payer"},
	// It needs permission for each object, and none for the call.
	"DeleteObjects": {"", (*s3Service).deleteObjects, "delete x-amz-request-payer " + chunked + checksums},

	"CreateMultipartUpload": {
		"s3:PutObject", (*s3Service).createMultipartUpload,
		"uploads x-amz-checksum-algorithm x-amz-checksum-type " + writingHeaders},
	"UploadPart": {
		"s3:PutObject", (*s3Service).uploadPart, "uploadId partNumber x-amz-request-payer " + chunked + checksums},
	"UploadPartCopy": {
		"s3:PutObject", (*s3Service).uploadPartCopy, "uploadId partNumber x-amz-copy-source-range " + copying},
	"CompleteMultipartUpload": {
		"s3:PutObject", (*s3Service).completeMultipartUpload,
		"uploadId if-none-match x-amz-mp-object-size x-amz-request-payer " + checksums},
	"AbortMultipartUpload": {"s3:AbortMultipartUpload", (*s3Service).abortMultipartUpload, "uploadId x-amz-request-payer"},
	"ListParts": {
		"s3:ListMultipartUploadParts", (*s3Service).listParts, "uploadId max-parts part-number-marker x-amz-request-payer"},
	"ListMultipartUploads": {"s3:ListBucketMultipartUploads", (*s3Service).listMultipartUploads,
		"uploads prefix encoding-type x-amz-request-payer"},

	"GetObjectTagging":    {"s3:GetObjectTagging", onTags(getObjectTagging), "tagging x-amz-request-payer"},
	"PutObjectTagging":    {"s3:PutObjectTagging", onTags(putObjectTagging), "tagging x-amz-request-payer " + checksums},
	"DeleteObjectTagging": {"s3:DeleteObjectTagging", onTags(deleteObjectTagging), "tagging"},
	"GetObjectAttributes": {"s3:GetObjectAttributes", (*s3Service).getObjectAttributes,
		"attributes x-amz-object-attributes x-amz-request-payer"},
}

// s3Subresources maps a query parameter to the operations that it selects on a
// bucket and, with a leading slash, on an object.
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
	"GET tagging":           "GetBucketTagging",
	"GET uploads":           "ListMultipartUploads",
	"POST delete":           "DeleteObjects",

	"POST /uploads":      "CreateMultipartUpload",
	"PUT /uploadId":      "UploadPart",
	"POST /uploadId":     "CompleteMultipartUpload",
	"DELETE /uploadId":   "AbortMultipartUpload",
	"GET /uploadId":      "ListParts",
	"GET /tagging":       "GetObjectTagging",
	"PUT /tagging":       "PutObjectTagging",
	"DELETE /tagging":    "DeleteObjectTagging",
	"GET /attributes":    "GetObjectAttributes",
	"GET acl":            "GetBucketAcl",
	"GET requestPayment": "GetBucketRequestPayment",
	"GET abac":           "GetBucketAbac",
}

// plainParams do not select an operation.
var plainParams = []string{
	"x-id", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "fetch-owner", "encoding-type",
	"max-buckets", "bucket-region", "list-type", "versionId", "partNumber", "marker", "max-parts", "part-number-marker",
	"key-marker", "upload-id-marker", "max-uploads",
}

// everyRequest lists the headers and parameters that all S3 requests may have,
// among those that begin with x-amz- and those that change the effect.
var everyRequest = strings.Fields("x-id x-amz-date x-amz-content-sha256 x-amz-security-token x-amz-user-agent " +
	"x-amz-expected-bucket-owner x-amz-algorithm x-amz-credential x-amz-signedheaders x-amz-signature x-amz-expires")

// changing are headers without x-amz- that make a request partial or
// conditional.
var changing = strings.Fields("range if-match if-none-match if-modified-since if-unmodified-since " +
	"cache-control content-disposition content-language expires")

// notTaken lists the headers and parameters that the operation does not model.
func (q *request) notTaken(takes string) (list []string) {
	taken := append(strings.Fields(takes), everyRequest...)
	for _, name := range sortedKeys(q.URL.Query()) {
		if !slices.Contains(taken, name) && !slices.Contains(taken, lower(name)) {
			list = append(list, name)
		}
	}
	for _, name := range sortedKeys(q.Header) {
		name = lower(name)
		if strings.HasPrefix(name, "x-amz-checksum-") && name != "x-amz-checksum-mode" &&
			slices.Contains(taken, "x-amz-checksum-*") ||
			strings.HasPrefix(name, "x-amz-meta-") && slices.Contains(taken, "x-amz-meta-*") {
			continue
		}
		if (strings.HasPrefix(name, "x-amz-") || slices.Contains(changing, name)) && !slices.Contains(taken, name) {
			list = append(list, name)
		}
	}
	if e := q.Header.Get("Content-Encoding"); e != "" && e != "aws-chunked" &&
		!slices.Contains(taken, "content-encoding") {
		list = append(list, "content-encoding")
	}
	return list
}

// readS3 finds bucket, key and operation of a path-style request. An unknown
// operation gets a name that describes the request.
func (q *request) readS3() {
	q.bucket, q.key, _ = strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	var chosen []string
	for _, p := range sortedKeys(q.params) {
		if !slices.Contains(plainParams, p) && !strings.HasPrefix(p, "response-") && !strings.HasPrefix(lower(p), "x-amz-") {
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
	copies := q.Header.Get("X-Amz-Copy-Source") != ""
	if len(chosen) > 0 {
		q.op += " ?" + strings.Join(chosen, "&")
		slash := map[string]string{"object": "/"}[level]
		if op, ok := s3Subresources[q.Method+" "+slash+chosen[0]]; ok && len(chosen) == 1 && level != "service" {
			q.op = op
		}
		if q.op == "UploadPart" && copies {
			q.op = "UploadPartCopy"
		}
		return
	}
	switch q.op {
	case "GET service":
		q.op = "ListBuckets"
	case "HEAD bucket":
		q.op = "HeadBucket"
	case "PUT bucket":
		q.op = "CreateBucket"
	case "GET bucket":
		switch q.params.Get("list-type") {
		case "2":
			q.op = "ListObjectsV2"
		case "":
			q.op = "ListObjects"
		}
	case "DELETE bucket":
		q.op = "DeleteBucket"
	case "GET object":
		q.op = "GetObject"
	case "HEAD object":
		q.op = "HeadObject"
	case "PUT object":
		q.op = "PutObject"
		if copies {
			q.op = "CopyObject"
		}
	case "DELETE object":
		q.op = "DeleteObject"
	}
}

// s3Service is S3.
type s3Service struct {
	*core
	*s3Buckets
	*s3Objects
	*s3Uploads
	access *access
}

// serve makes the checks that precede each operation: the bucket exists, has
// the owner that the caller expects, and the caller has permission.
func (s *s3Service) serve(q *request) (reply, *apiError) {
	op := s3Ops[q.op]
	if q.op == "ListBuckets" || q.op == "CreateBucket" {
		return s.serveAccount(q, op)
	}
	b := s.buckets[q.bucket]
	if b == nil {
		return reply{}, &apiError{status: 404, code: "NoSuchBucket",
			message: "The specified bucket does not exist", bucket: q.bucket}
	}
	if err := expectOwner(q.Header.Get("X-Amz-Expected-Bucket-Owner"), b); err != nil {
		return reply{}, err
	}
	if err := q.elsewhere(b); err != nil {
		return reply{}, err
	}
	q.resource = b.arn()
	if q.key != "" {
		q.resource += "/" + q.key
	}
	same := q.caller.account == b.owner
	if op.action == "" {
		if err := q.unpaid(b); err != nil {
			return reply{}, err
		}
		return op.do(s, q, b)
	}
	ctx := s3Context(q, b)
	for k, v := range b.objectContext(q.key) {
		ctx[k] = v
	}
	ask := s.access.ask(q.caller, op.action, q.resource, b.owner, q.now, ctx)
	about := strings.HasSuffix(op.action, "BucketPolicy")
	if d := s.access.decideOnBucket(ask, b, q.now); !d.Allowed && !(about && same && q.caller.root) {
		err := d.denial(ask, `"`+q.resource+`"`, same)
		err.region = b.Region
		return reply{}, err
	}
	if !same && (about || q.op == "GetBucketPolicyStatus") {
		return reply{}, &apiError{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed",
			message: "The specified method is not allowed against this resource."}
	}
	if err := q.unpaid(b); err != nil {
		return reply{}, err
	}
	return op.do(s, q, b)
}

// serveAccount serves operations without a bucket.
func (s *s3Service) serveAccount(q *request, op s3Op) (reply, *apiError) {
	q.resource = "*"
	if q.bucket != "" {
		q.resource = "arn:aws:s3:::" + q.bucket
	}
	ask := s.access.ask(q.caller, op.action, q.resource, q.caller.account, q.now, nil)
	if d := s.access.decide(ask, q.caller.account, finding{}, q.now); !d.Allowed {
		return reply{}, d.denial(ask, `"`+q.resource+`"`, true)
	}
	return op.do(s, q, nil)
}

// onTags finds the object of a call on tags.
func onTags(do func(*request, *bucket, object) (reply, *apiError)) s3Do {
	return func(s *s3Service, q *request, b *bucket) (reply, *apiError) {
		o, ok := b.objects[q.key]
		if !ok {
			return reply{}, s.missing(q, b, q.key)
		}
		return do(q, b, o)
	}
}
