package mutants

import (
	"slices"
	"strings"
	"testing"
)

const brief = 1000

var seeds = []string{"rules: [{ bucket: my-bucket, account: \"x\" }]", "a\xffb é\n", ""}

func TestTheSameInEveryRun(t *testing.T) {
	one, other := Of(brief, seeds...), Of(brief, seeds...)
	if !slices.Equal(one, other) {
		t.Error("two runs differ")
	}
	if len(one) != len(seeds)+brief || !slices.Equal(one[:len(seeds)], seeds) {
		t.Errorf("%d texts, beginning with %q", len(one), one[:len(seeds)])
	}
}

func TestTheTextsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range made(brief, seeds) {
		seen[text] = true
	}
	if len(seen) < brief/2 {
		t.Errorf("only %d of %d texts differ", len(seen), brief)
	}
}

func TestPiecesAreTheWholeText(t *testing.T) {
	for _, text := range append(seeds, made(brief, seeds)...) {
		if got := strings.Join(split(text), ""); got != text {
			t.Errorf("%q is split into pieces of %q", text, got)
		}
	}
	if got := split(" my-bucket é"); !slices.Equal(got, []string{" ", "my", "-", "bucket", " ", "é"}) {
		t.Errorf("%q", got)
	}
}
