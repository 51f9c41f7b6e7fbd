package grant

import (
	"regexp"
	"strings"
	"testing"
)

// Every short pattern against every short text. ? is an ordinary character.
func TestGlobAgainstAllTexts(t *testing.T) {
	texts := allWords("ab?/", 4)
	for _, pattern := range allWords("ab*?", 4) {
		re := regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
		for _, text := range texts {
			if got := glob(pattern, text); got != re.MatchString(text) {
				t.Errorf("glob(%q, %q) is %t", pattern, text, got)
			}
		}
	}
}

// allWords returns all texts over the letters, up to a length of most.
func allWords(letters string, most int) []string {
	all, longest := []string{""}, []string{""}
	for range most {
		var longer []string
		for _, s := range longest {
			for _, c := range letters {
				longer = append(longer, s+string(c))
			}
		}
		all, longest = append(all, longer...), longer
	}
	return all
}

func TestMatchAny(t *testing.T) {
	for _, tt := range []struct {
		globs, s string
		want     bool
	}{
		{"", "anything", true},
		{"builds/*", "builds/a/b", true},
		{"builds/*", "builds", true},
		{"builds/*", "buildsx", false},
		{"/*", "", false},
		{"a b*", "bc", true},
		{"a b*", "c", false},
	} {
		if got := matchAny(strings.Fields(tt.globs), tt.s); got != tt.want {
			t.Errorf("%q against %q: %t", tt.globs, tt.s, got)
		}
	}
}

func TestMatchAction(t *testing.T) {
	for _, tt := range []struct {
		patterns, action string
		want             bool
	}{
		{"s3:ListBucket", "s3:ListBucket", true},
		{"s3:GetObject S3:LIST*", "s3:ListBucket", true},
		{"s3:ListB?cket", "s3:ListBucket", true},
		{"*", "s3:ListBucket", true},
		{"s3:ListBuckets", "s3:ListBucket", false},
		{"", "s3:ListBucket", false},
	} {
		if got := MatchAction(strings.Fields(tt.patterns), tt.action); got != tt.want {
			t.Errorf("%q against %s: %t", tt.patterns, tt.action, got)
		}
	}
}

func TestMatchBucket(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"data-*", "data-x", true},
		{"data-?", "data-x", true},
		{"data-[ab]", "data-b", true},
		{"data-[ab]", "data-c", false},
		{"data-[", "data-[", false},
	} {
		if got := matchBucket(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%s against %s: %t", tt.pattern, tt.name, got)
		}
	}
}
