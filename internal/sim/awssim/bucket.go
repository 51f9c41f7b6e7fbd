package awssim

import (
	"net/http"
	"slices"
	"time"
)

var noExpiry time.Time

// BucketOptions say how a bucket is set up. The zero value is a bucket as a
// young AWS account makes it: in us-east-1, owned by its account throughout,
// encrypted with S3's own keys, and with all public access blocked.
type BucketOptions struct {
	Region     string // zero: us-east-1
	Ownership  string // zero: BucketOwnerEnforced; "none": no controls, as of before 2021
	KMSKeyARN  string // the default key, by ARN, alias or id; zero: SSE-S3
	BucketKey  bool   // an S3 Bucket Key
	Versioning string // "", Enabled or Suspended

	Tags map[string]string

	Grants        []ACLGrant // of its ACL
	RequesterPays bool
	ABAC          bool

	// AllowPublic takes away the block of public access, which is otherwise
	// on in all four flags. PublicAccess sets single flags instead.
	AllowPublic  bool
	PublicAccess *PublicAccess
}

// PublicAccess is a bucket's public access block.
type PublicAccess struct {
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// Bucket makes a bucket, unless there is one of this name.
func (a *Account) Bucket(name string, o BucketOptions) {
	defer a.lock()()
	if b := a.w.buckets[name]; b != nil {
		if b.owner != a {
			panic("awssim: bucket " + name + " belongs to account " + b.owner.id)
		}
		return
	}
	a.newBucket(name, o)
}

func (a *Account) newBucket(name string, o BucketOptions) {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Ownership == "" {
		o.Ownership = "BucketOwnerEnforced"
	}
	switch {
	case o.PublicAccess != nil:
		block := *o.PublicAccess
		o.PublicAccess = &block
	case o.AllowPublic:
		o.PublicAccess = &PublicAccess{}
	default:
		o.PublicAccess = &PublicAccess{true, true, true, true}
	}
	a.w.buckets[name] = &bucket{
		name: name, owner: a, created: a.w.now(), BucketOptions: o, objects: map[string]object{}, uploads: map[string]*upload{},
	}
}

// DeleteBucket removes a bucket and all in it.
func (a *Account) DeleteBucket(name string) {
	defer a.lock()()
	a.bucket(name)
	delete(a.w.buckets, name)
}

// SetPolicy writes a bucket's policy, as somebody else would: checked as AWS
// checks it, seen at once. Empty text deletes it.
func (a *Account) SetPolicy(bucketName, text string) error {
	defer a.lock()()
	b := a.bucket(bucketName)
	if text == "" {
		b.policy.set(nil)
		return nil
	}
	p, err := a.w.checkBucketPolicy(b, text)
	if err != nil {
		return err
	}
	b.policy.set(p)
	return nil
}

// Policy returns a bucket's newest policy as AWS would return it, settled or
// not; empty if there is none.
func (a *Account) Policy(bucketName string) string {
	defer a.lock()()
	if p := a.bucket(bucketName).policy.newest(); p != nil {
		return a.w.render(p)
	}
	return ""
}

// PutObject writes an object.
func (a *Account) PutObject(bucketName, key string, body []byte) {
	defer a.lock()()
	b := a.bucket(bucketName)
	o := newObject(&request{Request: &http.Request{}, now: a.w.now()}, body)
	o.key, _ = a.w.encryptionOf(http.Header{}, caller{account: a}, b) // a key that is not there encrypts nothing
	b.objects[key] = o
}

// Object returns an object's bytes, and whether there is one.
func (a *Account) Object(bucketName, key string) ([]byte, bool) {
	defer a.lock()()
	o, ok := a.bucket(bucketName).objects[key]
	return slices.Clone(o.body), ok
}

func (a *Account) bucket(name string) *bucket {
	b := a.w.buckets[name]
	if b == nil || b.owner != a {
		panic("awssim: account " + a.id + " has no bucket " + name)
	}
	return b
}
