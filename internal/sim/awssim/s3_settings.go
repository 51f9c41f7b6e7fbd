package awssim

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// An ACLGrant is one grant of a bucket's ACL. The owner's own grant is implied.
type ACLGrant struct {
	Grantee    string // a canonical user id or a predefined group: AuthenticatedUsers, AllUsers, LogDelivery
	Permission string // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

const aclGroups = "http://acs.amazonaws.com/groups/"

// getBucketAcl follows the S3 API reference, GetBucketAcl. An account's
// canonical id is its account id here.
func (s *s3Buckets) getBucketAcl(_ *request, b *bucket) (reply, *apiError) {
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

func (s *s3Buckets) getRequestPayment(_ *request, b *bucket) (reply, *apiError) {
	type payment struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ RequestPaymentConfiguration"`
		Payer   string
	}
	if b.RequesterPays {
		return asXML(payment{Payer: "Requester"}), nil
	}
	return asXML(payment{Payer: "BucketOwner"}), nil
}

func (s *s3Buckets) getBucketAbac(_ *request, b *bucket) (reply, *apiError) {
	type abac struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ AbacStatus"`
		Status  string
	}
	if b.ABAC {
		return asXML(abac{Status: "Enabled"}), nil
	}
	return asXML(abac{Status: "Disabled"}), nil
}

// tagged adds the condition keys of a bucket's tags. They apply once ABAC is on.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
func (b *bucket) tagged(ctx values) {
	if !b.ABAC {
		return
	}
	for key, value := range b.Tags {
		ctx["aws:resourcetag/"+lower(key)], ctx["s3:buckettag/"+lower(key)] = []string{value}, []string{value}
	}
}

// unpaid makes the refusals of a Requester Pays bucket: objects and lists for
// other accounts whose request does not accept the charge (S3 UG
// RequesterPaysBuckets).
func (q *request) unpaid(b *bucket) *apiError {
	ofObjects := q.key != "" || strings.HasPrefix(q.op, "ListObjects") || q.op == "DeleteObjects" ||
		q.op == "ListMultipartUploads"
	if !b.RequesterPays || !ofObjects || q.caller.account == b.owner ||
		q.Header.Get("X-Amz-Request-Payer") == "requester" {
		return nil
	}
	return &apiError{status: http.StatusForbidden, code: "AccessDenied", message: "Access Denied", region: b.Region}
}
