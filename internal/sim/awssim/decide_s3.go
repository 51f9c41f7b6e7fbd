package awssim

import (
	"maps"
	"time"
)

// Can decides whether a principal may do an S3 action now, on a bucket or an
// object in it, by the policies that have settled. The principal is an ARN, or
// "account-name/user-name", or "account-name/role/role-name". Reads and writes
// of an object also need its KMS key, if it has one. For an action on the
// bucket itself, such as s3:ListBucket, key is the listing's prefix; empty
// means a listing without a prefix.
func (a *access) Can(principal, action, bucketName, key string) Decision {
	return a.CanWith(principal, action, bucketName, key, nil)
}

// CanWith is [World.Can] with additional condition keys, such as s3:delimiter.
// It does not override keys that every request has, such as aws:CurrentTime.
func (a *access) CanWith(principal, action, bucketName, key string, keys map[string][]string) Decision {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.callerNamed(principal)
	if !ok {
		return undecided("There is no principal " + principal + ".")
	}
	b := a.buckets[bucketName]
	if b == nil {
		return undecided("There is no bucket " + bucketName + ".")
	}
	now := a.now()
	resource, more := b.arn(), values{"aws:requestedregion": {b.Region}}
	b.tagged(more)
	if !isBucketAction(action) {
		maps.Copy(more, b.objectContext(key))
	}
	for k, v := range keys {
		more[lower(k)] = v
	}
	switch {
	case !isBucketAction(action) && key != "":
		resource += "/" + key
	case isBucketAction(action) && key != "":
		more["s3:prefix"] = []string{key}
	}
	d := a.decideOnBucket(a.ask(c, action, resource, b.owner, now, more), b, now)
	return a.decideWithKey(d, c, action, b, key, now)
}

func undecided(why string) Decision {
	return Decision{Owner: Half{Why: why}, Grantee: Half{Why: why}, Why: why}
}

// decideOnBucket combines the bucket's policy with the policies of the caller's
// account.
func (a *access) decideOnBucket(q question, b *bucket, now time.Time) Decision {
	says := finding{why: "the bucket " + b.name + " has no policy"}
	p := b.policy.seen(now, a.cfg.Settle)
	if p != nil {
		says = resourceSays(namedPolicy{"the policy of bucket " + b.name, p.doc}, q)
	}
	if d, itsOwn := a.decideOnObject(q, b, says, now); itsOwn {
		return d
	}
	says = b.withACLs(q, says)
	if p != nil && says.allowed && q.caller.account != b.owner && b.PublicAccess.RestrictPublicBuckets && public(p.doc) {
		says = finding{why: "the policy of bucket " + b.name +
			" has a public statement, and RestrictPublicBuckets then cuts off other accounts"}
	}
	return a.decide(q, b.owner, says, now)
}
