package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/cmd/sandbox/script"
	"s3share/cmd/sandbox/world"
)

// life makes every call that the bot makes from a command to the last notice.
const life = `
rita /s3share request my-shared-bucket-20932/builds read build/test.user 2h first
shows #s3-admins 'read access:'
ada press Approve
shows rita 'test.user can read'
rita /s3share request my-shared-bucket-20932/other full build/role/deployer 2h second
shows #s3-admins 'full access:'
ada press Approve
shows rita 'deployer can'
rita /s3share request my-shared-bucket-20932/third read build/test.user 2h third
shows #s3-admins 'third/'
ada deny no need
shows rita 'no need'
clock +2h
shows rita 'Access ended: test.user'
shows rita 'Access ended: deployer'
! holds build
! attached deployer
`

// TestStepListsAreComplete compares the lists in the scripts with the bot's real calls.
// The scripts kill the bot around each listed call, and lose each reply once.
func TestStepListsAreComplete(t *testing.T) {
	t.Parallel()
	w := open(t, world.Options{})
	w.mustPlay(t, life)
	var called []string
	for _, c := range w.AWS.Calls() {
		called = append(called, c.Op)
	}
	for _, c := range w.Slack.Calls() {
		called = append(called, c.Method)
	}
	slices.Sort(called)
	called = slices.Compact(called)
	if len(called) < 20 {
		t.Fatalf("only %d different calls: %v", len(called), called)
	}
	killed, lost := listed(t, "killed_*"), listed(t, "lost_reply*")
	for _, op := range called {
		if !slices.Contains(killed, "before "+op) || !slices.Contains(killed, "after "+op) {
			t.Errorf("no script kills the bot before and after %s", op)
		}
		if !slices.Contains(lost, op) {
			t.Errorf("no script loses the reply of %s", op)
		}
	}
}

// listed returns the values of the `each` lines of some scripts.
func listed(t *testing.T, glob string) (all []string) {
	paths, err := filepath.Glob("testdata/script/" + glob + ".txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts %s: %v", glob, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		names, _ := script.Variants(string(text))
		all = append(all, names...)
	}
	if strings.Join(all, "") == "" {
		t.Fatalf("nothing is listed in %s", glob)
	}
	return all
}

var named = regexp.MustCompile("`script/([a-z_]+)`|`(Test[A-Za-z]+)` in `([a-z/]+)`")

// TestTrapsAreTested checks that the tests named in docs/traps.md exist.
func TestTrapsAreTested(t *testing.T) {
	text, err := os.ReadFile("../../docs/traps.md")
	if err != nil {
		t.Fatal(err)
	}
	traps := 0
	for line := range strings.Lines(string(text)) {
		if len(line) < 4 || line[:2] != "| " || line[2] < '1' || line[2] > '9' {
			continue
		}
		traps++
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			t.Errorf("no test for: %s", line)
		}
		for _, m := range tests {
			if m[1] != "" {
				if _, err := os.Stat("testdata/script/" + m[1] + ".txt"); err != nil {
					t.Error(err)
				}
			} else if !hasTest(t, "../../"+m[3], m[2]) {
				t.Errorf("there is no %s in %s", m[2], m[3])
			}
		}
	}
	if traps != 18 {
		t.Errorf("%d traps, want 18", traps)
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	files, err := filepath.Glob(dir + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), "func "+name+"(t ")
	})
}
