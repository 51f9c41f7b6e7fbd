package awssim

import (
	"slices"
	"strings"
	"time"
)

// aclPermissions maps each permission of an ACL to its actions on a bucket and
// on an object.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
var aclPermissions = map[string]struct{ bucket, object string }{
	"READ":      {listsBucket, readsObject},
	"WRITE":     {"s3:putobject s3:deleteobject", ""},
	"READ_ACP":  {"s3:getbucketacl", "s3:getobjectacl s3:getobjectversionacl"},
	"WRITE_ACP": {"s3:putbucketacl", "s3:putobjectacl s3:putobjectversionacl"},
	"FULL_CONTROL": {listsBucket + " s3:putobject s3:deleteobject s3:getbucketacl s3:putbucketacl",
		readsObject + " s3:getobjectacl s3:getobjectversionacl s3:putobjectacl s3:putobjectversionacl"},
}

const (
	listsBucket = "s3:listbucket s3:listbucketversions s3:listbucketmultipartuploads"
	readsObject = "s3:getobject s3:getobjectversion"
)

// cannedACL returns the grants of a canned ACL. The owner's full control is
// implied.
func cannedACL(name string, b *bucket) ([]ACLGrant, bool) {
	switch name {
	case "", "private":
		return nil, true
	case "public-read":
		return []ACLGrant{{"AllUsers", "READ"}}, true
	case "public-read-write":
		return []ACLGrant{{"AllUsers", "READ"}, {"AllUsers", "WRITE"}}, true
	case "authenticated-read":
		return []ACLGrant{{"AuthenticatedUsers", "READ"}}, true
	case "bucket-owner-read":
		return []ACLGrant{{b.owner.id, "READ"}}, true
	case "bucket-owner-full-control":
		return []ACLGrant{{b.owner.id, "FULL_CONTROL"}}, true
	}
	return nil, false
}

// enforced reports whether the bucket's owner owns all objects. ACLs are then
// ignored.
func (b *bucket) enforced() bool { return b.Ownership == "BucketOwnerEnforced" }

// owned sets the owner and the ACL of an object that is being written.
func (s *s3Objects) owned(q *request, b *bucket, o *object) *apiError {
	name := q.Header.Get("X-Amz-Acl")
	if b.enforced() {
		if name != "" && name != "bucket-owner-full-control" {
			return &apiError{status: 400, code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs"}
		}
		return nil
	}
	grants, known := cannedACL(name, b)
	if !known {
		return s.log.refuseUnmodelled("s3:" + q.op + " with x-amz-acl " + name)
	}
	if name != "" && name != "private" {
		if err := s.authorise(q, b, "s3:PutObjectAcl", q.key, nil); err != nil {
			return err
		}
	}
	if b.PublicAccess.BlockPublicAcls && slices.ContainsFunc(grants, ACLGrant.public) {
		return &apiError{status: 403, code: "AccessDenied", message: "Access Denied"}
	}
	o.owner, o.grants = q.caller.account, grants
	if b.Ownership == "BucketOwnerPreferred" && name == "bucket-owner-full-control" {
		o.owner = b.owner
	}
	return nil
}

func (g ACLGrant) public() bool { return g.Grantee == "AllUsers" || g.Grantee == "AuthenticatedUsers" }

// aclSays evaluates an ACL for a caller. ACLs name accounts, never users, so a
// grant still depends on the caller's own policies.
func aclSays(what string, grants []ACLGrant, q question, b *bucket, ofObject bool) finding {
	for _, g := range grants {
		allows := aclPermissions[g.Permission].bucket
		if ofObject {
			allows = aclPermissions[g.Permission].object
		}
		to := g.Grantee == q.caller.account.id || g.public() && !b.PublicAccess.IgnorePublicAcls
		if to && slices.Contains(strings.Fields(allows), lower(q.action)) {
			return finding{allowed: true, delegated: true,
				why: "the ACL of " + what + " grants " + g.Permission + " to " + g.Grantee}
		}
	}
	return finding{}
}

// withACLs adds the ACLs of a bucket and of an object to the finding on the
// bucket's policy, where ACLs apply.
func (b *bucket) withACLs(q question, says finding) finding {
	if b.enforced() || says.denied || says.allowed && !says.delegated {
		return says
	}
	if acl := aclSays("bucket "+b.name, b.Grants, q, b, false); acl.allowed {
		return acl
	}
	key := strings.TrimPrefix(q.resource, b.arn()+"/")
	if acl := aclSays("object "+key, b.objects[key].grants, q, b, true); acl.allowed {
		return acl
	}
	return says
}

// decideOnObject decides on reading an object that another account owns. The
// bucket's policy can deny it, but only the object's ACL can allow it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (a *access) decideOnObject(q question, b *bucket, says finding, now time.Time) (Decision, bool) {
	key := strings.TrimPrefix(q.resource, b.arn()+"/")
	o, ok := b.objects[key]
	if !ok || b.enforced() || o.owner == nil || o.owner == b.owner || !strings.HasPrefix(lower(q.action), "s3:getobject") {
		return Decision{}, false
	}
	if !says.denied {
		says = finding{why: "the object " + key + " belongs to account " + o.owner.id + ", and its ACL grants nothing to " +
			q.caller.account.id}
		if acl := aclSays("object "+key, o.grants, q, b, true); acl.allowed {
			says = acl
		}
	}
	return a.decide(q, o.owner, says, now), true
}
