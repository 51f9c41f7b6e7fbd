package preflight

import (
	"fmt"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

const aclsOff = "Ask the bucket's owner to turn ACLs off (Object Ownership BucketOwnerEnforced)."

// Settings judges g by the settings of its bucket.
func Settings(g grant.Grant, facts awsaccess.Facts) (all []Finding) {
	add := func(setting string, f Finding) {
		f.Source = Source{Document: BucketSettings, Setting: setting}
		all = append(all, f)
	}
	if !facts.Enforced && !slices.Contains(facts.Unread, "Object Ownership") {
		add("Object Ownership", ownership(g))
	}
	for _, a := range facts.ACL {
		if f, found := acl(g, a); found {
			add("ACL", f)
		}
	}
	if facts.RequesterPays {
		add("request payment", Finding{Kind: RequesterPays,
			Text: fmt.Sprintf("%s is a Requester Pays bucket: AWS charges the "+
				"account %s for requests and downloads, and refuses requests without the flag.", g.Bucket.Name,
				g.Principal.Account),
			Hint: "In the AWS CLI, add `--request-payer requester`."})
	}
	if facts.ABAC {
		add("ABAC", Finding{Kind: ABAC,
			Text: fmt.Sprintf("Attribute-based access control (ABAC) is on for %s, so a policy "+
				"with conditions on its tags may block this access.", g.Bucket.Name)})
	}
	if len(facts.Unread) > 0 {
		add(strings.Join(facts.Unread, ", "), Finding{Kind: Unread,
			Text: fmt.Sprintf("s3share couldn't check these settings of %s: %s.", g.Bucket.Name,
				strings.Join(facts.Unread, ", ")),
			Hint: "Ask the operators of s3share to deploy owner-account.yml again."})
	}
	return all
}

// ownership refuses a level that writes where the bucket's owner would not own the
// objects that the principal writes, and warns about reading.
func ownership(g grant.Grant) Finding {
	if g.Level.Writes() {
		return Finding{Kind: Ownership, Blocks: true,
			Text: fmt.Sprintf("%s can't be shared for writing: its Object Ownership is not "+
				"BucketOwnerEnforced, so the writer would own the new objects even after the access has ended.", g.Bucket.Name),
			Hint: "Request read access, or ask the bucket's owner to turn ACLs off."}
	}
	return Finding{Kind: Ownership,
		Text: fmt.Sprintf("Object Ownership of %s is not BucketOwnerEnforced: this access can't "+
			"open objects that another account wrote, and an object whose ACL names the account %s opens to every "+
			"user there with access to the bucket.", g.Bucket.Name,
			g.Principal.Account),
		Hint: aclsOff}
}

// logDelivery is the canonical user id that CloudFront writes its logs with.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
const logDelivery = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"

// acl judges one grant of the bucket's ACL. One to an account is a delegation to
// it. The bot cannot tell whose canonical id it is, so it may be the grantee's.
func acl(g grant.Grant, a awsaccess.ACLGrant) (f Finding, found bool) {
	f = Finding{Kind: policy.Delegation, Blocks: true, Hint: aclsOff}
	switch {
	case !slices.Contains([]string{"READ", "WRITE", "FULL_CONTROL"}, a.Permission) || a.Group == "LogDelivery" ||
		a.Account == logDelivery:
		return f, false
	case a.Group == "AllUsers":
		return Finding{Kind: policy.Public, Hint: aclsOff,
			Text: fmt.Sprintf("The ACL of %s gives %s to everybody.", g.Bucket.Name, a.Permission)}, true
	case a.Group != "":
		f.Text = fmt.Sprintf("%s already delegates access to every AWS account in "+
			"its ACL (%s to %s), so s3share could not end access to it.", g.Bucket.Name, a.Permission, a.Group)
	default:
		f.Text = fmt.Sprintf("%s already delegates access to another account in its "+
			"ACL (%s to the canonical user id %s). If that is %s, s3share could not end access to it.", g.Bucket.Name,
			a.Permission, a.Account, g.Principal.Account)
	}
	return f, true
}
