package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

func TestDescribeSentences(t *testing.T) {
	one := ask("0TEST001")
	prefixed := one
	prefixed.Prefix = "builds"
	later := one
	later.Before = noon.Add(time.Hour)
	doc := func(statements ...string) string { return `{"Statement":[` + strings.Join(statements, ",") + `]}` }
	const a, b, c, none = `{"Sid":"a"}`, `{"Sid":"b"}`, `{"Sid":"c"}`, `{"Effect":"Deny"}`
	with := func(text string, asks ...policy.Access) policy.Document {
		var d policy.Document
		if text != "" {
			d = parse(t, text)
		}
		for _, ask := range asks {
			d = d.With(ask.Statements()...)
		}
		return d
	}
	for _, x := range []struct {
		before, after policy.Document
		want          string
	}{
		{with(""), with(""), "Changes nothing."},
		{with(doc(a)), with(doc(a)), "Changes nothing."},
		{with(doc(a, b)), with(doc(b, a)), "Changes the order of the statements only."},
		{with(""), with("", one), "Adds S3Share0TEST001; the bucket has no policy yet."},
		{with(""), with("", prefixed), "Adds S3Share0TEST001 and S3Share0TEST001List; the bucket has no policy yet."},
		{with("", one), with(""), "Removes S3Share0TEST001; nothing is left, so the policy is deleted."},
		{with(doc(a)), with(doc(a), one), "Adds S3Share0TEST001; keeps the other statement as it is."},
		{with(doc(a, b)), with(doc(a, b), one), "Adds S3Share0TEST001; keeps the 2 other statements as they are."},
		{with(doc(a), one), with(doc(a), later), "Changes S3Share0TEST001; keeps the other statement as it is."},
		{with("", one), with("", prefixed), "Adds S3Share0TEST001List; changes S3Share0TEST001."},
		{with(doc(a, none)), with(doc(b)), `Adds b; removes a and a statement without a Sid.`},
		{with(doc(a)), with(doc(a, a)), "Adds a; keeps the other statement as it is."},
		{with(doc(a, `{"Sid":"b","n":1}`, `{"Sid":"b","n":2}`)), with(doc(a, b)), "Adds b; removes b and b; keeps the other statement as it is."},
		{with(doc(a)), with(doc(a, b, c, `{"Sid":"d"}`, `{"Sid":"e"}`, `{"Sid":"f"}`, `{"Sid":"g"}`)), "Adds b, c, d, e and 2 more; keeps the other statement as it is."},
		{with(doc(a, a)), with(doc(a)), "Removes a; keeps the other statement as it is."},
		{with(doc(`{"Sid":"a\nb; keeps nothing"}`)), with(doc(c)), `Adds c; removes "a\nb; keeps nothing".`},
		{with(doc(a)), with(`{"Version":"2012-10-17","Statement":[{"Sid":"a"}]}`), "Changes the Version from 2008-10-17 to 2012-10-17; keeps the other statement as it is."},
	} {
		if got, _ := policy.Describe(x.before, x.after); got != x.want {
			t.Errorf("%s\n%s\n got %s\nwant %s", x.before.Bytes(), x.after.Bytes(), got, x.want)
		}
	}
}

func TestDescribeDiffs(t *testing.T) {
	read := ask("0TEST001")
	read.Prefix = "builds"
	later := read
	later.Before = noon.Add(time.Hour)
	base := parse(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Terraform","Effect":"Deny","Principal":"*","Action":"s3:*"}]}`)
	const added = `@@ S3Share0TEST001 @@
+ {
+   "Sid": "S3Share0TEST001",
+   "Effect": "Allow",
+   "Principal": {
+     "AWS": "arn:aws:iam::111111111111:user/test.user"
+   },
+   "Action": "s3:GetObject",
+   "Resource": "arn:aws:s3:::b/builds/*",
+   "Condition": {
+     "DateLessThan": {
+       "aws:CurrentTime": "2026-11-23T12:00:00Z"
+     }
+   }
+ }
@@ S3Share0TEST001List @@
+ {
+   "Sid": "S3Share0TEST001List",
+   "Effect": "Allow",
+   "Principal": {
+     "AWS": "arn:aws:iam::111111111111:user/test.user"
+   },
+   "Action": "s3:ListBucket",
+   "Resource": "arn:aws:s3:::b",
+   "Condition": {
+     "DateLessThan": {
+       "aws:CurrentTime": "2026-11-23T12:00:00Z"
+     },
+     "StringLike": {
+       "s3:prefix": "builds/*"
+     }
+   }
+ }
`
	const extended = `@@ S3Share0TEST001 @@
  {
    "Sid": "S3Share0TEST001",
    "Effect": "Allow",
    "Principal": {
      "AWS": "arn:aws:iam::111111111111:user/test.user"
    },
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/builds/*",
    "Condition": {
      "DateLessThan": {
-       "aws:CurrentTime": "2026-11-23T12:00:00Z"
+       "aws:CurrentTime": "2026-11-23T13:00:00Z"
      }
    }
  }
`
	both := read.Statements()
	removed := strings.NewReplacer("\n+ ", "\n- ").Replace(added)
	for _, c := range []struct {
		name          string
		before, after policy.Document
		want          string
	}{
		{"added", base, base.With(both...), added},
		{"removed", base.With(both...), base, removed},
		{"extended", base.With(both[0]), base.With(later.Statements()[0]), extended},
		{"nothing", base.With(both...), base.With(both...), ""},
		{"foreign statements stay as written", parse(t, `{"Statement":[{"Sid":"x","n":10.50,"e":"\u0061/\/<&>"}]}`), policy.Document{},
			"@@ x @@\n- {\n-   \"Sid\": \"x\",\n-   \"n\": 10.50,\n-   \"e\": \"\\u0061/\\/<&>\"\n- }\n"},
	} {
		if _, got := policy.Describe(c.before, c.after); got != c.want {
			t.Errorf("%s (-want +got):\n%s", c.name, cmp.Diff(c.want, got))
		}
	}
}

// A diff of thousands of short lines must stay fast and small.
func TestDescribeManyLines(t *testing.T) {
	many := func(word string) policy.Document {
		return parse(t, `{"Statement":[{"Sid":"x","Action":[`+strings.Repeat(`"`+word+`",`, 4000)+`"z"]}]}`)
	}
	sentence, diff := policy.Describe(many("a"), many("b"))
	const inCommon, apart = 3 + 3, 4000 // the lines around the list's first 4000, and those
	if sentence != "Changes x." || strings.Count(diff, "\n") != 1+inCommon+2*apart {
		t.Errorf("%s, a diff of %d lines", sentence, strings.Count(diff, "\n"))
	}
}
