package awssim

import "encoding/xml"

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
