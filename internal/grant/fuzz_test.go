package grant

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"s3share/internal/mutants"
)

// Parsed values format back to the same meaning and stay within their bounds.

func FuzzParseTerm(f *testing.F) {
	for _, s := range mutants.Of(1000, "45m", "8h", "3d", "1h30m", "1.5h", "0", "-1h", "", "9223372036854775808m", "1.15h", ".h", "1w2days") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		term, err := ParseTerm(s)
		if err != nil {
			refused(t, err)
			return
		}
		if term <= 0 || term > maxTerm || term.Duration() <= 0 {
			t.Fatalf("%q is %d minutes", s, term)
		}
		if again, err := ParseTerm(term.String()); err != nil || again != term {
			t.Fatalf("%q is %s, which is %s, %v", s, term, again, err)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, s := range mutants.Of(1000, "7K2M9QXA", "oOiIlL10", "", "7K2M9QXU", "ſſſſſſſſ", "ıııı", "\xff\xff\xff\xff\xff\xff\xff\xff") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			refused(t, err)
			return
		}
		if len(id) != 8 || strings.Trim(string(id), crockford) != "" {
			t.Fatalf("%q is %q", s, id)
		}
		if again, err := ParseID(strings.ToLower(string(id))); err != nil || again != id {
			t.Fatalf("%q is %q, which is %q, %v", s, id, again, err)
		}
	})
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range mutants.Of(1000,
		"my-bucket", "s3://my-bucket/builds/", "my-bucket//", "my-bucket/*", "my-bucket/${aws:username}", "my-bucket/a\u202eb",
		"arn:aws:s3:::b", "my-bucket/\xff", "my-bucket/\u00ad", "192.168.1.1/x", "my-bucket/a//b", "my-bucket/ /",
	) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		bucket, prefix, err := ParseTarget(s)
		if err != nil {
			refused(t, err)
			return
		}
		if !bucketName.MatchString(bucket) || len(bucket) > 63 {
			t.Fatalf("%q is the bucket %q", s, bucket)
		}
		if strings.HasPrefix(prefix, "/") || strings.HasSuffix(prefix, "/") || strings.ContainsAny(prefix, "*?") || strings.Contains(prefix, "${") ||
			!utf8.ValidString(prefix) || len(prefix) > 1000 {
			t.Fatalf("%q is the prefix %q", s, prefix)
		}
		for _, r := range prefix {
			if r > 0xFF || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q is the prefix %q with %U", s, prefix, r)
			}
		}
		b, p, err := ParseTarget("s3://" + bucket + "/" + prefix + "/")
		if prefix == "" {
			b, p, err = ParseTarget(bucket)
		}
		if err != nil || b != bucket || p != prefix {
			t.Fatalf("%q is %q and %q, which are %q and %q, %v", s, bucket, prefix, b, p, err)
		}
	})
}

func FuzzParsePrincipal(f *testing.F) {
	for _, s := range mutants.Of(1000,
		"build/test.user", "BUILD/Role/deployer", testUser, "*", "arn:aws:iam::111111111111:root", "arn:aws:sts::111111111111:assumed-role/a/b",
		"arn:aws-cn:iam::111111111111:user/x", "build/user//x", "build/group/x", "arn:aws:iam::111111111111:role/aws-reserved/x", "build/a/b/c", "build/\xff",
	) {
		f.Add(s)
	}
	accounts := theAccounts()
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePrincipal(s, accounts)
		if err != nil {
			refused(t, err)
			return
		}
		if strings.ContainsAny(p.ARN, "*?${} \n") || strings.Contains(p.ARN, "//") || strings.HasSuffix(p.ARN, ":root") ||
			p.Name == "" || !strings.HasSuffix(p.ARN, "/"+p.Name) || !strings.Contains(p.ARN, "::"+p.AccountID+":"+p.Kind+"/") {
			t.Fatalf("%q is %+v", s, p)
		}
		for _, r := range p.ARN {
			if r <= ' ' || r > '~' {
				t.Fatalf("%q is %q with %U", s, p.ARN, r)
			}
		}
		if again, err := ParsePrincipal(p.ARN, accounts); err != nil || again != p {
			t.Fatalf("%q is %+v, which is %+v, %v", s, p, again, err)
		}
	})
}

// refused fails unless the error is a refusal with a complete sentence.
func refused(t *testing.T, err error) {
	t.Helper()
	no, ok := err.(*Refusal)
	if !ok || !strings.HasSuffix(no.Sentence, ".") {
		t.Fatalf("not an answer: %v", err)
	}
}
