package preflight_test

import (
	"strings"
	"testing"
)

const (
	noSuchBucket = "fixtures can't be shared: no rule covers it, or it does not exist. Check the name, or ask the " +
		"operators of s3share to add a rule."
	aclsOn = "fixtures can't be shared for writing: its Object Ownership is not BucketOwnerEnforced, so the " +
		"writer would own the new objects even after the access has ended. Request read access, or ask the " +
		"bucket's owner to turn ACLs off."
	aclsOff = " Ask the bucket's owner to turn ACLs off (Object Ownership BucketOwnerEnforced)."
	full    = "The policy of fixtures is full: this access would exceed AWS's limit of 20480 bytes. Wait until " +
		"other access to it ends, or ask the bucket's owner to shorten the policy."
	deleted = "arn:aws:iam::111111111111:user/ann was deleted after the request. Deny it, so that the requester " +
		"can submit a new request."
	tenGroups = "ann is in 10 groups, which is AWS's limit. Remove the user from one first."
	noLevel   = "fixtures can't be shared at the level full. Choose read or write."
)

// sentences has the text of each finding with its way out, by scenario. Each is of the first
// moment that has the finding.
var sentences = map[string]string{
	"the record differs from its approval": "It is forged.",
	"a level that no rule has":             noLevel,
	"a level that no rule has any more":    noLevel,
	"a guest asks": "Guests can't request or approve access. Ask a full member of " +
		"this workspace.",
	"no approver is there": "Too few people could approve this: it needs 1 of the approvers of " +
		"fixtures, and there are 0, not counting the people it concerns, guests and deactivated accounts. Ask the " +
		"operators of s3share to name more approvers.",
	"the bucket is gone":                  noSuchBucket,
	"S3 denies the bucket":                noSuchBucket,
	"the policy has two readings":         `The policy of fixtures is ambiguous (the policy has more than one "Version"), so s3share can't safely add to it. Ask the bucket's owner to rewrite the policy.`,
	"a statement has two readings":        `Statement 2 of the policy of fixtures is ambiguous (it has more than one "effect") and may open the bucket to the whole account build, so s3share could not end access to it. Ask the bucket's owner to rewrite that statement.`,
	"the account is let in":               `fixtures already delegates access to the whole account build in statement 1 of its policy ("Build"), so s3share could not end access to it. Ask the bucket's owner to name users or roles in that statement.`,
	"the account is let in without a Sid": `fixtures already delegates access to the whole account build in statement 2 of its policy, so s3share could not end access to it. Ask the bucket's owner to name users or roles in that statement.`,
	"a canonical user id is let in":       `fixtures allows s3:GetObject to a canonical user id in statement 1 of its policy ("Canon"). If that is the account build, every user there with access through s3share has this too. Ask the bucket's owner to name users or roles in that statement.`,
	"ACLs are on, to write":               aclsOn,
	"ACLs are on, to change the bucket":   aclsOn,
	"ACLs are on, to read": "Object Ownership of fixtures is not BucketOwnerEnforced: " +
		"this access can't open objects that another account wrote, and an object whose ACL names the account " +
		"build opens to every user there with access to the bucket." + aclsOff,
	"the ACL lets all in who sign": "fixtures already delegates access to every AWS account in " +
		"its ACL (READ to AuthenticatedUsers), so s3share could not end access to it." + aclsOff,
	"the ACL lets an account in": "fixtures already delegates access to another account in its " +
		"ACL (FULL_CONTROL to the canonical user id 0123abcd). If that is build, s3share could not end access to " +
		"it." + aclsOff,
	"the ACL is public": "The ACL of fixtures gives READ to everybody." + aclsOff,
	"the requester pays": "fixtures is a Requester Pays bucket: AWS charges the account build " +
		"for requests and downloads, and refuses requests without the flag. In the AWS CLI, add `--request-payer " +
		"requester`.",
	"tags decide": "Attribute-based access control (ABAC) is on for fixtures, so a policy " +
		"with conditions on its tags may block this access.",
	"a setting is not shown": "s3share couldn't check these settings of fixtures: the ACL. Ask the " +
		"operators of s3share to deploy owner-account.yml again.",
	"there is no such user":         "AWS has no user called ann in the account build. Check the name.",
	"the user is deleted by then":   deleted,
	"another user of the name":      deleted,
	"another path":                  "AWS has no arn:aws:iam::111111111111:user/ann. It has arn:aws:iam::111111111111:user/dev/ann.",
	"ten groups":                    tenGroups,
	"ten groups, the limit unknown": tenGroups,
	"ten policies": "ann has 10 policies attached, which is AWS's limit. Detach one from " +
		"the role first.",
	"twenty policies": "ann has 20 policies attached, which is AWS's limit. Detach one from " +
		"the role first.",
	"a permission set without the policy": "The permission set Dev lacks the customer managed policy " +
		"/s3share/s3share in build, and only Identity Center can change AWSReservedSSO_Dev_0123456789abcdef. An " +
		"administrator of Identity Center can add it: 1. ",
	"the bot itself": "ann is s3share's own user, and can't be given access.",
	"the key of AWS": "fixtures encrypts with the AWS-managed key aws/s3, which no " +
		"other account can use. Ask the bucket's owner to encrypt it with a customer managed key, and to copy the " +
		"objects onto themselves so that they use it.",
	"a key by its alias, to write": "The bucket's default encryption names its key as alias/team, so " +
		"AWS looks for it in the uploader's account and uploads from build fail. Ask the bucket's owner to name " +
		"the key by its ARN, or upload with `--sse aws:kms --sse-kms-key-id KEY_ARN`.",
	"the encryption is not shown": "The bucket's encryption couldn't be read. If it uses a KMS " +
		"key, check that the key's policy allows this access.",
	"a level for whole buckets, on a folder": "The level read works only for a whole bucket: " +
		"s3:GetBucketLocation can't be limited to a folder.",
	"a folder with a wildcard":                 `This cannot be written as a policy: the prefix "builds*" has a wildcard or a variable.`,
	"a full policy":                            full,
	"full with one that is on its way":         full,
	"full with one that was asked for with it": full,
	"a permissions boundary": "ann has a permissions boundary " +
		"(arn:aws:iam::111111111111:policy/limit), which may block this access. Ask the admin of its account to " +
		"check it.",
	"a Deny":                    `A Deny statement (Sid "Office") may block this access: it denies s3:GetObject to everybody, depending on aws:SourceIp.`,
	"a Deny of the bot's write": `A Deny statement (Sid "Lock") blocks s3share from writing this policy (s3:PutBucketPolicy). `,
	"a public statement":        `Statement "Open" allows s3:GetObject to everybody, so the policy is public: with RestrictPublicBuckets on, S3 blocks all access from other accounts; with BlockPublicPolicy on, it refuses any change of the policy.`,
	"a deleted principal":       `Statement "Old" names AIDA`,
	"the user is named already": `Statement "Ann"`,
	"a wrong clock": "Nothing was approved or opened: s3share's clock is 1h behind " +
		"AWS's. The operators of s3share have been told. Try again once the clock is right.",
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
