package preflight

import (
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// AskOf returns a grant's request to its bucket's policy, until an expiry.
func AskOf(g grant.Grant, until time.Time) policy.Access {
	var from time.Time
	if g.Scheduled {
		from = g.StartAt
	}
	return policy.Access{
		NotBefore: from, ID: string(g.ID), Principal: g.Principal.ARN, Bucket: g.Bucket.Name, Prefix: g.Prefix,
		Object: g.Level.Object, BucketActions: g.Level.Bucket, Before: until, KMSKey: g.KeyARN(),
	}
}

// WithGrant returns doc with the statements of a grant until an expiry. They replace
// earlier ones of the grant.
func WithGrant(doc policy.Document, g grant.Grant, until time.Time) policy.Document {
	return doc.Without(func(st policy.Statement) bool { return IsOf(st, g.ID) }).With(AskOf(g, until).Statements()...)
}

// Absent reports whether a document holds nothing of a grant.
func Absent(doc policy.Document, id grant.ID) bool {
	return !slices.ContainsFunc(doc.Statements(), func(st policy.Statement) bool { return IsOf(st, id) })
}

// IsOf reports whether a statement has one of the Sids of a grant.
func IsOf(st policy.Statement, id grant.ID) bool {
	of, formed := policy.IDOfSid(st.Sid())
	return formed && of == string(id)
}
