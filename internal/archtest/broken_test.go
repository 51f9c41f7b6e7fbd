package archtest

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

// Each rule reports a violation, and accepts code that almost violates it.
func TestRulesReportViolations(t *testing.T) {
	const grant, policy, bolt = "internal/grant/x.go", "internal/policy/x.go", "internal/boltstore/x.go"
	const flight = "internal/preflight/x.go"
	imports := func(path string) string { return "package x\nimport _ \"" + path + "\"" }
	for _, c := range []struct {
		name string
		rule func([]source) []string
		path string
		text string
		want string // "" for no fault
	}{
		{"core", importFaults, grant, imports("s3share/internal/policy"), "internal/grant/x.go imports s3share/internal/policy: it may import of ours only nothing; take an argument or an interface instead"},
		{"core and modules", importFaults, policy, imports("golang.org/x/sync/errgroup"), "internal/policy/x.go imports golang.org/x/sync/errgroup: it keeps to the standard library: move the code that needs the module to an adapter"},
		{"core and rapid", importFaults, policy, imports("pgregory.net/rapid"), "internal/policy/x.go imports pgregory.net/rapid: it keeps to the standard library: move the code that needs the module to an adapter"},
		{"core's tests and rapid", importFaults, "internal/policy/x_test.go", imports("pgregory.net/rapid"), ""},
		{"core's tests and modules", importFaults, "internal/grant/x_test.go", imports("go.etcd.io/bbolt"), "internal/grant/x_test.go imports go.etcd.io/bbolt: it keeps to the standard library: move the code that needs the module to an adapter"},
		{"core's tests and ours", importFaults, "internal/grant/x_test.go", imports("s3share/internal/config"), "internal/grant/x_test.go imports s3share/internal/config: its tests need nothing of ours: write the values in the test"},
		{"the standard library", importFaults, grant, imports("encoding/json"), ""},
		{"adapters", importFaults, bolt, imports("s3share/internal/slackbot"), "internal/boltstore/x.go imports s3share/internal/slackbot: it may import of ours only internal/audit, internal/grant, internal/store; take an argument or an interface instead"},
		{"adapters' tests", importFaults, "internal/boltstore/x_test.go", imports("s3share/internal/awsaccess"), "internal/boltstore/x_test.go imports s3share/internal/awsaccess: adapters never meet, in tests neither: test both in internal/app or cmd/sandbox"},
		{"adapters' tests and simulators", importFaults, "internal/awsaccess/x_test.go", imports("s3share/internal/sim/awssim"), ""},
		{"adapters and simulators", importFaults, "internal/awsaccess/x.go", imports("s3share/internal/sim/awssim"), "internal/awsaccess/x.go imports s3share/internal/sim/awssim: it may import of ours only internal/alarm, internal/backoff, internal/grant; take an argument or an interface instead"},
		{"simulators", importFaults, "internal/sim/awssim/x.go", imports("s3share/internal/policy"), "internal/sim/awssim/x.go imports s3share/internal/policy: it may import of ours only nothing; take an argument or an interface instead"},
		{"simulators' tests", importFaults, "internal/sim/awssim/x_test.go", imports("s3share/internal/policy"), "internal/sim/awssim/x_test.go imports s3share/internal/policy: a simulator's tests know nothing of ours either: test both in the package that uses it"},
		{"everybody", importFaults, "internal/reconcile/x.go", imports("s3share/internal/config"), "internal/reconcile/x.go imports s3share/internal/config: it may import of ours only internal/alarm, internal/awsaccess, internal/backoff, internal/grant, internal/loadgate, internal/policy, internal/preflight, internal/store; take an argument or an interface instead"},
		{"app", importFaults, "internal/app/x.go", imports("s3share/internal/slackbot"), ""},
		{"AWS's module", importFaults, "internal/reconcile/x.go", imports("github.com/aws/aws-sdk-go-v2/aws"), "internal/reconcile/x.go imports github.com/aws/aws-sdk-go-v2/aws: that module belongs to internal/awsaccess: call it there, behind an interface"},
		{"Slack's module", importFaults, "internal/commands/x.go", imports("github.com/slack-go/slack"), "internal/commands/x.go imports github.com/slack-go/slack: that module belongs to internal/slackbot internal/slackbot/blocks internal/slackbot/outbox: call it there, behind an interface"},
		{"the outbox and the commands", importFaults, "internal/slackbot/outbox/x.go", imports("s3share/internal/commands"), "internal/slackbot/outbox/x.go imports s3share/internal/commands: it may import of ours only internal/alarm, internal/backoff, internal/grant, internal/loadgate, internal/slackbot/blocks, internal/store; take an argument or an interface instead"},
		{"a new package", importFaults, "internal/x/x.go", "package x", "internal/x/x.go: the package has no place in internal/archtest: say there what it may import"},

		{"a name", nameFaults, "internal/util/x.go", "package x", "internal/util/x.go: util says nothing about its content: name the subject"},
		{"a package's name", nameFaults, "internal/x/x.go", "package common", "internal/x/x.go: common says nothing about its content: name the subject"},
		{"a good name", nameFaults, "internal/utility/x.go", "package utility", ""},

		{"too long", lengthFaults, grant, "package x" + strings.Repeat("\n", 401), "internal/grant/x.go has 401 lines, more than 400: move one subject to a file of its own"},
		{"just not too long", lengthFaults, grant, "package x" + strings.Repeat("\n", 400), ""},
		{"a long test", lengthFaults, "internal/policy/x_test.go", "package x" + strings.Repeat("\n", 401), ""},
		{"too wide", widthFaults, grant, "package x\n//" + strings.Repeat("é", 119), "internal/grant/x.go:2 has 121 characters, more than 120: break the line"},
		{"just not too wide", widthFaults, grant, "package x\n//" + strings.Repeat("é", 118), ""},
		{"a wide raw string", widthFaults, grant, "package x\nconst s = `" + strings.Repeat("x", 200) + "\n`", ""},
		{"a wide raw string of one line", widthFaults, grant, "package x\nconst s = `" + strings.Repeat("x", 109) + "`", "internal/grant/x.go:2 has 121 characters, more than 120: break the line"},
		{"no comment", commentFaults, grant, "package x", "internal/grant has no package comment: write purpose, blind spots, invariants and a tour in doc.go"},
		{"a comment", commentFaults, grant, "// Package x is x.\npackage x", ""},
		{"init", initFaults, grant, "package x\nfunc init() {}", "internal/grant/x.go:2 is an init function: call it from New"},
		{"a method init", initFaults, grant, "package x\ntype T int\nfunc (T) init() {}", ""},

		{"a context kept", contextFaults, bolt, "package x\nimport \"context\"\ntype T struct{ ctx context.Context }", "internal/boltstore/x.go:3 keeps a context in a struct: pass it as the first argument"},
		{"a context embedded", contextFaults, bolt, "package x\nimport \"context\"\nvar t struct{ context.Context }", "internal/boltstore/x.go:3 keeps a context in a struct: pass it as the first argument"},
		{"a context passed", contextFaults, bolt, "package x\nimport \"context\"\ntype T struct{ f func(context.Context) }", ""},

		{"a config embedded", embedFaults, bolt, "package x\ntype T struct {\n\tConfig\n}", "internal/boltstore/x.go:3 embeds Config: keep only the values it uses, in unexported fields"},
		{"a store embedded", embedFaults, bolt, "package x\nimport \"s3share/internal/store\"\ntype T struct{ *store.Store }", "internal/boltstore/x.go:3 embeds store.Store: keep only the values it uses, in unexported fields"},
		{"a config in a field", embedFaults, bolt, "package x\ntype T struct{ config Config }", ""},
		{"a store embedded in a test", embedFaults, "internal/boltstore/x_test.go", "package x\ntype T struct{ Store }", ""},

		{"many methods", methodFaults, bolt, "package x\ntype T int\n" + strings.Repeat("func (*T) f() {}\n", 41), "internal/boltstore: T has 41 methods, more than 40: give a group of them a type of its own"},
		{"as many as may be", methodFaults, bolt, "package x\ntype T int\n" + strings.Repeat("func (T) f() {}\n", 40), ""},

		{"the clock", clockFaults, grant, "package x\nimport \"time\"\nvar t = time.Now()", "internal/grant/x.go:3 calls time.Now: take `now time.Time` as an argument"},
		{"the clock, passed on", clockFaults, policy, "package x\nimport \"time\"\nvar t = time.Since", "internal/policy/x.go:3 calls time.Since: take `now time.Time` as an argument"},
		{"the clock elsewhere", clockFaults, bolt, "package x\nimport \"time\"\nvar t = time.Now()", ""},

		{"assigned", stateFaults, bolt, "package x\nvar n = 1\nfunc f() { n = 2 }", "internal/boltstore/x.go:3 changes n, a variable of the package: put it in the type that uses it"},
		{"counted", stateFaults, bolt, "package x\nvar n = 1\nfunc f() { n++ }", "internal/boltstore/x.go:3 changes n, a variable of the package: put it in the type that uses it"},
		{"a key set", stateFaults, bolt, "package x\nvar m = map[int]int{}\nfunc f() { m[1] = 2 }", "internal/boltstore/x.go:3 changes m, a variable of the package: put it in the type that uses it"},
		{"a key deleted", stateFaults, bolt, "package x\nvar m = map[int]int{1: 1}\nfunc f() { delete(m, 1) }", "internal/boltstore/x.go:3 changes m, a variable of the package: put it in the type that uses it"},
		{"a field set", stateFaults, bolt, "package x\nvar s = struct{ a []int }{}\nfunc f() { s.a[0] = 2 }", "internal/boltstore/x.go:3 changes s, a variable of the package: put it in the type that uses it"},
		{"its address taken", stateFaults, bolt, "package x\nvar n = 1\nvar p = f(&n)\nfunc f(p *int) int { return *p }", "internal/boltstore/x.go:3 takes the address of n, a variable of the package: put it in the type that uses it"},
		{"ranged over into", stateFaults, bolt, "package x\nvar n = 1\nfunc f() { for n = range 3 {} }", "internal/boltstore/x.go:3 changes n, a variable of the package: put it in the type that uses it"},
		{"a lock", stateFaults, bolt, "package x\nimport \"sync\"\nvar mu sync.Mutex", "internal/boltstore/x.go:3 mu is of sync.Mutex at the package's level: put it in the type that uses it"},
		{"an atomic", stateFaults, bolt, "package x\nimport \"sync/atomic\"\nvar p atomic.Pointer[int]", "internal/boltstore/x.go:3 p is of atomic.Pointer at the package's level: put it in the type that uses it"},
		{"something empty", stateFaults, bolt, "package x\nvar m = make(map[int]int)", "internal/boltstore/x.go:2 m is something made empty at the package's level: put it in the type that uses it"},
		{"a pointer", stateFaults, bolt, "package x\nvar p = &struct{ n int }{}", "internal/boltstore/x.go:2 p is a pointer to something at the package's level: put it in the type that uses it"},
		{"a table", stateFaults, bolt, "package x\nvar m = map[int]int{1: 2}\nfunc f() int { return m[1] }", ""},
		{"a local of the same name", stateFaults, bolt, "package x\nvar n = 1\nfunc f() { n := n; n++ }", ""},
		{"a parameter of the same name", stateFaults, bolt, "package x\nvar n = 1\nfunc f(n []int) { n[0] = 2 }", ""},
		{"a proof of an interface", stateFaults, bolt, "package x\nvar _ error = &T{}\ntype T struct{}\nfunc (*T) Error() string { return \"\" }", ""},
		{"a preflight that writes", readsFaults, flight, "package x\ntype AWS interface{ Get(); PutBucketPolicy() }", "internal/preflight/x.go:2 is in an interface of the preflight, and is not one of its reads: do the write in reconcile"},
		{"a preflight on all of another interface", readsFaults, flight, "package x\nimport \"io\"\ntype AWS interface{ io.Writer }", "internal/preflight/x.go:3 is in an interface of the preflight, and is not one of its reads: do the write in reconcile"},
		{"a preflight on the store", readsFaults, flight, "package x\nimport \"s3share/internal/store\"\nvar s store.Store", "internal/preflight/x.go:3 can write: do the write in reconcile"},
		{"a preflight on the client", readsFaults, flight, "package x\nimport \"s3share/internal/awsaccess\"\nvar c *awsaccess.Client", "internal/preflight/x.go:3 can write: do the write in reconcile"},
		{"a preflight that finds out more", readsFaults, flight, "package x\nvar _ = records.(writer)", "internal/preflight/x.go:2 asserts a type, which may be able to write: do the write in reconcile"},
		{"a preflight that commits", readsFaults, flight, "package x\nimport \"s3share/internal/store\"\nvar c store.Tx", "internal/preflight/x.go:3 can write: do the write in reconcile"},
		{"Slack in the domain", slackFaults, "internal/grant/x.go", "package x\nconst SlackWorker = 1", "internal/grant/x.go:2 SlackWorker speaks of Slack in the domain: name the person or the notice, or move it to slackbot"},
		{"a command typed in the domain", slackFaults, "internal/grant/x.go", "package x\nconst s = \"`/s3share end %s` ends it\"", "internal/grant/x.go:2 types a command in the domain: use Refusal.WithCommand"},
		{"Slack outside the domain", slackFaults, bolt, "package x\nconst SlackWorker = 1", ""},
		{"a refusal changed", refusalFaults, bolt, "package x\nfunc f(no *grant.Refusal) { no.Hint = \"\" }", "internal/boltstore/x.go:2 changes a refusal: use a With method, which returns a copy"},
		{"a refusal read", refusalFaults, bolt, "package x\nfunc f(no *grant.Refusal) { s := no.Hint; _ = s }", ""},
		{"a preflight that reads", readsFaults, flight, "package x\ntype Records interface{ Get(); List() }", ""},
		{"another that writes", readsFaults, bolt, "package x\ntype AWS interface{ PutBucketPolicy() }", ""},
		{"state in a test", stateFaults, "internal/boltstore/x_test.go", "package x\nvar n = 1\nfunc f() { n = 2 }", ""},
	} {
		got := c.rule([]source{parseSource(t, token.NewFileSet(), c.path, []byte(c.text))})
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// A tour names all files of a package, by name or by a pattern.
func TestTourFaults(t *testing.T) {
	files := func(comment string, names ...string) (tree []source) {
		for _, name := range names {
			tree = append(tree, parseSource(t, token.NewFileSet(), "internal/x/"+name, []byte("package x")))
		}
		return append(tree, parseSource(t, token.NewFileSet(), "internal/x/doc.go", []byte(comment+"package x")))
	}
	const tour = "// Package x is x: a.go, b.go, and c_*.go for the rest.\n"
	want := []string{"internal/x/d.go is not in its package's tour: name it in the package comment (mostly doc.go)"}
	if got := tourFaults(files(tour, "a.go", "b.go", "c_1.go", "c_2.go", "d.go", "e_test.go")); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := tourFaults(files("// Package x is x.\n", "a.go", "b.go", "c_1.go", "c_2.go")); got != nil {
		t.Errorf("a package of five files: %q", got)
	}
}

// A program contains its packages' imports at any distance.
func TestReach(t *testing.T) {
	tree := []source{
		parseSource(t, token.NewFileSet(), "cmd/bot/main.go", []byte("package main\nimport _ \"s3share/internal/app\"")),
		parseSource(t, token.NewFileSet(), "internal/app/app.go", []byte("package app\nimport _ \"s3share/internal/reconcile\"")),
		parseSource(t, token.NewFileSet(), "internal/reconcile/x.go", []byte("package reconcile\nimport _ \"s3share/internal/sim/awssim\"")),
	}
	want := []string{"a program contains a simulator: cmd/bot → internal/app → internal/reconcile → internal/sim/awssim; use it in tests and cmd/sandbox only"}
	if got := reach(tree, "cmd/bot", "internal/sim/"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := reach(tree[:2], "cmd/bot", "internal/sim/"); got != nil {
		t.Errorf("%q", got)
	}
}

// The table of imports contains no entry that is no longer needed.
func TestImportTableHasNoUnusedEntries(t *testing.T) {
	used := map[string][]string{}
	for _, s := range product(theTree(t)) {
		used[s.dir()] = append(used[s.dir()], "")
		for _, imported := range s.imports() {
			if dir, isOurs := ours(imported); isOurs {
				used[s.dir()] = append(used[s.dir()], dir)
			}
		}
	}
	for dir, allowed := range mayImport {
		for _, other := range strings.Fields(allowed) {
			if used[dir] != nil && used[other] != nil && !slices.Contains(used[dir], other) {
				t.Errorf("%s may import %s and does not: remove the entry", dir, other)
			}
		}
	}
}
