package awssim

import (
	"net/http"
	"slices"
	"time"
)

// A principal is a user or a role. Policies can name it, and it can make calls.
type principal interface {
	unique() string // AIDA… or AROA…
	arn() string
	made() time.Time
}

// An entity has the fields that all IAM resources share.
type entity struct {
	account *Account
	id      string // unique, never reused
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
	boundary *managedPolicy // nil for none
}

func (u *user) arn() string { return u.arnOf("user") }

type role struct {
	entity
	trust    storedPolicy
	inline   map[string]policyText
	attached versions[[]*managedPolicy] // in order of attachment
	boundary *managedPolicy             // nil for none
}

func (r *role) arn() string { return r.arnOf("role") }

type group struct {
	entity
	inline  versions[map[string]policyText] // each map is replaced, never changed
	members versions[[]*user]               // in order of joining
}

func (g *group) arn() string { return g.arnOf("group") }

type managedPolicy struct {
	entity
	policyText
}

func (p *managedPolicy) arn() string { return p.arnOf("policy") }

// A policyText is an identity policy. IAM keeps its text unchanged.
type policyText struct {
	text string
	doc  document
}

type bucket struct {
	name    string
	owner   *Account
	created time.Time
	BucketOptions
	policy  versions[*storedPolicy] // nil for none
	objects map[string]object
	uploads map[string]*upload // by upload id
}

func (b *bucket) arn() string { return "arn:aws:s3:::" + b.name }

type object struct {
	body     []byte
	etag     string // with quotes
	modified time.Time
	header   http.Header // headers returned with the object
	tags     map[string]string
	key      *kmsKey  // nil for S3's own keys
	owner    *Account // nil for the bucket's owner
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

// with returns list with v added, unless list has it already.
func with[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(slices.Clone(list), v)
}

// without returns list without v.
func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == v })
}
