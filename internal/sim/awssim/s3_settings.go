package awssim

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// An ACLGrant is one grant of a bucket's ACL, beside the owner's own.
type ACLGrant struct {
	Grantee    string // a canonical user id, or a predefined group: AuthenticatedUsers, AllUsers, LogDelivery
	Permission string // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

const aclGroups = "http://acs.amazonaws.com/groups/"

// getBucketAcl follows the S3 API reference, GetBucketAcl. The canonical id of an
// account is its account id here.
func (w *World) getBucketAcl(_ *request, b *bucket) (reply, *apiError) {
	type grantee struct {
		XSI  string `xml:"xmlns:xsi,attr"`
		Type string `xml:"xsi:type,attr"`
		ID   string `xml:",omitempty"`
		URI  string `xml:",omitempty"`
	}
	type grant struct {
		Grantee    grantee
		Permission string
	}
	type acl struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ AccessControlPolicy"`
		Owner   string   `xml:"Owner>ID"`
		Grants  []grant  `xml:"AccessControlList>Grant"`
	}
	out := acl{Owner: b.owner.id}
	for _, g := range append([]ACLGrant{{b.owner.id, "FULL_CONTROL"}}, b.Grants...) {
		to := grantee{XSI: "http://www.w3.org/2001/XMLSchema-instance", Type: "CanonicalUser", ID: g.Grantee}
		switch g.Grantee {
		case "AuthenticatedUsers", "AllUsers":
			to.Type, to.ID, to.URI = "Group", "", aclGroups+"global/"+g.Grantee
		case "LogDelivery":
			to.Type, to.ID, to.URI = "Group", "", aclGroups+"s3/LogDelivery"
		}
		out.Grants = append(out.Grants, grant{to, g.Permission})
	}
	return asXML(out), nil
}

func (w *World) getRequestPayment(_ *request, b *bucket) (reply, *apiError) {
	type payment struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ RequestPaymentConfiguration"`
		Payer   string
	}
	if b.RequesterPays {
		return asXML(payment{Payer: "Requester"}), nil
	}
	return asXML(payment{Payer: "BucketOwner"}), nil
}

func (w *World) getBucketAbac(_ *request, b *bucket) (reply, *apiError) {
	type abac struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ AbacStatus"`
		Status  string
	}
	if b.ABAC {
		return asXML(abac{Status: "Enabled"}), nil
	}
	return asXML(abac{Status: "Disabled"}), nil
}

// unpaid refuses what a Requester Pays bucket does: objects and lists for other
// accounts that do not say that they pay (S3 UG RequesterPaysBuckets).
func (q *request) unpaid(b *bucket) *apiError {
	ofObjects := q.key != "" || strings.HasPrefix(q.op, "ListObjects")
	if !b.RequesterPays || !ofObjects || q.caller.account == b.owner || q.Header.Get("X-Amz-Request-Payer") == "requester" {
		return nil
	}
	return &apiError{status: http.StatusForbidden, code: "AccessDenied", message: "Access Denied", region: b.Region}
}

// boundaryXML is part of GetUser's and GetRole's answer.
type boundaryXML struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

func boundaryOf(p *managedPolicy) *boundaryXML {
	if p == nil {
		return nil
	}
	return &boundaryXML{"Policy", p.arn()}
}

// boundary is the permissions boundary of a user or role.
func (c caller) boundary() *managedPolicy {
	switch {
	case c.user != nil:
		return c.user.boundary
	case c.role != nil:
		return c.role.boundary
	}
	return nil
}

// Boundary makes a managed policy of the account the permissions boundary of a
// user, or of a role, called "role/NAME".
func (a *Account) Boundary(name, policyARN string) {
	defer a.lock()()
	p := a.managed(policyARN)
	if p == nil {
		panic("awssim: account " + a.id + " has no policy " + policyARN)
	}
	if role, found := strings.CutPrefix(name, "role/"); found {
		a.roles[lower(role)].boundary = p
		return
	}
	a.users[lower(name)].boundary = p
}

// bounded is what is left of an identity's allowance within its permissions
// boundary (IAM UG access_policies_boundaries).
func (q question) bounded(found finding) finding {
	limit := q.caller.boundary()
	if limit == nil || !found.allowed {
		return found
	}
	allowed := false
	for _, st := range limit.doc.statements {
		if !st.covers(q, limit.doc.modern) {
			continue
		}
		if !st.allow {
			return finding{denied: true, why: st.name() + " of the permissions boundary " + limit.name + " denies it"}
		}
		allowed = true
	}
	if !allowed {
		return finding{why: "the permissions boundary " + limit.name + " does not allow " + q.action}
	}
	return found
}
