package awssim

import (
	"net/http"
	"slices"
	"time"
)

// A principal is a user or a role: what a policy can name, and what can call.
type principal interface {
	unique() string // AIDA… or AROA…
	arn() string
	made() time.Time
}

// An entity is what everything in IAM has in common.
type entity struct {
	account *Account
	id      string // unique, never used again
	path    string // "/" or "/…/"
	name    string
	created time.Time
}

func (e *entity) unique() string  { return e.id }
func (e *entity) made() time.Time { return e.created }

func (e *entity) arnOf(kind string) string {
	return "arn:aws:iam::" + e.account.id + ":" + kind + e.path + e.name
}

type user struct {
	entity
	inline   map[string]policyText // by name
	attached []*managedPolicy
	boundary *managedPolicy // nil: none
}

func (u *user) arn() string { return u.arnOf("user") }

type role struct {
	entity
	trust    storedPolicy
	inline   map[string]policyText
	attached versions[[]*managedPolicy] // in the order of attaching
	boundary *managedPolicy             // nil: none
}

func (r *role) arn() string { return r.arnOf("role") }

type group struct {
	entity
	inline  versions[map[string]policyText] // a map is replaced, never changed
	members versions[[]*user]               // in the order of joining
}

func (g *group) arn() string { return g.arnOf("group") }

type managedPolicy struct {
	entity
	policyText
}

func (p *managedPolicy) arn() string { return p.arnOf("policy") }

// A policyText is an identity policy: IAM keeps its text as it was written.
type policyText struct {
	text string
	doc  document
}

type bucket struct {
	name    string
	owner   *Account
	created time.Time
	BucketOptions
	policy  versions[*storedPolicy] // nil: none
	objects map[string]object
	uploads map[string]*upload // by id
}

func (b *bucket) arn() string { return "arn:aws:s3:::" + b.name }

type object struct {
	body     []byte
	etag     string // quoted
	modified time.Time
	header   http.Header // what comes back with it
	tags     map[string]string
	key      *kmsKey  // nil: S3's own
	owner    *Account // nil: the bucket's
	grants   []ACLGrant
}

type kmsKey struct {
	account *Account
	id      string
	manager string // CUSTOMER or AWS
	created time.Time
	region  string
	policy  storedPolicy
}

func (k *kmsKey) arn() string {
	return "arn:aws:kms:" + k.region + ":" + k.account.id + ":key/" + k.id
}

// with returns list and v, unless v is in it already.
func with[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(slices.Clone(list), v)
}

// without returns list but for v.
func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == v })
}
