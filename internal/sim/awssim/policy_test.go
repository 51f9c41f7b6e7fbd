package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"s3share/internal/sim/awssim"
)

func put(c clients, text string) error {
	_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: &text})
	return err
}

// S3's own messages for invalid bucket policies.
func TestRefusedPolicies(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.root(b.nonprod)
	ok := `"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects + `"`
	with := func(old, new string) string { return one(strings.Replace(ok, old, new, 1)) }
	for _, test := range []struct{ what, text, says string }{
		{"nothing", ``, "Policies must be valid JSON and the first byte must be '{'"},
		{"no JSON", `hello`, "Policies must be valid JSON and the first byte must be '{'"},
		{"a list", `[]`, "Policies must be valid JSON and the first byte must be '{'"},
		{"broken", `{"Version":`, "This policy contains invalid Json"},
		{"more behind it", one(ok) + `{}`, "This policy contains invalid Json"},
		{"empty", `{}`, "Missing required field Statement"},
		{"no statement", `{"Statement":[]}`, "Statement is empty"},
		{"an odd version", strings.Replace(one(ok), "2012-10-17", "2013-01-01", 1), "The policy must contain a valid version string"},
		{"an unknown member", strings.Replace(one(ok), `"Version"`, `"Versions"`, 1), "Unknown field Versions"},
		{"an unknown member of a statement", with(`"Effect"`, `"Note":"x","Effect"`), "Unknown field Note"},
		{"no effect", with(`"Effect":"Allow",`, ``), "Missing required field Effect"},
		{"an odd effect", with(`Allow`, `allow`), "Invalid effect: allow"},
		{"no principal", with(`"Principal":{"AWS":"`+bob+`"},`, ``), "Missing required field Principal"},
		{"no action", with(`"Action":"s3:GetObject",`, ``), "Missing required field Action"},
		{"no resource", with(`,"Resource":"`+objects+`"`, ``), "Missing required field Resource"},
		{"both ways round", with(`"Action"`, `"NotAction":"s3:PutObject","Action"`), "already has instance of Action"},
		{"an allow of all but one", with(`"Principal"`, `"NotPrincipal"`), "Allow with NotPrincipal is not allowed."},
		{"a user who is not there", with("user/bob", "user/nobody"), "Invalid principal in policy"},
		{"a user in another case", with("user/bob", "user/Bob"), "Invalid principal in policy"},
		{"a role who is not there", with("user/bob", "role/nobody"), "Invalid principal in policy"},
		{"an account that is not there", with(bob, "999999999999"), "Invalid principal in policy"},
		{"a group", with("user/bob", "group/s3share"), "Invalid principal in policy"},
		{"a deleted user", with(bob, "AIDAABCDEFGHIJKLMNOPQ"), "Invalid principal in policy"},
		{"a wildcard in a name", with("user/bob", "user/*"), "Invalid principal in policy"},
		{"another partition", with("arn:aws:iam", "arn:aws-cn:iam"), "Invalid principal in policy"},
		{"no such action", with("s3:GetObject", "s3:FlyObject"), "Policy has invalid action"},
		{"another service's action", with("s3:GetObject", "sqs:SendMessage"), "Policy has invalid action"},
		{"another bucket", with(bucket+"/*", "other/*"), "Policy has invalid resource"},
		{"a bucket that begins alike", with(bucket+"/*", bucket+"2/*"), "Policy has invalid resource"},
		{"an action on buckets, of objects", with("s3:GetObject", "s3:ListBucket"), "Action does not apply to any resource(s) in statement"},
		{"an action on objects, of the bucket", with(bucket+"/*", bucket), "Action does not apply to any resource(s) in statement"},
		{"one of two that fits nothing", with(`"s3:GetObject"`, `["s3:GetObject","s3:ListBucket"]`), "Action does not apply to any resource(s) in statement"},
		{"an unknown operator", with(objects+`"`, objects+`","Condition":{"StringSame":{"aws:username":"x"}}`), "Invalid Condition type : StringSame"},
		{"an unknown key", with(objects+`"`, objects+`","Condition":{"StringEquals":{"s3:colour":"x"}}`), "Policy has an invalid condition key"},
		{"a key of other actions", with(objects+`"`, objects+`","Condition":{"StringEquals":{"s3:prefix":"x"}}`), "Conditions do not apply to combination of actions and resources in statement"},
		{"a key of AWS that is none", with(objects+`"`, objects+`","Condition":{"StringEquals":{"aws:PrincipalName":"x"}}`), "Policy has an invalid condition key"},
		{"a tag's key without the tag", with(objects+`"`, objects+`","Condition":{"StringEquals":{"aws:PrincipalTag":"x"}}`), "Policy has an invalid condition key"},
		{"no address", with(objects+`"`, objects+`","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0"}}`), "Invalid IP address in Conditions"},
		{"no number", with(objects+`"`, objects+`","Condition":{"NumericLessThan":{"s3:TlsVersion":"old"}}`), "Invalid number in condition"},
		{"neither true nor false", with(objects+`"`, objects+`","Condition":{"Bool":{"aws:SecureTransport":"yes"}}`), "Invalid boolean in condition"},
		{"neither there nor not", with(objects+`"`, objects+`","Condition":{"Null":{"aws:username":"0"}}`), "Invalid boolean in condition"},
		{"no date", with(objects+`"`, objects+`","Condition":{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`), "Invalid date in condition"},
	} {
		wantCode(t, test.what, put(c, test.text), "MalformedPolicy", 400, test.says)
	}
	if got := b.nonprod.Policy(bucket); got != "" {
		t.Errorf("something was written: %s", got)
	}
	for _, text := range []string{
		one(ok), with("s3:GetObject", "s3:Get*"), with("s3:GetObject", "*"), with(`"`+objects+`"`, `["arn:aws:s3:::`+bucket+`","`+objects+`"]`),
		with(objects, "arn:aws:s3:::"+bucket+"*"), with(`"Effect"`, `"Sid":"","Effect"`), strings.Replace(one(ok), "2012-10-17", "2008-10-17", 1),
		`{"Statement":{` + ok + `}}`, `{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a",` + ok + `},{"Sid":"a",` + ok + `}]}`,
		with(bob, grantee), with(`{"AWS":"`+bob+`"}`, `{"Service":"cloudtrail.amazonaws.com"}`), with(`"Effect":"Allow","Principal"`, `"Effect":"Deny","NotPrincipal"`),
		with(objects+`"`, objects+`","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23"},"Null":{"aws:username":false}}`),
		with(objects+`"`, objects+`","Condition":{"StringLike":{"aws:PrincipalTag/team":"x","aws:PrincipalOrgPaths":"o-1/*","ec2:SourceInstanceArn":"*"}}`),
		with(objects+`"`, objects+`","Condition":{"Bool":{"aws:SecureTransport":false},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::1"]},"StringEquals":{"aws:username":"${aws:PrincipalTag/name}"}}`),
	} {
		if err := put(c, text); err != nil {
			t.Errorf("%s was refused: %v", text, err)
		}
	}
}

// 20,480 bytes, not counting white space between tokens, and not one more.
func TestPolicySizeLimit(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.root(b.nonprod)
	frame := len(strings.Replace(bobMayRead, `"x"`, `""`, 1))
	ofSize := func(n int) string {
		return strings.Replace(bobMayRead, `"x"`, `"`+strings.Repeat("s", n-frame)+`"`, 1)
	}
	if n := len(ofSize(20480)); n != 20480 {
		t.Fatalf("the test's policy has %d bytes", n)
	}
	wantCode(t, "20,480 bytes", put(c, ofSize(20480)), "", 0, "")
	wantCode(t, "20,481 bytes", put(c, ofSize(20481)), "PolicyTooLarge", 400, "maximum allowed document size")
	wantCode(t, "white space besides", put(c, strings.ReplaceAll(ofSize(20480), `,"`, ",\n   \"")), "", 0, "")
}

// A read returns an equivalent policy in AWS's format.
func TestReturnedPolicies(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.User("anna")
	b.build.Role("ops/deployer", trustBuild)
	const arn = "arn:aws:iam::" + grantee
	for _, test := range []struct{ what, in, out string }{
		{"lists of one are unwrapped", `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["` + bob + `"]},"Action":["s3:GetObject"],"Resource":["` + objects + `"],"Condition":{"DateLessThan":{"aws:CurrentTime":["2026-11-24T00:00:00Z"]}}}]}`,
			`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects + `","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-24T00:00:00Z"}}}]}`},
		{"lists are sorted", one(`"Effect":"Allow","Principal":{"AWS":["` + bob + `","` + arn + `:user/anna"]},"Action":["s3:PutObject","s3:GetObject"],"Resource":["` + objects + `","arn:aws:s3:::` + bucket + `"]`),
			one(`"Effect":"Allow","Principal":{"AWS":["` + arn + `:user/anna","` + bob + `"]},"Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::` + bucket + `","` + objects + `"]`)},
		{"statements stay in their order, and one stays a list", `{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"` + objects + `"},"Version":"2008-10-17"}`,
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"` + objects + `"}],"Version":"2008-10-17"}`},
		{"a number and a truth value become strings", one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects + `","Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:signatureAge":10.50}}`),
			one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"` + objects + `","Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericLessThan":{"s3:signatureAge":"10.50"}}`)},
		{"an account's number becomes its root", strings.Replace(bobMayRead, bob, grantee, 1), strings.Replace(bobMayRead, bob, arn+":root", 1)},
		{"a path is kept", strings.Replace(bobMayRead, "user/bob", "role/ops/deployer", 1), strings.Replace(bobMayRead, "user/bob", "role/ops/deployer", 1)},
		{"white space goes", strings.ReplaceAll(bobMayRead, ",", " ,\n\t"), bobMayRead},
		{"no sign is escaped", strings.Replace(bobMayRead, `"x"`, `"<&>é"`, 1), strings.Replace(bobMayRead, `"x"`, `"<&>é"`, 1)},
	} {
		if err := b.nonprod.SetPolicy(bucket, test.in); err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
		got := must(b.root(b.nonprod).s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)}))(t)
		if *got.Policy != test.out {
			t.Errorf("%s:\n got %s\nwant %s", test.what, *got.Policy, test.out)
		}
		if err := b.nonprod.SetPolicy(bucket, *got.Policy); err != nil {
			t.Errorf("%s: what was read cannot be written: %v", test.what, err)
		}
	}
}

// A policy stores its principals by unique id.
func TestPrincipalsInPolicies(t *testing.T) {
	b := newBench(t, awssim.Config{})
	b.build.UserPolicy("bob", "p", allowGet)
	id := b.build.UniqueID(bob)
	if err := b.nonprod.SetPolicy(bucket, bobMayRead); err != nil {
		t.Fatal(err)
	}
	open := func(who string) bool { return b.Can(who, "s3:GetObject", bucket, "x").Allowed }
	if !open(bob) {
		t.Error("bob may not read")
	}
	b.build.RenameUser("bob", "robert")
	robert := strings.Replace(bob, "bob", "robert", 1)
	if got := b.nonprod.Policy(bucket); got != strings.Replace(bobMayRead, bob, robert, 1) || !open(robert) {
		t.Errorf("renamed, the policy says %s", got)
	}
	b.build.User("bob")
	b.build.UserPolicy("bob", "p", allowGet)
	if open(bob) {
		t.Error("a new user named bob may read")
	}
	b.build.DeleteUser("robert")
	orphaned := strings.Replace(bobMayRead, bob, id, 1)
	if got := b.nonprod.Policy(bucket); got != orphaned {
		t.Errorf("orphaned, the policy says %s", got)
	}
	b.build.User("robert")
	if got := b.nonprod.Policy(bucket); got != orphaned {
		t.Errorf("a namesake is taken for the one who left: %s", got)
	}
	// The id of a deleted user makes the whole policy unwritable for all
	// callers.
	c := b.root(b.nonprod)
	wantCode(t, "written back", put(c, orphaned), "MalformedPolicy", 400, "Invalid principal in policy")
	both := strings.Replace(orphaned, `"AWS":"`+id+`"`, `"AWS":["`+bob+`","`+id+`"]`, 1)
	wantCode(t, "with another", put(c, both), "MalformedPolicy", 400, "Invalid principal in policy")
	// The id of an existing user is equivalent to the ARN.
	wantCode(t, "a live id", put(c, strings.Replace(bobMayRead, bob, b.build.UniqueID(bob), 1)), "", 0, "")
	if got := b.nonprod.Policy(bucket); got != bobMayRead {
		t.Errorf("written by id: %s", got)
	}
}

// Access to a bucket's policy: 403 without permission; 405 with permission from
// another account; always open to the owner's root user.
func TestBucketPolicyAccess(t *testing.T) {
	b := newBench(t, awssim.Config{})
	toBob := one(`"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:*","Resource":["arn:aws:s3:::` + bucket + `","` + objects + `"]`)
	bobs := b.user(b.build, "bob")
	wantCode(t, "nothing allowed", put(bobs, bobMayRead), "AccessDenied", 403, "Access Denied")
	if err := b.nonprod.SetPolicy(bucket, toBob); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "the owner half alone", put(bobs, bobMayRead), "AccessDenied", 403, "Access Denied")
	b.build.UserPolicy("bob", "p", allowAll)
	calls := map[string]func(c clients) error{
		"PutBucketPolicy": func(c clients) error { return put(c, bobMayRead) },
		"GetBucketPolicy": func(c clients) error {
			_, err := c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
			return err
		},
		"DeleteBucketPolicy": func(c clients) error {
			_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucket)})
			return err
		},
	}
	for op, call := range calls {
		wantCode(t, op+" from another account", call(bobs), "MethodNotAllowed", 405, "not allowed against this resource")
	}
	deny := one(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + bucket + `","` + objects + `"]`)
	b.nonprod.User("admin")
	b.nonprod.UserPolicy("admin", "p", allowAll)
	for _, op := range []string{"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"} {
		if err := b.nonprod.SetPolicy(bucket, deny); err != nil {
			t.Fatal(err)
		}
		wantCode(t, op+" by an administrator who is locked out", calls[op](b.user(b.nonprod, "admin")), "AccessDenied", 403, "with an explicit deny in a resource-based policy")
		wantCode(t, op+" by root", calls[op](b.root(b.nonprod)), "", 0, "")
	}
	wantCode(t, "deleting nothing", calls["DeleteBucketPolicy"](b.root(b.nonprod)), "", 0, "")
}
