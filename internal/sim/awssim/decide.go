package awssim

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// A Decision tells whether access is open, and gives the reasons in sentences.
type Decision struct {
	Allowed bool
	Owner   Half // by the bucket's policy
	Grantee Half // by the principal's policies
	Why     string

	deniedBy string // the kind of policy with an explicit deny
}

// A Half is one side's answer.
type Half struct {
	Allowed bool
	Why     string
}

// access decides who may do what.
type access struct{ *core }

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

// callerNamed finds a caller by the name that a test or person uses.
func (c *core) callerNamed(name string) (caller, bool) {
	if strings.HasPrefix(name, "arn:") {
		if p, ok := c.principalByARN(name); ok {
			return callerOf(p), true
		}
		part := strings.SplitN(name, ":", 6)
		if a := c.accounts[part[min(4, len(part)-1)]]; a != nil && part[len(part)-1] == "root" {
			return caller{account: a, root: true}, true
		}
		return caller{}, false
	}
	account, rest, _ := strings.Cut(name, "/")
	for _, a := range c.accounts {
		if a.name != account {
			continue
		}
		if r, ok := strings.CutPrefix(rest, "role/"); ok && a.roles[lower(r)] != nil {
			return callerOf(a.roles[lower(r)]), true
		}
		if u := a.users[lower(rest)]; u != nil {
			return callerOf(u), true
		}
	}
	return caller{}, false
}

func callerOf(p principal) caller {
	if r, ok := p.(*role); ok {
		return caller{account: r.account, role: r, session: "session", temporary: true, issued: r.created}
	}
	u := p.(*user)
	return caller{account: u.account, user: u}
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

// decide combines both sides. A deny on either side wins. Within an account one
// side's allow suffices; between accounts both must allow.
func (a *access) decide(q question, owner *Account, resource finding, now time.Time) Decision {
	identity := a.identitySays(q, now)
	d := Decision{
		Owner:   Half{resource.allowed, resource.why},
		Grantee: Half{identity.allowed, identity.why},
	}
	same := q.caller.account == owner
	if same && (resource.delegated || identity.beyond && q.caller.role != nil && !resource.bySession) {
		d.Owner.Allowed = false // the account's own policies or the role's boundary decide
	}
	switch {
	case identity.denied:
		d.deniedBy, d.Why = "an identity-based policy", "Denied: "+identity.why+"."
	case resource.denied:
		d.deniedBy, d.Why = "a resource-based policy", "Denied: "+resource.why+"."
	case same && (d.Owner.Allowed || d.Grantee.Allowed):
		d.Allowed = true
		d.Why = fmt.Sprintf("Allowed within account %s: %s.", owner.id, allowing(d))
	case same:
		d.Why = fmt.Sprintf("Neither half allows it: %s; %s.", d.Owner.Why, d.Grantee.Why)
	case d.Owner.Allowed && d.Grantee.Allowed:
		d.Allowed = true
		d.Why = fmt.Sprintf("Allowed by both halves: %s; %s.", d.Owner.Why, d.Grantee.Why)
	case d.Grantee.Allowed:
		d.Why = "The owner half is missing: " + d.Owner.Why + "."
	case d.Owner.Allowed:
		d.Why = "The grantee half is missing: " + d.Grantee.Why + "."
	default:
		d.Why = fmt.Sprintf("Both halves are missing: %s; %s.", d.Owner.Why, d.Grantee.Why)
	}
	return d
}

func allowing(d Decision) string {
	if d.Owner.Allowed {
		return d.Owner.Why
	}
	return d.Grantee.Why
}

// denial is the refusal in AWS's words. For another account's bucket it gives
// no reasons.
func (d Decision) denial(q question, resource string, sameAccount bool) *apiError {
	if !sameAccount {
		return &apiError{status: 403, code: "AccessDenied", message: "Access Denied"}
	}
	why := "because no identity-based policy allows the " + q.action + " action"
	if d.deniedBy != "" {
		why = "with an explicit deny in " + d.deniedBy
	}
	return &apiError{status: 403, code: "AccessDenied", message: fmt.Sprintf(
		"User: %s is not authorized to perform: %s on resource: %s %s", q.caller.arn(), q.action, resource, why)}
}
