package config

import (
	"os"
	"strings"
	"testing"

	"s3share/internal/mutants"
)

// FuzzLoad loads arbitrary bytes. There is always a config or an error, and
// every error has a position.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("../../docs/s3share.full.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range mutants.Of(3000, string(example), "", "a: [", "a: &a [*a]", "<<: 1", "? [a]\n: b", "- - - x", "!!str 1: 2", "b: *", "x: |\n y\n",
		"rules: [{bucket: &b a, account: *b}]", "---\n---\n", "{a, b: , ? c}", "levels: {get: }", "store:", "listen:", "rules: [a, b]\npeople: [1, 2]") {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &problems{}
		in := &source{name: "s3share.yml", short: "s3share.yml"}
		if root, ok := parse(in, data, p); ok {
			main, included := decodeMain(root, p), file{}
			included.decodeIncluded(root, in, &problems{})
			c := build(main, p)
			if p.err() == nil && (c.digest() == "" || len(c.Rules.Levels) < 3) {
				t.Fatal("a config without problems is not complete")
			}
		}
		if err := p.err(); err != nil {
			for l := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(l, "s3share.yml:") {
					t.Fatalf("an error that names no file: %q", l)
				}
			}
		}
	})
}
