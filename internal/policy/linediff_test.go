package policy_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"s3share/internal/policy"
)

func TestDiffLines(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a b c", "a b c", "  a|  b|  c"},
		{"a b c", "a x c", "  a|- b|+ x|  c"},
		{"a b c", "b c", "- a|  b|  c"},
		{"a b", "a b c", "  a|  b|+ c"},
		{"", "a b", "+ a|+ b"},
		{"a b", "", "- a|- b"},
		{"a b c", "c a b", "+ c|  a|  b|- c"},
		{"a a", "a", "  a|- a"},
		{"x a", "a y a", "- x|  a|+ y|+ a"},
	} {
		got := strings.Join(policy.DiffLines(strings.Fields(tt.before), strings.Fields(tt.after)), "|")
		if got != tt.want {
			t.Errorf("from %q to %q: got %q, want %q", tt.before, tt.after, got, tt.want)
		}
	}
}

// Both texts can be read from their diff.
func TestDiffLinesIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "- c"}), 0, 8)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		diff := policy.DiffLines(before, after)
		if got := side(diff, "- "); !slices.Equal(got, before) {
			t.Errorf("the old text is %q in %q", got, diff)
		}
		if got := side(diff, "+ "); !slices.Equal(got, after) {
			t.Errorf("the new text is %q in %q", got, diff)
		}
	})
}

// Texts of thousands of lines keep what is common at their ends.
func TestDiffLinesOfLongTexts(t *testing.T) {
	var lines []string
	for n := range 5000 {
		lines = append(lines, strconv.Itoa(n))
	}
	one, both := slices.Clone(lines), slices.Clone(lines)
	one[100] = "x"
	both[100], both[4900] = "x", "y"
	for _, tt := range []struct {
		name          string
		after         []string
		common, added int
	}{
		{"one difference", one, 4999, 1},
		{"differences far apart", both, 100 + 99, 4801},
	} {
		diff := policy.DiffLines(lines, tt.after)
		if len(diff) != tt.common+2*tt.added || !slices.Equal(side(diff, "- "), lines) || !slices.Equal(side(diff, "+ "), tt.after) {
			t.Errorf("%s: %d lines; want %d", tt.name, len(diff), tt.common+2*tt.added)
		}
	}
}

// side returns the text of a diff whose own lines have the mark.
func side(diff []string, mark string) (text []string) {
	for _, line := range diff {
		if strings.HasPrefix(line, "  ") || strings.HasPrefix(line, mark) {
			text = append(text, line[2:])
		}
	}
	return text
}
