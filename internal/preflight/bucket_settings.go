package preflight

import (
	"fmt"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

const aclsOff = "The bucket's owners can turn ACLs off (Object Ownership BucketOwnerEnforced)."

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
			Text: fmt.Sprintf("%s is a Requester Pays bucket: AWS charges the account %s for requests and downloads, and "+
				"refuses each one that does not say so.", g.Bucket.Name, g.Principal.Account),
			Hint: "In the AWS CLI the flag is `--request-payer requester`."})
	}
	if facts.ABAC {
		add("ABAC", Finding{Kind: ABAC,
			Text: fmt.Sprintf("Attribute-based access control (ABAC) is on for %s: conditions on its tags in any policy can "+
				"stop this grant, and so can a change of its tags.", g.Bucket.Name)})
	}
	if len(facts.Unread) > 0 {
		add(strings.Join(facts.Unread, ", "), Finding{Kind: Unread,
			Text: fmt.Sprintf("s3share's role may not read of %s: %s. That was not checked.", g.Bucket.Name,
				strings.Join(facts.Unread, ", ")),
			Hint: "Its operators can deploy owner-account.yml anew."})
	}
	return all
}

// ownership refuses a level that writes where the bucket's owner would not own the
// objects that the principal writes, and warns about reading.
func ownership(g grant.Grant) Finding {
	if g.Level.Writes() {
		return Finding{Kind: Ownership, Blocks: true,
			Text: fmt.Sprintf("%s cannot be shared for writing: its Object Ownership is not BucketOwnerEnforced, so what is "+
				"written would stay somebody else's after the grant has ended.", g.Bucket.Name),
			Hint: "Ask for a level that reads, or ask the bucket's owners to turn ACLs off."}
	}
	return Finding{Kind: Ownership,
		Text: fmt.Sprintf("Object Ownership of %s is not BucketOwnerEnforced: objects that another account wrote there do "+
			"not open, and an object whose own ACL names the account %s opens to every user there with a grant.", g.Bucket.Name,
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
			Text: fmt.Sprintf("The ACL of %s gives %s to everybody, without a grant too.", g.Bucket.Name, a.Permission)}, true
	case a.Group != "":
		f.Text = fmt.Sprintf("%s already delegates access to every AWS account, by its ACL (%s to %s), so a grant there "+
			"could not be ended.", g.Bucket.Name, a.Permission, a.Group)
	default:
		f.Text = fmt.Sprintf("%s already delegates access to another account, by its ACL (%s to the canonical user id %s). "+
			"That may be %s, and then a grant there could not be ended.", g.Bucket.Name, a.Permission, a.Account,
			g.Principal.Account)
	}
	return f, true
}
