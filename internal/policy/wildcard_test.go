package policy

import (
	"regexp"
	"strings"
	"testing"
)

// Every pair of short patterns against every short text.
func TestWildcardsAgainstAllTexts(t *testing.T) {
	patterns, texts := allWords("a*?", 3), allWords("ab", 5)
	matches := map[string][]bool{}
	for _, p := range patterns {
		re := regexp.MustCompile(`^` + strings.NewReplacer("*", ".*", "?", ".").Replace(p) + `$`)
		for _, text := range texts {
			matches[p] = append(matches[p], re.MatchString(text))
		}
	}
	for _, p := range patterns {
		for _, q := range patterns {
			some, every := false, true
			for i := range texts {
				some = some || matches[p][i] && matches[q][i]
				every = every && (matches[p][i] || !matches[q][i])
			}
			if got := Overlap(p, q); got != some {
				t.Errorf("Overlap(%q, %q) is %v", p, q, got)
			}
			// covers may answer false too often, but true must be right.
			if covers(p, q) && !every {
				t.Errorf("covers(%q, %q), but it does not", p, q)
			}
			if p == q && !covers(p, q) || p == "*" && !covers(p, q) {
				t.Errorf("covers(%q, %q) is false", p, q)
			}
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"a", "a", true},
		{"a", "b", false},
		{"*", "", true},
		{"a*", "*b", true},
		{"a*c", "*b*", true},
		{"a*", "b*", false},
		{"*x", "*y", false},
		{"ab*", "a", false},
		{"*:role/*", "arn:aws:iam::111111111111:user/*", true}, // a user's path could contain it
		{"arn:aws:iam::1*:user/*", "arn:aws:iam::111111111111:user/*", true},
		{"arn:aws:iam::2*:user/*", "arn:aws:iam::111111111111:user/*", false},
	} {
		if got := Overlap(tt.a, tt.b); got != tt.want || Overlap(tt.b, tt.a) != tt.want {
			t.Errorf("Overlap(%q, %q) = %t", tt.a, tt.b, got)
		}
	}
}

// allWords returns all texts over the letters, up to a length of most.
func allWords(letters string, most int) []string {
	all := []string{""}
	for from := 0; most > 0; most-- {
		to := len(all)
		for _, word := range all[from:to] {
			for _, letter := range letters {
				all = append(all, word+string(letter))
			}
		}
		from = to
	}
	return all
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		p, q string
		want bool
	}{
		{"s3:Get*", "s3:GetObject", true},
		{"s3:Get*", "s3:GetObject*", true},
		{"s3:*Object", "s3:GetObject", true},
		{"s3:*a*b", "s3:xaxbxb", true},
		{"s3:Ge?Object", "s3:GetObject", true},
		{"s3:GetObject", "s3:Get*", false},
		{"s3:?", "s3:*", false},
		{"s3:GetObject", "s3:GetObjectAcl", false},
		{"s3:GetObjectAcl", "s3:GetObject", false},
	} {
		if got := covers(c.p, c.q); got != c.want {
			t.Errorf("covers(%q, %q) is %v", c.p, c.q, got)
		}
	}
}

func TestLoosen(t *testing.T) {
	for pattern, want := range map[string]string{
		"a":                      "a",
		"a/${aws:username}/b":    "a/*/b",
		"${a}${b}":               "**",
		"a/${never":              "a/*",
		"a$b{c}":                 "a$b{c}",
		"x/${aws:username, 'y'}": "x/*",
	} {
		if got := loosen(pattern); got != want {
			t.Errorf("loosen(%q) is %q", pattern, got)
		}
	}
}

// Reports whether both lists may be in one statement with both resources.
func TestCross(t *testing.T) {
	for _, c := range []struct {
		object, bucket string
		want           bool
	}{
		{"s3:GetObject s3:PutObject", "s3:ListBucket", false},
		{"s3:GetObject*", "s3:ListBucket*", false},
		{"s3:Get*", "s3:ListBucket", true}, // s3:GetBucketPolicy
		{"s3:GetObject", "s3:*", true},
		{"s3:List*", "s3:List*", false}, // the same on both allows the same
		{"s3:*", "S3:*", false},
		{"s3:NewAction", "s3:ListBucket", true}, // it may apply to anything
		{"s3:GetObject", "s3:NewAction", true},
	} {
		if got := cross(strings.Fields(c.object), strings.Fields(c.bucket)); got != c.want {
			t.Errorf("%s and %s: %v", c.object, c.bucket, got)
		}
	}
}
