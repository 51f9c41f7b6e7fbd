package awssim_test

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/sim/awssim"
)

// one returns a policy with one statement, given by its members.
func one(members string) string {
	return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
}

// The table of reference cases, with the results from the documentation and
// from iam-simulate. Cases on service control policies are missing, because
// these are not modelled; boundaries are in TestPermissionsBoundaryLimits.
func TestDecisions(t *testing.T) {
	const (
		get      = `"Effect":"Allow","Action":"s3:GetObject","Resource":"` + objects + `"`
		toBob    = `"Principal":{"AWS":"` + bob + `"},`
		toRoot   = `"Principal":{"AWS":"arn:aws:iam::` + grantee + `:root"},`
		list     = `"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + bucket + `"`
		toNative = `"Principal":{"AWS":"arn:aws:iam::` + owner + `:user/native"},`
		native   = "arn:aws:iam::" + owner + ":user/native"
		a        = "builds/a.txt"
	)
	when := func(op, at string) string { return `,"Condition":{"` + op + `":{"aws:CurrentTime":"` + at + `"}}` }
	str := func(op, key, value string) string {
		return `,"Condition":{"` + op + `":{"` + key + `":"` + value + `"}}`
	}
	for _, test := range []struct {
		what                     string
		who                      string
		bucketPolicy, userPolicy string // one statement each; "" for none
		action, key              string
		open                     bool
		why                      string // part of the reason
	}{
		{"01 both halves", bob, toBob + get, get, "s3:GetObject", a, true, "Allowed by both halves"},
		{"02 the owner half alone", bob, toBob + get, "", "s3:GetObject", a, false, "The grantee half is missing"},
		{"03 the grantee half alone", bob, "", get, "s3:GetObject", a, false, "The owner half is missing: the bucket " + bucket + " has no policy"},
		{"04 one account, the bucket's policy alone", native, toNative + get, "", "s3:GetObject", a, true, "Allowed within account " + owner},
		{"05 one account, the user's policy alone", native, "", get, "s3:GetObject", a, true, "Allowed within account " + owner},
		{"06 expired", bob, toBob + get + when("DateLessThan", "2026-11-23T11:59:59Z"), get, "s3:GetObject", a, false, "The owner half is missing"},
		{"07 at the very end", bob, toBob + get + when("DateLessThan", "2026-11-23T12:00:00Z"), get, "s3:GetObject", a, false, ""},
		{"07 a second before it", bob, toBob + get + when("DateLessThan", "2026-11-23T12:00:01Z"), get, "s3:GetObject", a, true, ""},
		{"07 or equal, at the very end", bob, toBob + get + when("DateLessThanEquals", "2026-11-23T12:00:00Z"), get, "s3:GetObject", a, true, ""},
		{"08 the user's policy expired", bob, toBob + get, get + when("DateLessThan", "2026-11-23T11:00:00Z"), "s3:GetObject", a, false, "The grantee half is missing"},
		{"09 a deny of the bucket's", bob, toBob + strings.Replace(get, "Allow", "Deny", 1), get, "s3:GetObject", a, false, "Denied: statement 1 of the policy of bucket"},
		{"10 a deny of the user's", bob, toBob + get, strings.Replace(get, "Allow", "Deny", 1), "s3:GetObject", a, false, "Denied: statement 1 of the policy p of user bob"},
		{"11 a wildcard in the action", bob, toBob + strings.Replace(get, "s3:GetObject", "s3:Get*", 1), get, "s3:GetObject", a, true, ""},
		{"12 listing the prefix", bob, toBob + list + str("StringLike", "s3:prefix", "builds/*"), list, "s3:ListBucket", "builds/", true, ""},
		{"13 listing another", bob, toBob + list + str("StringLike", "s3:prefix", "builds/*"), list, "s3:ListBucket", "builds2/", false, ""},
		{"14 listing without one", bob, toBob + list + str("StringLike", "s3:prefix", "builds/*"), list, "s3:ListBucket", "", false, ""},
		{"15 one's own folder", bob, toBob + `"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/${aws:username}/*"`, get, "s3:GetObject", "bob/x", true, ""},
		{"16 another's folder", bob, toBob + `"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/${aws:username}/*"`, get, "s3:GetObject", "ada/x", false, ""},
		{"17 the account named, with a policy", bob, toRoot + get, get, "s3:GetObject", a, true, "leaves it to the account " + grantee},
		{"18 the account named, without one", bob, toRoot + get, "", "s3:GetObject", a, false, "The grantee half is missing"},
		{"19 its bare number, with a policy", bob, `"Principal":{"AWS":"` + grantee + `"},` + get, get, "s3:GetObject", a, true, ""},
		{"20 another user", "arn:aws:iam::" + grantee + ":user/eve", toBob + get, get, "s3:GetObject", a, false, "The owner half is missing"},
		{"22 one account, itself named, no policy", native, `"Principal":{"AWS":"` + owner + `"},` + get, "", "s3:GetObject", a, false, "Neither half allows it"},
		{"23 an action on objects, of the bucket", bob, toBob + list, `"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::` + bucket + `"`, "s3:GetObject", a, false, ""},
		{"24 everything but", bob, toBob + get, `"Effect":"Deny","NotAction":"s3:PutObject","NotResource":"arn:aws:s3:::` + bucket + `/secret/*"`, "s3:GetObject", a, false, "Denied:"},
		{"25 an action in another case", bob, toBob + strings.Replace(get, "s3:GetObject", "S3:getobject", 1), get, "s3:GetObject", a, true, ""},
		{"25 a key in another case", bob, toBob + strings.Replace(get, "/*", "/Builds/*", 1), get, "s3:GetObject", a, false, ""},
		{"28 seconds since 1970", bob, toBob + get + when("DateLessThan", "1795435201"), get, "s3:GetObject", a, true, ""},
		{"29 another zone", bob, toBob + get + when("DateLessThan", "2026-11-23T14:00:01+02:00"), get, "s3:GetObject", a, true, ""},
		{"30 the organisation", bob, `"Principal":"*",` + get + str("StringEquals", "aws:PrincipalOrgID", "o-1"), get, "s3:GetObject", a, true, ""},
		{"31 wildcards in the key", bob, toBob + strings.Replace(get, "/*", "/b?ilds/*.txt", 1), get, "s3:GetObject", a, true, ""},
		{"a key with a star in it", bob, toBob + strings.Replace(get, "/*", "/a?b", 1), get, "s3:GetObject", "a*b", true, ""},
		{"root of another account, unnamed", "arn:aws:iam::" + grantee + ":root", toBob + get, "", "s3:GetObject", a, false, "The owner half is missing"},
		{"root of another account, named", "arn:aws:iam::" + grantee + ":root", toRoot + get, "", "s3:GetObject", a, true, ""},
		{"root of its own account", "arn:aws:iam::" + owner + ":root", "", "", "s3:GetObject", a, true, "it is the root user"},
		{"nobody", "build/nobody", toBob + get, get, "s3:GetObject", a, false, "There is no principal build/nobody."},
		{"by name", "build/bob", toBob + get, get, "s3:GetObject", a, true, ""},
	} {
		w := awssim.New(awssim.Config{Now: func() time.Time { return noon }, OrgID: "o-1"})
		nonprod, build := w.Account(owner, "nonprod"), w.Account(grantee, "build")
		nonprod.Bucket(bucket, awssim.BucketOptions{})
		build.User("bob")
		build.User("eve")
		nonprod.User("native")
		if test.userPolicy != "" {
			for _, name := range []string{"bob", "eve"} {
				build.UserPolicy(name, "p", one(test.userPolicy))
			}
			nonprod.UserPolicy("native", "p", one(test.userPolicy))
		}
		if test.bucketPolicy != "" {
			if err := nonprod.SetPolicy(bucket, one(test.bucketPolicy)); err != nil {
				t.Errorf("%s: %v", test.what, err)
				continue
			}
		}
		d := w.Can(test.who, test.action, bucket, test.key)
		if d.Allowed != test.open || !strings.Contains(d.Why, test.why) {
			t.Errorf("%s: %v %q, want %v %q", test.what, d.Allowed, d.Why, test.open, test.why)
		}
	}
}

// Case 21: a session has its role's policies and matches its role's name.
func TestDecisionsOfRoles(t *testing.T) {
	b := newBench(t, awssim.Config{})
	arn := b.build.Role("ops/deployer", trustBuild, allowGet)
	session := "arn:aws:sts::" + grantee + ":assumed-role/deployer/session"
	for principal, open := range map[string]bool{arn: true, session: true, "arn:aws:sts::" + grantee + ":assumed-role/deployer/other": false} {
		if err := b.nonprod.SetPolicy(bucket, strings.Replace(bobMayRead, bob, principal, 1)); err != nil {
			t.Errorf("%s: %v", principal, err)
		}
		for _, name := range []string{arn, "build/role/deployer"} {
			if d := b.Can(name, "s3:GetObject", bucket, "x"); d.Allowed != open {
				t.Errorf("%s: %v %s", principal, d.Allowed, d.Why)
			}
		}
	}
}

// A variable without a value voids its statement, even a deny. A session has no
// user name.
func TestVariableWithoutValue(t *testing.T) {
	b := newBench(t, awssim.Config{})
	arn := b.build.Role("deployer", trustBuild, allowGet)
	b.build.UserPolicy("bob", "p", allowGet)
	allow := `{"Effect":"Allow","Principal":{"AWS":["` + arn + `","` + bob + `"]},"Action":"s3:GetObject","Resource":"` + objects + `"}`
	deny := `{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","NotResource":"arn:aws:s3:::` + bucket + `/${aws:username}/*"}`
	if err := b.nonprod.SetPolicy(bucket, `{"Version":"2012-10-17","Statement":[`+allow+`,`+deny+`]}`); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		who, key string
		open     bool
	}{{bob, "bob/x", true}, {bob, "ada/x", false}, {arn, "ada/x", true}} {
		if d := b.Can(test.who, "s3:GetObject", bucket, test.key); d.Allowed != test.open {
			t.Errorf("%s on %s: %s", test.who, test.key, d.Why)
		}
	}
}

// Case 32: one public statement and RestrictPublicBuckets exclude all other
// accounts, even named ones.
func TestRestrictPublicBuckets(t *testing.T) {
	public := `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/public/*"}`
	policy := strings.Replace(bobMayRead, "]}", ","+public+"]}", 1)
	for _, restrict := range []bool{false, true} {
		b := newBench(t, awssim.Config{})
		b.nonprod.DeleteBucket(bucket)
		b.nonprod.Bucket(bucket, awssim.BucketOptions{PublicAccess: &awssim.PublicAccess{RestrictPublicBuckets: restrict}})
		b.build.UserPolicy("bob", "p", allowGet)
		b.nonprod.User("native")
		b.nonprod.UserPolicy("native", "p", allowGet)
		if err := b.nonprod.SetPolicy(bucket, policy); err != nil {
			t.Fatal(err)
		}
		if d := b.Can(bob, "s3:GetObject", bucket, "x"); d.Allowed == restrict || restrict && !strings.Contains(d.Why, "RestrictPublicBuckets") {
			t.Errorf("restricted %v: %s", restrict, d.Why)
		}
		if d := b.Can("nonprod/native", "s3:GetObject", bucket, "x"); !d.Allowed {
			t.Errorf("within the account: %s", d.Why)
		}
		if err := b.nonprod.SetPolicy(bucket, bobMayRead); err != nil {
			t.Fatal(err)
		}
		if d := b.Can(bob, "s3:GetObject", bucket, "x"); !d.Allowed {
			t.Errorf("without the public statement: %s", d.Why)
		}
	}
}
