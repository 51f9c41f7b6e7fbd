package awssim

import (
	_ "embed"
	"slices"
	"strings"
)

// The S3 actions that a bucket policy may name, and the resource types that they
// act on, from the service authorization reference; .ci/awssim/run compares it.
//
//go:embed actions.txt
var actionList string

type target int

const (
	onBucket target = iota
	onObject
)

// An s3Action is an action that a bucket policy may name.
type s3Action struct {
	name string // lower case, with "s3:"
	on   target
}

var s3Actions = func() (list []s3Action) {
	for line := range strings.Lines(actionList) {
		name, on, _ := strings.Cut(strings.TrimSpace(line), " ")
		a := s3Action{"s3:" + lower(name), onBucket}
		if on == "object" {
			a.on = onObject
		}
		list = append(list, a)
	}
	return list
}()

// isBucketAction reports whether action acts on a bucket rather than an object.
func isBucketAction(action string) bool {
	for _, a := range s3Actions {
		if a.name == lower(action) {
			return a.on == onBucket
		}
	}
	return false
}

// actionsLike returns the actions that match a policy's pattern.
func actionsLike(pattern string) (list []s3Action) {
	for _, a := range s3Actions {
		if globFold(pattern, a.name) {
			list = append(list, a)
		}
	}
	return list
}

// s3Keys maps S3's condition keys to the actions they apply to: names of
// actions, "objects", or "" for all.
var s3Keys = map[string]string{
	"s3:prefix":                   "s3:listbucket s3:listbucketversions",
	"s3:delimiter":                "s3:listbucket s3:listbucketversions",
	"s3:max-keys":                 "s3:listbucket s3:listbucketversions",
	"s3:resourceaccount":          "",
	"s3:authtype":                 "",
	"s3:signatureversion":         "",
	"s3:signatureage":             "",
	"s3:tlsversion":               "",
	"s3:x-amz-content-sha256":     "",
	"s3:dataaccesspointaccount":   "",
	"s3:dataaccesspointarn":       "",
	"s3:accesspointnetworkorigin": "",
	"s3:accessgrantsinstancearn":  "",
	"s3:locationconstraint":       "s3:createbucket",
	"s3:versionid":                "objects",
	"s3:x-amz-acl": "s3:putobject s3:putobjectacl s3:putobjectversionacl " +
		"s3:putbucketacl s3:createbucket",
	"s3:x-amz-grant-full-control": "s3:putobject s3:putobjectacl s3:putobjectversionacl " +
		"s3:putbucketacl s3:createbucket",
	"s3:x-amz-server-side-encryption":                    "objects",
	"s3:x-amz-server-side-encryption-aws-kms-key-id":     "objects",
	"s3:x-amz-server-side-encryption-customer-algorithm": "objects",
	"s3:x-amz-storage-class":                             "objects",
	"s3:x-amz-copy-source":                               "objects",
	"s3:x-amz-metadata-directive":                        "objects",
	"s3:x-amz-website-redirect-location":                 "objects",
	"s3:object-lock-mode":                                "objects",
	"s3:object-lock-remaining-retention-days":            "objects",
	"s3:object-lock-retain-until-date":                   "objects",
	"s3:object-lock-legal-hold":                          "objects",
	"s3:if-match":                                        "objects",
	"s3:if-none-match":                                   "objects",
	"s3:objectcreationoperation":                         "objects",
	"s3:requestobjecttagkeys":                            "objects",
}

// The global condition keys, in lower case. A key that ends in a slash is
// followed by the key of a tag. From the IAM user guide, "AWS global condition
// context keys"; .ci/awssim/run compares them.
//
//go:embed global_keys.txt
var globalKeyList string

var globalKeys = strings.Fields(lower(globalKeyList))

// keyApplies reports whether a condition key applies to an action, and whether
// the key exists at all.
func keyApplies(key string, a s3Action) (applies, known bool) {
	key = lower(key)
	name, _, _ := strings.Cut(key, "/") // s3:ExistingObjectTag/<key>
	if slices.Contains(globalKeys, key) || name != key && slices.Contains(globalKeys, name+"/") {
		return true, true
	}
	if name == "s3:buckettag" && name != key {
		return true, true
	}
	if name == "s3:existingobjecttag" || name == "s3:requestobjecttag" {
		return a.on == onObject, true
	}
	to, known := s3Keys[key]
	switch to {
	case "":
		return known, known
	case "objects":
		return a.on == onObject, true
	}
	for _, n := range strings.Fields(to) {
		if n == a.name {
			return true, true
		}
	}
	return false, true
}
