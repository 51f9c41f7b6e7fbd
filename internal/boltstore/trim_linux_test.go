package boltstore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Reading the whole chain leaves little of the file in the process's memory, and does not change
// the store.
func TestVerifyLeavesNoMemoryBehind(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s3share.db"))
	long := strings.Repeat("a policy before a write ", 5000)
	c := store.Tx{At: noon}
	for i := range 250 { // 30 MB
		c.Entries = append(c.Entries, grant.Entry{At: noon, Kind: "write", Why: fmt.Sprint(i, long)})
	}
	must(t, s.Commit(ctx, c))
	for range 2 {
		head, err := s.Verify(ctx)
		if err != nil || head.Seq != 250 {
			t.Fatalf("%d entries, %v", head.Seq, err)
		}
		if kb := mapped(t, "s3share.db"); kb > 4000 {
			t.Errorf("%d KB of the file count as ours", kb)
		}
	}
	links, err := s.Links(ctx, 249, 1)
	if err != nil || len(links) != 1 || !strings.Contains(string(links[0].Body), long) {
		t.Errorf("%d entries, %v", len(links), err)
	}
}

// mapped returns how many KB of a file are in this process's memory.
func mapped(t *testing.T, name string) (kb int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	inside, found := false, false
	for _, line := range strings.Split(string(text), "\n") {
		if head, _, _ := strings.Cut(line, " "); strings.Contains(head, "-") {
			inside = strings.HasSuffix(line, "/"+name)
			found = found || inside
		}
		var n int
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &n); inside && err == nil {
			kb += n
		}
	}
	if !found {
		t.Fatal("the file is not mapped")
	}
	return kb
}
