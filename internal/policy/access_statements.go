package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Access is the access that one grant needs in a bucket policy.
type Access struct {
	ID            string // 8 characters of Crockford base32, upper case
	Principal     string // ARN; the bucket's ARN gets the same partition
	Bucket        string
	Prefix        string   // "" is the whole bucket; "builds", or "builds/", opens builds/*
	Object        []string // the level's actions on objects
	BucketActions []string // the level's actions on the bucket itself
	NotBefore     time.Time
	Before        time.Time
	KMSKey        string // of the bucket's default encryption, as S3 names it; "" if it has none
}

// Check returns an error, written for people, if a cannot be written exactly. A
// wildcard or a variable would allow more than was approved. A malformed id
// would make the statement impossible to find and remove later.
func (a Access) Check() error {
	switch {
	case !isID(a.ID):
		return fmt.Errorf("%q is not the id of a grant", a.ID)
	case !isUserOrRole(a.Principal):
		return fmt.Errorf("%q is not the ARN of a user or role", a.Principal)
	case a.Bucket == "" || strings.Trim(a.Bucket,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_") != "":
		return fmt.Errorf("%q is not the name of a bucket", a.Bucket)
	case strings.HasPrefix(a.Prefix, "/"): // "/" without its slash would be the whole bucket
		return fmt.Errorf("the prefix %q begins with a slash", a.Prefix)
	case strings.ContainsAny(a.Prefix, "*?") || strings.Contains(a.Prefix, "${"):
		return fmt.Errorf("the prefix %q has a wildcard or a variable", a.Prefix)
	case strings.ContainsFunc(a.Prefix, func(r rune) bool { return r > 0xFF || unicode.IsControl(r) }):
		return fmt.Errorf("the prefix %q has a character that a policy cannot hold", a.Prefix)
	}
	return nil
}

// Statements returns the one or two statements that allow exactly a, with the
// Sids of
// [SidOf]. It returns none if a fails [Access.Check]: an invalid record opens nothing and
// leaves the other grants alone.
//
// A grant on a prefix, or one with actions that cross, gets a statement on the
// objects and one on the bucket. Otherwise one statement covers both.
func (a Access) Statements() []Allow {
	if a.Check() != nil {
		return nil
	}
	return a.wants()
}

// wants is Statements without the check. Findings use it for an incomplete Access,
// which may lack its id or its principal.
func (a Access) wants() []Allow {
	object, list := SidOf(a.ID)
	bucketARN := arnOfBucket(a.partition(), a.Bucket)
	base := Allow{Principal: a.Principal, NotBefore: a.NotBefore, Before: a.Before}
	onObjects, onBucket := base, base

	onObjects.Sid, onObjects.Actions = object, slices.Clone(a.Object)
	onObjects.Resources = []string{bucketARN + "/*"}
	onBucket.Sid, onBucket.Actions = list, slices.Clone(a.BucketActions)
	onBucket.Resources = []string{bucketARN}
	if prefix := strings.TrimSuffix(a.Prefix, "/"); prefix != "" {
		onObjects.Resources = []string{bucketARN + "/" + prefix + "/*"}
		onBucket.Prefixes = []string{prefix + "/*"}
	}
	switch {
	case len(a.Object) == 0 && len(a.BucketActions) == 0:
		return nil
	case len(a.BucketActions) == 0:
		return []Allow{onObjects}
	case len(a.Object) == 0:
		return []Allow{onBucket}
	case a.Prefix == "" && !cross(a.Object, a.BucketActions):
		onObjects.Actions = union(a.Object, a.BucketActions)
		onObjects.Resources = []string{bucketARN, bucketARN + "/*"}
		return []Allow{onObjects}
	}
	return []Allow{onObjects, onBucket}
}

// isUserOrRole reports whether arn names exactly one user or role. An account's
// root ARN would open the bucket to the whole account. Characters that JSON
// cannot hold unchanged would name a different principal.
func isUserOrRole(arn string) bool {
	f := strings.SplitN(arn, ":", 6)
	return len(f) == 6 && f[0] == "arn" && f[1] != "" && f[2] == "iam" && f[3] == "" && f[4] != "" &&
		(strings.HasPrefix(f[5], "user/") || strings.HasPrefix(f[5], "role/")) &&
		!strings.ContainsAny(arn, "*?$") && !strings.ContainsFunc(arn, func(r rune) bool { return r <= ' ' || r > '~' })
}

func (a Access) partition() string {
	if arn := strings.SplitN(a.Principal, ":", 3); len(arn) == 3 {
		return arn[1]
	}
	return "aws"
}

func arnOfBucket(partition, name string) string { return "arn:" + partition + ":s3:::" + name }

// union returns the actions of both lists in order, without duplicates.
func union(a, b []string) (all []string) {
	for _, action := range slices.Concat(a, b) {
		if !slices.ContainsFunc(all, func(x string) bool { return strings.EqualFold(x, action) }) {
			all = append(all, action)
		}
	}
	return all
}
