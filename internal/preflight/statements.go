package preflight

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

// AccessOf returns the access of a grant to its bucket, until an expiry.
func AccessOf(g grant.Grant, until time.Time) policy.Access {
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
	return doc.Without(func(st policy.Statement) bool { return IsOf(st, g.ID) }).With(AccessOf(g, until).Statements()...)
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

// capacity refuses a grant that would make the policy too large. It counts the policy
// as it is, approved grants that it lacks, and the batch of the grant.
func (p *Preflight) capacity(ctx context.Context, s subject) (subject, []Finding, error) {
	g, now := s.options.Grant, p.now()
	live, err := OnBucket(ctx, p.records, g.Bucket)
	if err != nil {
		return s, nil, err
	}
	all, err := p.together(ctx, s)
	if err != nil {
		return s, nil, err
	}
	doc := s.document
	for _, o := range live {
		if o.WantsAccess(now) && Absent(doc, o.ID) {
			doc = doc.With(AccessOf(o, o.ExpiresAt).Statements()...)
		}
	}
	for _, o := range all {
		if o.ID != g.ID && o.Bucket.Name == g.Bucket.Name {
			doc = doc.With(AccessOf(o, now.Add(o.Term.Duration())).Statements()...)
		}
	}
	if WithGrant(doc, g, s.until).Fits() {
		return s, nil, nil
	}
	no := grant.Refuse("The policy of %s is full: this access would exceed AWS's limit of %d bytes.", g.Bucket.Name,
		policy.MaxBucketPolicy).
		WithHint("Wait until other access to it ends, or ask the bucket's owner to shorten the policy.")
	return s, []Finding{blocker(Full, Source{Document: BucketPolicy}, no)}, nil
}

// InAWS lists the states whose grants may have access in AWS.
var InAWS = []grant.State{grant.Approved, grant.Active, grant.Ending}

// OnBucket returns the grants of a bucket in these states.
func OnBucket(ctx context.Context, records Records, b grant.Bucket) ([]grant.Grant, error) {
	gs, err := records.List(ctx, store.Query{Bucket: b.Name, States: InAWS})
	if err != nil {
		return nil, fmt.Errorf("listing the grants on a bucket: %w", err)
	}
	return slices.DeleteFunc(gs, func(g grant.Grant) bool { return g.Bucket.AccountID != b.AccountID }), nil
}
