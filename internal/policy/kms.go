package policy

import (
	"slices"
	"strings"
)

// A kmsKey is a KMS key named by its ARN or its alias's. Other names mean another
// key in each account.
type kmsKey struct{ arn, partition, region string }

func keyOf(name string) (k kmsKey, ok bool) {
	f := strings.SplitN(name, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] != "kms" || f[3] == "" || strings.ContainsAny(name, "*?$\"") ||
		!strings.HasPrefix(f[5], "key/") && !strings.HasPrefix(f[5], "alias/") {
		return k, false
	}
	return kmsKey{name, f[1], f[3]}, true
}

// isAlias reports whether k is named by its alias, which an IAM policy of another
// account cannot use to allow the key.
func (k kmsKey) isAlias() bool { return strings.Contains(k.arn, ":alias/") }

// s3Suffixes are the domains of S3's endpoints by partition. aws and aws-us-gov
// use amazonaws.com (botocore's partitions).
var s3Suffixes = map[string]string{"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}

// viaS3 is the value of kms:ViaService for calls that S3 makes for the caller.
func (k kmsKey) viaS3() string {
	suffix := s3Suffixes[k.partition]
	if suffix == "" {
		suffix = "amazonaws.com"
	}
	return "s3." + k.region + "." + suffix
}

// keyActions are the calls of KMS that S3 makes for the caller: Decrypt to read
// an object and to finish a multipart upload, GenerateDataKey to write one
// (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
func (a Access) keyActions() []string {
	if slices.ContainsFunc(a.Object, func(p string) bool { return actionsOverlap(p, "s3:PutObject") }) {
		return []string{"kms:Decrypt", "kms:GenerateDataKey"}
	}
	return []string{"kms:Decrypt"}
}

// keyStatement allows the use of a's key through S3, for as long as a lasts.
func (a Access) keyStatement(k kmsKey, sid, principal string, resources ...string) Allow {
	return Allow{Sid: sid, Principal: principal, Actions: a.keyActions(), Resources: resources, NotBefore: a.NotBefore,
		Before: a.Before, Via: k.viaS3()}
}

// KeyStatement returns the statement that the key's owner adds to the key
// policy. It ends with a, and without an end it panics like [Document.With]. It
// returns nil if a has no key with an ARN.
func (a Access) KeyStatement() []byte {
	k, ok := keyOf(a.KMSKey)
	if !ok {
		return nil
	}
	sid, _ := SidOf(a.ID)
	text, err := a.keyStatement(k, sid, a.Principal, "*").MarshalJSON()
	if err != nil {
		panic("policy: " + err.Error())
	}
	return text
}
