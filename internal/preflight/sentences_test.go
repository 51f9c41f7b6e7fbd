package preflight_test

import (
	"strings"
	"testing"
)

const (
	noSuchBucket = "fixtures cannot be shared: no rule covers a bucket of that name, or there is none. Check the name, or ask the people who run s3share to add a rule."
	aclsOn       = "fixtures cannot be shared for writing: its Object Ownership is not BucketOwnerEnforced, so what is written would stay somebody else's after the grant has ended. Ask for a level that reads, or ask the bucket's owners to turn ACLs off."
	aclsOff      = " The bucket's owners can turn ACLs off (Object Ownership BucketOwnerEnforced)."
	full         = "The policy of fixtures is full: AWS allows 20480 bytes, and this grant would pass that. Wait until another grant there ends, or ask its owners to shorten the policy."
	deleted      = "arn:aws:iam::111111111111:user/ann was deleted since this was asked. Deny it, and have them ask again."
	tenGroups    = "ann is in 10 groups, which is as many as AWS allows. Take the user out of one first."
	noLevel      = "fixtures cannot be shared at the level full. Here it can be read or write."
)

// sentences has the text of each finding with its way out, by scenario. Each is of the first
// moment that has the finding.
var sentences = map[string]string{
	"the record differs from its approval":     "It is forged.",
	"a level that no rule has":                 noLevel,
	"a level that no rule has any more":        noLevel,
	"a guest asks":                             "Guests can neither ask for access nor decide on it. Ask a full member of this workspace.",
	"no approver is there":                     "Nobody could approve this: it needs 1 of the approvers of fixtures, and without those whom it concerns, and those who have left or are guests, there are 0. The people who run s3share can name more approvers.",
	"the bucket is gone":                       noSuchBucket,
	"S3 denies the bucket":                     noSuchBucket,
	"the policy has two readings":              `The policy of fixtures cannot be read with certainty (the policy has more than one "Version"), so nothing can be added to it safely. The bucket's owners can write the policy anew.`,
	"a statement has two readings":             `Statement 2 of the policy of fixtures cannot be read with certainty (it has more than one "effect"), so it might open the bucket to the whole account build, and a grant there could not be ended. The bucket's owners can write that statement anew.`,
	"the account is let in":                    `fixtures already delegates access to the whole account build, by statement 1 of its policy ("Build"), so a grant there could not be ended. The bucket's owners can name users or roles in that statement instead.`,
	"the account is let in without a Sid":      `fixtures already delegates access to the whole account build, by statement 2 of its policy, so a grant there could not be ended. The bucket's owners can name users or roles in that statement instead.`,
	"a canonical user id is let in":            `fixtures allows s3:GetObject to a canonical user id, by statement 1 of its policy ("Canon"): if that is the account build, every user there with a grant gets in by it too. The bucket's owners can name users or roles in that statement instead.`,
	"ACLs are on, to write":                    aclsOn,
	"ACLs are on, to change the bucket":        aclsOn,
	"ACLs are on, to read":                     "Object Ownership of fixtures is not BucketOwnerEnforced: objects that another account wrote there do not open, and an object whose own ACL names the account build opens to every user there with a grant." + aclsOff,
	"the ACL lets all in who sign":             "fixtures already delegates access to every AWS account, by its ACL (READ to AuthenticatedUsers), so a grant there could not be ended." + aclsOff,
	"the ACL lets an account in":               "fixtures already delegates access to another account, by its ACL (FULL_CONTROL to the canonical user id 0123abcd). That may be build, and then a grant there could not be ended." + aclsOff,
	"the ACL is public":                        "The ACL of fixtures gives READ to everybody, without a grant too." + aclsOff,
	"the requester pays":                       "fixtures is a Requester Pays bucket: AWS charges the account build for requests and downloads, and refuses each one that does not say so. In the AWS CLI the flag is `--request-payer requester`.",
	"tags decide":                              "Attribute-based access control (ABAC) is on for fixtures: conditions on its tags in any policy can stop this grant, and so can a change of its tags.",
	"a setting is not shown":                   "s3share's role may not read of fixtures: the ACL. That was not checked. Its operators can deploy owner-account.yml anew.",
	"there is no such user":                    "AWS knows no user called ann in the account build. Check the name.",
	"the user is deleted by then":              deleted,
	"another user of the name":                 deleted,
	"another path":                             "AWS knows no arn:aws:iam::111111111111:user/ann. It knows arn:aws:iam::111111111111:user/dev/ann.",
	"ten groups":                               tenGroups,
	"ten groups, the limit unknown":            tenGroups,
	"ten policies":                             "ann has 10 policies attached, which is as many as AWS allows. Detach one from the role first.",
	"twenty policies":                          "ann has 20 policies attached, which is as many as AWS allows. Detach one from the role first.",
	"a permission set without the policy":      "The permission set Dev does not carry the customer managed policy /s3share/s3share in build, and the bot cannot attach it: AWS lets Identity Center alone change AWSReservedSSO_Dev_0123456789abcdef. An administrator of Identity Center can add it: 1. ",
	"the bot itself":                           "ann is the bot's own user, and nothing is ever shared with it.",
	"the key of AWS":                           "fixtures encrypts with the AWS-managed key aws/s3, which no other account can use. Ask its owners to encrypt the bucket with a customer managed key, and to copy the objects onto themselves so that they use it.",
	"a key by its alias, to write":             "The bucket's default encryption names its key as alias/team, which AWS looks for in the account of the user who writes: uploads from build fail. Name the key by its ARN in the bucket's encryption, or upload with `--sse aws:kms --sse-kms-key-id KEY_ARN`.",
	"the encryption is not shown":              "The bucket's encryption could not be read: if it uses a KMS key, access to the key was not checked.",
	"a level for whole buckets, on a folder":   "The level read can only be had for a whole bucket: s3:GetBucketLocation cannot be narrowed to a prefix.",
	"a folder with a wildcard":                 `This cannot be written as a policy: the prefix "builds*" has a wildcard or a variable.`,
	"a full policy":                            full,
	"full with one that is on its way":         full,
	"full with one that was asked for with it": full,
	"a permissions boundary":                   "ann has a permissions boundary (arn:aws:iam::111111111111:policy/limit): what that does not allow stays closed, whatever is granted.",
	"a Deny":                                   `Statement "Office" denies s3:GetObject to everybody, depending on aws:SourceIp: it may stop this grant.`,
	"a Deny of the bot's write":                `Statement "Lock" denies s3:PutBucketPolicy to everybody, `,
	"a public statement":                       `Statement "Open" allows s3:GetObject to everybody, which makes the policy public: with RestrictPublicBuckets on, S3 cuts off all access from other accounts, this grant's too; with BlockPublicPolicy on, it refuses any change of the policy.`,
	"a deleted principal":                      `Statement "Old" names AIDA`,
	"the user is named already":                `Statement "Ann"`,
	"a wrong clock":                            "The clock of the machine that I run on is 1h behind AWS's, and an end that I set now would be wrong by as much. Nothing was approved or opened. Those who run s3share were told. Try again once the clock is right.",
}

// TestSentences holds each finding to its words, and each scenario that finds something
// to having some.
func TestSentences(t *testing.T) {
	seen := 0
	for _, c := range scenarios {
		i := strings.IndexAny(c.at, "BW")
		if i < 0 {
			continue
		}
		want, has := sentences[c.name]
		if !has {
			t.Errorf("%s has no sentence", c.name)
			continue
		}
		seen++
		w := newWorld()
		c.change(w)
		report := w.check(moments[i])
		got := ""
		for _, f := range report.Findings {
			if f.Check == c.check && f.Kind == c.kind {
				got = strings.TrimSuffix(f.Text+" "+f.Hint, " ")
			}
		}
		if c.at[i] == 'B' && report.Refusal().Error() != got {
			t.Errorf("%s refuses with\n%s", c.name, report.Refusal())
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s says\n%s, want\n%s", c.name, got, want)
		}
	}
	if seen != len(sentences) {
		t.Errorf("%d of %d sentences are of a scenario", seen, len(sentences))
	}
}
