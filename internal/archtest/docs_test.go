package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each module that go.mod requires has a reason in docs/adr, and each reason
// has its module.
func TestEveryDependencyHasAReason(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile("../../docs/adr/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := directModules(string(text))
	if len(asked) < 5 {
		t.Fatalf("found only %q in go.mod", asked)
	}
	given := []string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$").FindAllStringSubmatch(string(reasons), -1) {
		given = append(given, m[1])
	}
	for _, module := range asked {
		if !slices.Contains(given, module) {
			t.Errorf("%s has no line in docs/adr/dependencies.md: say why it earns its place, and what it is instead of", module)
		}
	}
	for _, module := range given {
		if !slices.Contains(asked, module) {
			t.Errorf("docs/adr/dependencies.md speaks of %s, which go.mod does not require: remove its line", module)
		}
	}
}

// directModules returns the direct requirements of a go.mod.
func directModules(text string) (all []string) {
	inside := false
	for _, line := range strings.Split(text, "\n") {
		line, single := strings.CutPrefix(strings.TrimSpace(line), "require ")
		switch {
		case line == "(":
			inside = single
		case line == ")":
			inside = false
		case (inside || single) && line != "" && !strings.Contains(line, "// indirect"):
			all = append(all, strings.Fields(line)[0])
		}
	}
	return all
}

func TestDirectModules(t *testing.T) {
	const text = "module x\n\nrequire one.example/a v1.0.0\nrequire (\n\ttwo.example/b v1.0.0\n\tthree.example/c v1.0.0 // indirect\n)\nreplace (\n\tfour.example/d => ../d\n)\n"
	if got := directModules(text); !slices.Equal(got, []string{"one.example/a", "two.example/b"}) {
		t.Errorf("%q", got)
	}
}

var (
	inCode   = regexp.MustCompile("`([^`\n]+)`")
	someTest = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	someFile = regexp.MustCompile(`^(internal|cmd|deploy|docs|script|\.ci)/[\w./-]+$`)
)

// Files, tests and scenarios that the docs name exist. A control without its
// test is no control.
func TestDocsReferencesExist(t *testing.T) {
	tests := map[string]bool{}
	for _, s := range theTree(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.isTest() {
				tests[f.Name.Name] = true
			}
		}
	}
	named := 0
	for _, doc := range docs(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inCode.FindAllStringSubmatch(string(text), -1) {
			switch name := m[1]; {
			case someTest.MatchString(name):
				if named++; !tests[name] {
					t.Errorf("%s names %s, and there is no such test: name the test that holds it now", doc, name)
				}
			case someFile.MatchString(name):
				named++
				at := filepath.Join("..", "..", name)
				if script, is := strings.CutPrefix(name, "script/"); is {
					at = filepath.Join("..", "..", "cmd", "sandbox", "testdata", "script", strings.TrimSuffix(script, ".txt")+".txt")
				}
				if _, err := os.Stat(at); err != nil {
					t.Errorf("%s names %s, which does not exist: name the file that has it now", doc, name)
				}
			}
		}
	}
	if named < 30 {
		t.Errorf("only %d names were found in the docs: this test would pass for nothing", named)
	}
}

// Each alert that heads a section of alerts.md exists in the code.
func TestQuotedAlertsExist(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, s := range product(theTree(t)) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				said.WriteString(lit.Value + "\n")
			}
			return true
		})
	}
	quoted := regexp.MustCompile("(?m)^### `(.+)`$").FindAllStringSubmatch(string(text), -1)
	for _, m := range quoted {
		for _, phrase := range strings.Split(m[1], "…") {
			if !strings.Contains(said.String(), strings.TrimSpace(phrase)) {
				t.Errorf("docs/alerts.md quotes %q, and no string of the code has it: copy the present message", strings.TrimSpace(phrase))
			}
		}
	}
	if len(quoted) < 20 {
		t.Errorf("only %d alerts were found in docs/alerts.md", len(quoted))
	}
}

func docs(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"../../README.md", "../../CONTRIBUTING.md", "../../docs/*.md", "../../docs/adr/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// The lifecycle describes each state of a grant and each kind of event.
func TestLifecycleIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/lifecycle.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range theTree(t) {
		if s.path != "internal/grant/state.go" && s.path != "internal/grant/event.go" {
			continue
		}
		for _, value := range constants(s, "State", "EventKind", "Outcome") {
			if found++; !strings.Contains(string(text), "`"+value+"`") {
				t.Errorf("docs/lifecycle.md does not speak of `%s`: describe it there", value)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d states and events were found", found)
	}
}

// constants returns the values of a file's constants of these types.
func constants(s source, types ...string) (values []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && slices.Contains(types, name.Name) {
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					values = append(values, strings.Trim(lit.Value, `"`))
				}
			}
		}
		return true
	})
	return values
}

// The docs describe each command. internal/config writes the reference of its keys.
func TestDocsHaveEveryCommand(t *testing.T) {
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	commands := read("../../docs/commands.md")
	verbs := regexp.MustCompile(`(?m)^\t\{"([a-z-]+)", "([^"]+)", "`).FindAllStringSubmatch(read("../commands/help.go"), -1)
	for _, m := range verbs {
		if usage := strings.ReplaceAll(m[2], "|", `\|`); !strings.Contains(commands, "`/s3share "+usage+"`") {
			t.Errorf("docs/commands.md does not have `/s3share %s`: add it to its tables", m[2])
		}
	}
	if len(verbs) < 15 {
		t.Errorf("only %d commands were found: this test would pass for nothing", len(verbs))
	}
}
