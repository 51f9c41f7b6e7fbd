package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// mayImport maps each package to the packages of this module that it may
// import. Add a new package to the table.
var mayImport = map[string]string{
	// The domain rules and the documents. Standard library only.
	"internal/grant":  "",
	"internal/policy": "",

	// Packages on top of the domain. They know neither Slack nor AWS nor disks.
	"internal/audit":           "internal/grant internal/store",
	"internal/config":          "internal/grant internal/policy",
	"internal/commands":        "internal/commands/parse internal/grant internal/store internal/ttlmap",
	"internal/store":           "internal/backoff internal/grant",
	"internal/store/storetest": "internal/audit internal/grant internal/store",

	// Parses text into a typed command.
	"internal/commands/parse": "internal/grant",

	// Alerts and their ends, kept in the store.
	"internal/alarm": "internal/backoff internal/store",

	// The received acts. The journal does not read their bodies.
	"internal/journal":     "internal/crash",
	"internal/journaltest": "internal/journal",
	"internal/workqueue":   "",
	"internal/ttlmap":      "",
	"internal/loadgate":    "",
	"internal/backoff":     "",

	// Adapters never import each other.
	"internal/awsaccess": "internal/alarm internal/backoff internal/grant",
	"internal/slackbot": "internal/alarm internal/backoff internal/commands internal/grant internal/journal internal/loadgate internal/slackbot/blocks " +
		"internal/slackbot/outbox internal/store internal/ttlmap internal/workqueue",
	"internal/boltstore": "internal/audit internal/grant internal/store",
	"internal/pgstore":   "internal/audit internal/grant internal/store",

	// A record in, blocks out.
	"internal/slackbot/blocks": "internal/alarm internal/commands internal/grant internal/policy internal/store",

	// Makes Slack agree with the records. It calls no command.
	"internal/slackbot/outbox": "internal/alarm internal/backoff internal/grant internal/loadgate internal/slackbot/blocks internal/store",

	// The meaning of AWS's answers for a grant.
	"internal/preflight": "internal/awsaccess internal/grant internal/policy internal/store",

	// The only caller of AWS writes.
	"internal/reconcile": "internal/alarm internal/awsaccess internal/backoff internal/grant internal/loadgate internal/policy internal/preflight internal/store",

	// Only app imports all of them.
	"internal/app": "internal/alarm internal/audit internal/awsaccess internal/backoff internal/boltstore internal/commands internal/config internal/crash internal/grant " +
		"internal/journal internal/loadgate internal/pgstore internal/reconcile internal/slackbot internal/store",
	"cmd/bot": "internal/app internal/audit internal/config",

	// The sandbox: a world, and two ways to act in it. The page writes its story as a script.
	"cmd/sandbox":           "cmd/sandbox/script cmd/sandbox/web cmd/sandbox/world",
	"cmd/sandbox/world":     "deploy internal/app internal/audit internal/config internal/sim/awssim internal/sim/slacksim",
	"cmd/sandbox/script":    "cmd/sandbox/world internal/sim/awssim internal/sim/slacksim",
	"cmd/sandbox/web":       "cmd/sandbox/script cmd/sandbox/world internal/commands internal/sim/awssim internal/sim/slacksim",
	"cmd/sandbox/worldtest": "cmd/sandbox/world internal/sim/slacksim",

	// Drives the built bot and its peers. Nothing imports it.
	"cmd/loadtest": "cmd/sandbox/world internal/boltstore internal/grant internal/store internal/sim/awssim internal/sim/slacksim",

	// The simulators stand for other companies' services: they import no
	// package of this module.
	"internal/sim/awssim":   "",
	"internal/sim/slacksim": "",

	// Used by tests only.
	"internal/archtest": "",
	"internal/mutants":  "",
	"internal/crash":    "",

	"deploy": "", // the templates and their evaluation
}

// onlyIn maps a module to the packages that may import it, so that replacing
// the module changes only those.
var onlyIn = map[string]string{
	"github.com/aws/":              "internal/awsaccess",
	"github.com/slack-go/slack":    "internal/slackbot internal/slackbot/blocks internal/slackbot/outbox",
	"github.com/spf13/cobra":       "cmd/bot",
	"go.etcd.io/bbolt":             "internal/boltstore",
	"github.com/jackc/pgx":         "internal/pgstore",
	"github.com/goccy/go-yaml":     "internal/config deploy",
	"github.com/gorilla/websocket": "internal/slackbot internal/sim/slacksim cmd/loadtest",
}

var adapters = []string{"internal/awsaccess", "internal/slackbot", "internal/boltstore", "internal/pgstore"}

func TestImports(t *testing.T) {
	for _, fault := range importFaults(theTree(t)) {
		t.Error(fault)
	}
}

func importFaults(tree []source) (faults []string) {
	for _, s := range tree {
		if _, known := mayImport[s.dir()]; !known {
			faults = append(faults, fmt.Sprintf("%s: the package has no place in internal/archtest: say there what it may import", s.path))
			continue
		}
		for _, imported := range s.imports() {
			if why := mayNot(s, imported); why != "" {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", s.path, imported, why))
			}
		}
	}
	return append(faults, reach(tree, "cmd/bot", "internal/sim/")...)
}

// mayNot returns the reason why s may not import this package, or "".
func mayNot(s source, imported string) string {
	dir, isOurs := ours(imported)
	allowed := strings.Fields(mayImport[s.dir()])
	switch {
	case isOurs && s.isProduct() && !slices.Contains(allowed, dir):
		return "it may import of ours only " + strings.Join(append([]string{"nothing"}, allowed...)[min(1, len(allowed)):], ", ") + "; take an argument or an interface instead"
	case isOurs && s.isTest():
		return testMayNot(s.dir(), dir)
	case isOurs || isStandard(imported):
		return ""
	case s.dir() == "internal/grant" || s.dir() == "internal/policy":
		if s.isTest() && (strings.HasPrefix(imported, "github.com/google/go-cmp/") || imported == "pgregory.net/rapid") {
			return ""
		}
		return "it keeps to the standard library: move the code that needs the module to an adapter"
	}
	for prefix, homes := range onlyIn {
		if s.isProduct() && strings.HasPrefix(imported, prefix) && !slices.Contains(strings.Fields(homes), s.dir()) {
			return "that module belongs to " + homes + ": call it there, behind an interface"
		}
	}
	return ""
}

// testMayNot returns the reason why a test of this package may not import that
// one, or "". Tests may use stores and simulators, except the tests of the
// domain and of the simulators.
func testMayNot(dir, imported string) string {
	if imported == dir || imported == "internal/mutants" {
		return ""
	}
	switch {
	case dir == "internal/grant" || dir == "internal/policy":
		return "its tests need nothing of ours: write the values in the test"
	case strings.HasPrefix(dir, "internal/sim/"):
		return "a simulator's tests know nothing of ours either: test both in the package that uses it"
	case slices.Contains(adapters, dir) && slices.Contains(adapters, imported):
		return "adapters never meet, in tests neither: test both in internal/app or cmd/sandbox"
	}
	return ""
}

// reach returns the import chains from a program to a forbidden package.
func reach(tree []source, from, to string) []string {
	next := map[string][]string{}
	for _, s := range tree {
		for _, imported := range s.imports() {
			if dir, isOurs := ours(imported); isOurs && s.isProduct() {
				next[s.dir()] = append(next[s.dir()], dir)
			}
		}
	}
	seen := map[string]bool{}
	var walk func(way []string) []string
	walk = func(way []string) []string {
		here := way[len(way)-1]
		if strings.HasPrefix(here, to) {
			return []string{"a program contains a simulator: " + strings.Join(way, " → ") + "; use it in tests and cmd/sandbox only"}
		}
		if seen[here] {
			return nil
		}
		seen[here] = true
		for _, dir := range next[here] {
			if found := walk(append(slices.Clone(way), dir)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk([]string{from})
}

// Packages with meaningless names attract unrelated code.
func TestPackageNames(t *testing.T) {
	for _, fault := range nameFaults(theTree(t)) {
		t.Error(fault)
	}
}

func nameFaults(tree []source) (faults []string) {
	for _, s := range tree {
		for _, part := range append(strings.Split(s.dir(), "/"), strings.TrimSuffix(s.file.Name.Name, "_test")) {
			if slices.Contains([]string{"util", "utils", "common", "models", "mocks", "pkg", "helpers", "misc"}, part) {
				faults = append(faults, fmt.Sprintf("%s: %s says nothing about its content: name the subject", s.path, part))
				break
			}
		}
	}
	return faults
}
