package reconcile

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// grantsThatFit returns how many such grants fit into an otherwise empty policy.
func grantsThatFit(level grant.Level, prefix string) int {
	var d policy.Document
	for n := 0; ; n++ {
		a := policy.Access{
			ID: fmt.Sprintf("%08d", n), Principal: "arn:aws:iam::111111111111:role/nightly-build-fixtures-eu-west1",
			Bucket: "my-shared-bucket-20932", Prefix: prefix,
			Object: level.Object, BucketActions: level.Bucket,
			Before: time.Date(2026, 11, 30, 21, 58, 0, 0, time.UTC),
		}
		d = d.With(a.Statements()...)
		if !d.Fits() {
			return n
		}
	}
}

// docs/limits.md has these figures.
func TestGrantsThatFit(t *testing.T) {
	levels := grant.BuiltinLevels()
	least, most := 1000, 0
	for _, level := range levels {
		for _, prefix := range []string{"", "builds/nightly/x86_64"} {
			n := grantsThatFit(level, prefix)
			least, most = min(least, n), max(most, n)
		}
	}
	text, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%d to %d grants", least, most),
		fmt.Sprintf("%d of `read` on a folder", grantsThatFit(levels["read"], "builds/nightly/x86_64")),
		fmt.Sprintf("%d of `full` on a folder", grantsThatFit(levels["full"], "builds/nightly/x86_64")),
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/limits.md does not say %q", want)
		}
	}
}
