package policy_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"s3share/internal/mutants"
	"s3share/internal/policy"
)

// hostile are prefixes that would allow more than their letters, or that a
// policy cannot hold. None gets a statement.
var hostile = []struct{ prefix, want string }{
	{"*", `the prefix "*" has a wildcard or a variable`},
	{"builds*", `the prefix "builds*" has a wildcard or a variable`},
	{"a/?/b", `the prefix "a/?/b" has a wildcard or a variable`},
	{"${aws:username}", `the prefix "${aws:username}" has a wildcard or a variable`},
	{"${*}", `the prefix "${*}" has a wildcard or a variable`},
	{"${$}", `the prefix "${$}" has a wildcard or a variable`},
	{"a${", `the prefix "a${" has a wildcard or a variable`},
	{"/", `the prefix "/" begins with a slash`},
	{"//", `the prefix "//" begins with a slash`},
	{"/builds", `the prefix "/builds" begins with a slash`},
	{"a\nb", `the prefix "a\nb" has a character that a policy cannot hold`},
	{"a\x00", `the prefix "a\x00" has a character that a policy cannot hold`},
	{"a\x7f", `the prefix "a\x7f" has a character that a policy cannot hold`},
	{"a\u0085", `the prefix "a\u0085" has a character that a policy cannot hold`},
	{"a\u0100", `the prefix "aĀ" has a character that a policy cannot hold`},
	{"a\u202eb", `the prefix "a\u202eb" has a character that a policy cannot hold`},
	{"日本", `the prefix "日本" has a character that a policy cannot hold`},
	{"a\xff", `the prefix "a\xff" has a character that a policy cannot hold`},
}

func TestHostilePrefixesGetNoStatement(t *testing.T) {
	for _, c := range hostile {
		a := ask("ABCDEFGH")
		a.Prefix = c.prefix
		if err := a.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%q\n got %v\nwant %s", c.prefix, err, c.want)
		}
		if all := a.Statements(); all != nil {
			t.Errorf("%q: %v", c.prefix, all)
		}
		if half := policy.ExternalHalf(a, "222222222222"); half != nil {
			t.Errorf("%q: the other half is %s", c.prefix, half)
		}
	}
}

func TestInvalidAsksGetNoStatement(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*policy.Access)
		want   string
	}{
		{"no id", func(a *policy.Access) { a.ID = "" }, `"" is not the id of a grant`},
		{"id too short", func(a *policy.Access) { a.ID = "ABCDEFG" }, `"ABCDEFG" is not the id of a grant`},
		{"id in lower case", func(a *policy.Access) { a.ID = "abcdefgh" }, `"abcdefgh" is not the id of a grant`},
		{"id with a quote", func(a *policy.Access) { a.ID = `ABCDEFG"` }, `"ABCDEFG\"" is not the id of a grant`},
		{"everybody", func(a *policy.Access) { a.Principal = "*" }, `"*" is not the ARN of a user or role`},
		{"nobody", func(a *policy.Access) { a.Principal = "" }, `"" is not the ARN of a user or role`},
		{"an account's id", func(a *policy.Access) { a.Principal = "111111111111" }, `"111111111111" is not the ARN of a user or role`},
		{"an account", func(a *policy.Access) { a.Principal = "arn:aws:iam::111111111111:root" }, `"arn:aws:iam::111111111111:root" is not the ARN of a user or role`},
		{"a group", func(a *policy.Access) { a.Principal = "arn:aws:iam::111111111111:group/g" }, `"arn:aws:iam::111111111111:group/g" is not the ARN of a user or role`},
		{"a session", func(a *policy.Access) { a.Principal = "arn:aws:sts::111111111111:assumed-role/r/s" }, `"arn:aws:sts::111111111111:assumed-role/r/s" is not the ARN of a user or role`},
		{"another service's", func(a *policy.Access) { a.Principal = "arn:aws:sts::111111111111:user/a" }, `"arn:aws:sts::111111111111:user/a" is not the ARN of a user or role`},
		{"no account's", func(a *policy.Access) { a.Principal = "arn:aws:iam:::user/a" }, `"arn:aws:iam:::user/a" is not the ARN of a user or role`},
		{"a wildcard", func(a *policy.Access) { a.Principal = "arn:aws:iam::111111111111:user/*" }, `"arn:aws:iam::111111111111:user/*" is not the ARN of a user or role`},
		{"any account's", func(a *policy.Access) { a.Principal = "arn:aws:iam::*:user/a" }, `"arn:aws:iam::*:user/a" is not the ARN of a user or role`},
		{"a variable", func(a *policy.Access) { a.Principal = "arn:aws:iam::111111111111:user/${aws:username}" }, `"arn:aws:iam::111111111111:user/${aws:username}" is not the ARN of a user or role`},
		{"no bucket", func(a *policy.Access) { a.Bucket = "" }, `"" is not the name of a bucket`},
		{"any bucket", func(a *policy.Access) { a.Bucket = "b*" }, `"b*" is not the name of a bucket`},
		{"bucket and key", func(a *policy.Access) { a.Bucket = "b/secrets" }, `"b/secrets" is not the name of a bucket`},
		{"bucket with a quote", func(a *policy.Access) { a.Bucket = `b","*` }, `"b\",\"*" is not the name of a bucket`},
	} {
		a := ask("ABCDEFGH")
		c.change(&a)
		if err := a.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.name, err, c.want)
		}
		if all := a.Statements(); all != nil {
			t.Errorf("%s: %v", c.name, all)
		}
	}
}

// widens checks one ask on one key: its statements allow exactly the ask.
func widens(t tester, a policy.Access, key string) {
	t.Helper()
	all := a.Statements()
	if a.Check() != nil {
		if all != nil {
			t.Fatalf("%+v gets %v although %v", a, all, a.Check())
		}
		return
	}
	text := policy.Document{}.With(all...).Bytes()
	inside := strings.HasPrefix(key, strings.TrimSuffix(a.Prefix, "/")+"/")
	bucket := "arn:aws:s3:::" + a.Bucket
	in, out := a.Before.Truncate(time.Second).Add(-time.Second), a.Before
	for _, c := range []struct {
		what string
		r    accessRequest
		want bool
	}{
		{"its own key", accessRequest{a.Principal, "s3:GetObject", bucket + "/" + key, "", in}, a.Prefix == "" || inside},
		{"a listing of the key", accessRequest{a.Principal, "s3:ListBucket", bucket, key, in}, a.Prefix == "" || inside},
		{"a listing of everything", accessRequest{a.Principal, "s3:ListBucket", bucket, "", in}, a.Prefix == ""},
		{"at the end", accessRequest{a.Principal, "s3:GetObject", bucket + "/" + key, "", out}, false},
		{"listing at the end", accessRequest{a.Principal, "s3:ListBucket", bucket, key, out}, false},
		{"another principal", accessRequest{a.Principal + "x", "s3:GetObject", bucket + "/" + key, "", in}, false},
		{"another bucket", accessRequest{a.Principal, "s3:GetObject", bucket + "x/" + key, "", in}, false},
		{"another action", accessRequest{a.Principal, "s3:PutObject", bucket + "/" + key, "", in}, false},
		{"the bucket as an object", accessRequest{a.Principal, "s3:GetObject", bucket, "", in}, a.Prefix == ""}, // S3 has no such thing
		{"an action on the bucket", accessRequest{a.Principal, "s3:GetBucketPolicy", bucket, key, in}, false},
	} {
		if got := allows(t, text, c.r); got != c.want {
			t.Errorf("%s: %v, want %v\nask    %+v\nkey    %q\npolicy %s", c.what, got, c.want, a, key, text)
		}
	}
}

// drawKey draws a key near the prefix: inside it, beside it, or with a common
// beginning.
func drawKey(t *rapid.T, prefix string) string {
	p := strings.TrimSuffix(prefix, "/")
	tail := rapid.StringOf(rapid.SampledFrom([]rune(`ab/.*?${}"\é`))).Draw(t, "tail")
	return rapid.SampledFrom([]string{p + "/" + tail, p + tail, tail, p, p + "/", strings.ToUpper(p) + "/" + tail,
		strings.TrimPrefix(p, "a") + tail, p + "/../" + tail}).Draw(t, "key")
}

func TestStatementsAllowExactlyTheAsk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := ask("ABCDEFGH")
		a.Prefix = rapid.StringOf(rapid.SampledFrom([]rune("ab/.$*?{}\"\\<& é\x00Ā"))).Draw(t, "prefix")
		a.Bucket = rapid.SampledFrom([]string{"b", "my-shared-bucket-20932", "B_1.x"}).Draw(t, "bucket")
		a.Principal = "arn:aws:iam::111111111111:" + rapid.SampledFrom([]string{"user/", "role/a/b/"}).Draw(t, "kind") +
			rapid.StringOf(rapid.SampledFrom([]rune("ab+=,.@-_"))).Draw(t, "name") + "z"
		a.Before = drawInstant(t, "before")
		widens(t, a, drawKey(t, a.Prefix))
	})
}

// FuzzAccess fills an access with arbitrary text. The resulting statements are
// complete, have an end, and allow exactly the access.
func FuzzAccess(f *testing.F) {
	for _, c := range hostile {
		f.Add("ABCDEFGH", user, "b", c.prefix, "builds/a.txt", int64(1795435200))
	}
	prefixes, keys := []string{}, []string{}
	for _, c := range hostile {
		prefixes, keys = append(prefixes, c.prefix), append(keys, c.prefix+"/a.txt")
	}
	for i, key := range mutants.Of(1000, keys...) {
		f.Add("ABCDEFGH", user, "b", prefixes[i%len(prefixes)], key, int64(1795435200))
	}
	for i, prefix := range mutants.Of(1000, prefixes...) {
		f.Add("ABCDEFGH", user, "b", prefix, keys[i%len(keys)], int64(i)*1e7)
	}
	f.Add("ABCDEFGH", user, "b", "builds", "builds2/a", int64(-62135596800))
	f.Add("ABCDEFGH", "arn:aws:iam::111111111111:role/x/y", "b.c", `a"b\$`, `a"b\$/x`, int64(1))
	f.Fuzz(func(t *testing.T, id, principal, bucket, prefix, key string, before int64) {
		a := policy.Access{ID: id, Principal: principal, Bucket: bucket, Prefix: prefix, Before: time.Unix(before, 0),
			Object: []string{"s3:GetObject"}, BucketActions: []string{"s3:ListBucket"}}
		if year := a.Before.UTC().Year(); a.Before.IsZero() || year < 1 || year > 9999 {
			return // With panics: see TestWithoutAnEndNothingIsWritten
		}
		if a.Check() == nil && (!strings.HasPrefix(principal, "arn:aws:") || strings.ContainsFunc(key, func(r rune) bool { return r == unicode.ReplacementChar })) {
			return // the evaluator knows one partition, and keys are UTF-8
		}
		widens(t, a, key)
	})
}
