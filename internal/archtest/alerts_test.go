package archtest

import (
	"flag"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the operators' alerts of today into testdata")

const alertsGolden = "testdata/alerts.golden"

// The texts of the alerts that are drawn outside blocks are in one file, so that
// one person can review them, and a change is noticed:
// go test ./internal/archtest -run TestAlertsGolden -update
func TestAlertsGolden(t *testing.T) {
	all, missing := alertTexts(theTree(t))
	if len(missing) > 0 {
		t.Fatalf("no function is called %q: correct alertBuilders", missing)
	}
	got := strings.Join(all, "\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(alertsGolden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(alertsGolden)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	old := strings.Split(strings.TrimSpace(string(want)), "\n")
	for _, line := range all {
		if !slices.Contains(old, line) {
			t.Errorf("not in %s: %s", alertsGolden, line)
		}
	}
	for _, line := range old {
		if !slices.Contains(all, line) {
			t.Errorf("only in %s: %s", alertsGolden, line)
		}
	}
	t.Errorf("an alert has changed; read it, then run this test with -update")
}

// The alerts of each file of the area are found, in one piece, and nothing else of
// the functions that raise them.
func TestAlertTexts(t *testing.T) {
	all, _ := alertTexts([]source{parseSource(t, token.NewFileSet(), "internal/app/x.go", []byte(`package app
func (w watch) look(n int) error {
	w.log.ErrorContext(ctx, "a line of the log")
	if n == 0 {
		return fmt.Errorf("an error of ours: %w", err)
	}
	const how = "it is well again"
	return w.board.Raise(ctx, alarm.Alert{Key: "a key", Text: "The disk " + w.name + " is " +
		fmt.Sprintf("full: %d of " + "ten.", n)})
}
func other() string { return "no alert at all" }
`))})
	want := []string{"internal/app/x.go", "  look: a key", "  look: full: %d of ten.",
		"  look: it is well again", "  look: The disk ‹w.name› is ‹fmt.Sprintf›"}
	slices.Sort(all)
	slices.Sort(want)
	if !slices.Equal(all, want) {
		t.Errorf("alertTexts is %q, not %q", all, want)
	}
}

// alertBuilders are the functions, variables and constants, by directory, that make a
// part of an alert and raise none themselves.
var alertBuilders = map[string][]string{
	"internal/app":       {"alertOf", "remedy", "whyShut"},
	"internal/preflight": {"Apart"},
	"internal/reconcile": {"approving", "damageOf", "damageOfGrant", "describeDrift", "drift", "heldToApproval",
		"isRepaired", "mayHeal", "reportDrift"},
	"internal/slackbot":        {"scopes"},
	"internal/slackbot/outbox": {"membersMeanwhile", "noteGroup", "notePost", "remedy"},
}

// alertTexts returns the paths of the files with alerts, each followed by its texts,
// and the builders that were not found. Blocks and commands have goldens of their own.
func alertTexts(tree []source) (all, missing []string) {
	found := map[string]bool{}
	for _, s := range product(tree) {
		if !strings.HasPrefix(s.path, "internal/") || slices.Contains([]string{"internal/slackbot/blocks",
			"internal/commands", "internal/alarm"}, s.dir()) || strings.HasPrefix(s.path, "internal/sim/") {
			continue
		}
		var texts []string
		for _, d := range s.file.Decls {
			declared := named(d)
			for _, name := range slices.Sorted(maps.Keys(declared)) {
				n := declared[name]
				builds := slices.Contains(alertBuilders[s.dir()], name)
				found[s.dir()+" "+name] = true
				if !builds && !raises(n) {
					continue
				}
				for _, text := range textsIn(n) {
					texts = append(texts, "  "+name+": "+text)
				}
			}
		}
		if len(texts) > 0 {
			all = append(append(all, s.path), texts...)
		}
	}
	for dir, names := range alertBuilders {
		for _, name := range names {
			if !found[dir+" "+name] {
				missing = append(missing, dir+" "+name)
			}
		}
	}
	return all, missing
}

// named returns the declared functions, variables and constants of a declaration.
func named(d ast.Decl) map[string]ast.Node {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return map[string]ast.Node{d.Name.Name: d}
	case *ast.GenDecl:
		all := map[string]ast.Node{}
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				all[v.Names[0].Name] = v
			}
		}
		return all
	}
	return nil
}

// raises reports whether a function raises or ends an alert, or posts a line to the
// operators.
func raises(n ast.Node) (does bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			name := types.ExprString(typeOf(n))
			does = does || name == "alarm.Alert" || name == "condition"
		case *ast.CallExpr:
			called := types.ExprString(n.Fun)
			of, method := called, called
			if i := strings.LastIndex(called, "."); i >= 0 {
				of, method = called[:i], called[i+1:]
			}
			of = strings.ToLower(of[strings.LastIndex(of, ".")+1:])
			board := slices.Contains([]string{"board", "alerts", "admins"}, of)
			does = does || method == "tell" || method == "Report" ||
				board && slices.Contains([]string{"Raise", "End", "EndAll", "Alert", "Urge"}, method)
		}
		return true
	})
	return does
}

func typeOf(lit *ast.CompositeLit) ast.Expr {
	if lit.Type == nil {
		return ast.NewIdent("")
	}
	return lit.Type
}

// textsIn returns the strings with several words in n, concatenations in one piece.
// Lines of the log and errors are no alerts.
func textsIn(n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called := types.ExprString(n.Fun)
			return !strings.Contains(called, "log.") && called != "errors.New" && called != "fmt.Errorf" &&
				!strings.HasSuffix(called, ".Format")
		case *ast.BinaryExpr:
			if n.Op != token.ADD {
				return true
			}
			var whole strings.Builder
			for _, part := range operands(n) {
				switch p := part.(type) {
				case *ast.BasicLit:
					whole.WriteString(unquoted(p))
				case *ast.CallExpr:
					whole.WriteString("‹" + types.ExprString(p.Fun) + "›")
					all = append(all, textsIn(p)...)
				default:
					whole.WriteString("‹" + types.ExprString(p) + "›")
				}
			}
			all = appendText(all, whole.String())
			return false
		case *ast.BasicLit:
			all = appendText(all, unquoted(n))
		}
		return true
	})
	return all
}

// operands returns the parts of a sum.
func operands(e ast.Expr) []ast.Expr {
	if sum, ok := e.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		return append(operands(sum.X), operands(sum.Y)...)
	}
	return []ast.Expr{e}
}

// unquoted is the value of a string, and "" for a number.
func unquoted(lit *ast.BasicLit) string {
	if lit.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}

func appendText(all []string, text string) []string {
	if len(strings.Fields(text)) < 2 {
		return all
	}
	return append(all, strings.ReplaceAll(text, "\n", "⏎"))
}
