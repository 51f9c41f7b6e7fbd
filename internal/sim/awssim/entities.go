package awssim

import (
	"net/http"
	"time"
)

// An Account is one AWS account. Tests change it through its methods: they need
// no permission, take effect at once, and panic on an impossible change,
// because that is a mistake in the test. Names of users, roles and groups may
// have a path, as in "build/ci".
type Account struct {
	*keyring
	w        *World
	id, name string

	// Keys are lower case, because names in IAM must differ in more than case.
	users    map[string]*user
	roles    map[string]*role
	groups   map[string]*group
	policies map[string]*managedPolicy
}

// A keyring has the KMS keys of one account.
type keyring struct {
	of      *Account
	keys    map[string]*kmsKey
	aliases map[string]*kmsKey // by name, such as alias/team-key
}

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

// A storedPolicy is a bucket or trust policy in AWS's stored form. Principals
// are stored by unique id, so they survive a rename but not a re-creation.
type storedPolicy struct {
	root node
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

// BucketOptions configure a bucket. The zero value is a bucket with the
// defaults of a new AWS account: in us-east-1, ownership enforced, encrypted
// with S3's own keys, all public access blocked.
type BucketOptions struct {
	Region     string // default us-east-1
	Ownership  string // default BucketOwnerEnforced; "none": no ownership controls, as before 2021
	KMSKeyARN  string // the default key by ARN, alias or id; default SSE-S3
	BucketKey  bool   // whether S3 Bucket Keys are on
	Versioning string // "", Enabled or Suspended

	Tags map[string]string

	Grants        []ACLGrant // the grants of its ACL
	RequesterPays bool
	ABAC          bool

	// AllowPublic turns off the public access block, which otherwise has all
	// four flags on. PublicAccess sets the flags one by one instead.
	AllowPublic  bool
	PublicAccess *PublicAccess
}

// PublicAccess is a bucket's public access block.
type PublicAccess struct {
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// An ACLGrant is one grant of a bucket's ACL. The owner's own grant is implied.
type ACLGrant struct {
	Grantee    string // a canonical user id or a predefined group: AuthenticatedUsers, AllUsers, LogDelivery
	Permission string // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

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

// An upload is a multipart upload that is neither completed nor aborted.
type upload struct {
	id, key string
	by      caller
	object  object // the future object's headers, and the start time
	parts   map[int]object
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
