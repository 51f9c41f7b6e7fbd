package awssim

import (
	"net/http"
	"slices"
)

// Bucket creates a bucket, unless one of this name exists.
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
		name: name, owner: a, created: a.w.now(), BucketOptions: o, objects: map[string]object{},
		uploads: map[string]*upload{},
	}
}

// DeleteBucket removes a bucket and its objects.
func (a *Account) DeleteBucket(name string) {
	defer a.lock()()
	a.bucket(name)
	delete(a.w.buckets, name)
}

// SetPolicy writes a bucket's policy as another administrator would. AWS's
// checks apply, and readers see it at once. An empty text deletes it.
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

// Policy returns a bucket's newest policy in the form that AWS returns, settled
// or not. It is empty if the bucket has none.
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
	o.key, _ = a.w.encryptionOf(http.Header{}, caller{account: a}, b) // a missing key encrypts nothing
	b.objects[key] = o
}

// Object returns an object's bytes, and whether it exists.
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
