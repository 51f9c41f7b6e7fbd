package slacksim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/internal/sim/slacksim"
)

// docs/slacksim.md names only tests that exist, and all modelled methods.
func TestDocsMatchCode(t *testing.T) {
	raw, err := os.ReadFile(filepath.FromSlash("../../../docs/slacksim.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	var source strings.Builder
	files, _ := filepath.Glob("*_test.go")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	names := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(page, -1)
	for _, m := range names {
		if !strings.Contains(source.String(), "func "+m[1]+"(t *testing.T)") {
			t.Errorf("the page names %s, which is no test", m[1])
		}
	}
	if len(names) < 60 {
		t.Errorf("the page names only %d tests", len(names))
	}
	_, methods, _ := strings.Cut(page, "\nMethods: ")
	methods, _, _ = strings.Cut(methods, ". Any other")
	listed := regexp.MustCompile("`([a-z]+\\.[A-Za-z.]+)`").FindAllStringSubmatch(methods, -1)
	var got []string
	for _, m := range listed {
		got = append(got, m[1])
	}
	if !slices.Equal(got, slacksim.Methods()) {
		t.Errorf("the page lists the methods %v, there are %v", got, slacksim.Methods())
	}
}
