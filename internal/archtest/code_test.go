package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCode(t *testing.T) {
	tree := theTree(t)
	for name, rule := range codeRules {
		for _, fault := range rule(tree) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// codeRules are the rules about the content of files.
var codeRules = map[string]func([]source) []string{
	"slack":   slackFaults,
	"length":  lengthFaults,
	"width":   widthFaults,
	"methods": methodFaults,
	"comment": commentFaults,
	"init":    initFaults,
	"context": contextFaults,
	"embed":   embedFaults,
	"clock":   clockFaults,
	"state":   stateFaults,
	"reads":   readsFaults,
	"refusal": refusalFaults,
	"tour":    tourFaults,
}

// The most lines of a file, characters of a line of product code, and methods of a
// type.
const (
	mostLines     = 400
	mostTestLines = 600
	mostWidth     = 120
	mostMethods   = 40
)

// lengthFaults finds files that are too long to read at once.
func lengthFaults(tree []source) (faults []string) {
	for _, s := range tree {
		most := mostLines
		if s.isTest() {
			most = mostTestLines
		}
		if n := strings.Count(s.text, "\n"); n > most {
			faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d: move one subject to a file of its own", s.path, n, most))
		}
	}
	return faults
}

// widthFaults finds lines of product code that are too wide. The lines of a raw
// string that has several are exempt: a line break would change the text.
func widthFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		exempt := map[int]bool{}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`") {
				first, last := s.set.Position(lit.Pos()).Line, s.set.Position(lit.End()).Line
				for i := first; i <= last && first < last; i++ {
					exempt[i] = true
				}
			}
			return true
		})
		for i, line := range strings.Split(s.text, "\n") {
			if n := utf8.RuneCountInString(line); n > mostWidth && !exempt[i+1] {
				faults = append(faults, fmt.Sprintf("%s:%d has %d characters, more than %d: break the line", s.path, i+1, n, mostWidth))
			}
		}
	}
	return faults
}

// methodFaults finds types that are several types in one.
func methodFaults(tree []source) (faults []string) {
	count := map[string]int{}
	for _, s := range product(tree) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
				count[s.dir()+": "+strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*")]++
			}
		}
	}
	for typ, n := range count {
		if n > mostMethods {
			faults = append(faults, fmt.Sprintf("%s has %d methods, more than %d: give a group of them a type of its own", typ, n, mostMethods))
		}
	}
	return faults
}

// commentFaults finds packages without a package comment.
func commentFaults(tree []source) (faults []string) {
	said := map[string]bool{}
	for _, s := range tree {
		if s.isProduct() {
			said[s.dir()] = said[s.dir()] || s.file.Doc != nil
		}
	}
	for dir, has := range said {
		if !has {
			faults = append(faults, dir+" has no package comment: write purpose, blind spots, invariants and a tour in doc.go")
		}
	}
	return faults
}

// initFaults finds init functions.
func initFaults(tree []source) (faults []string) {
	for _, s := range tree {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				faults = append(faults, s.at(f)+" is an init function: call it from New")
			}
		}
	}
	return faults
}

// contextFaults finds contexts stored in structs.
func contextFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if st, ok := n.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					if isSelector(f.Type, "context", "Context") {
						faults = append(faults, s.at(f)+" keeps a context in a struct: pass it as the first argument")
					}
				}
			}
			return true
		})
	}
	return faults
}

// embedFaults finds structs that embed a type with many dependencies: they get all its
// exported fields and methods as their own. Packages for tests may do so, as tests may.
func embedFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		if !strings.HasPrefix(s.path, "internal/") || strings.HasSuffix(s.dir(), "test") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if st, ok := n.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					typ := strings.TrimPrefix(types.ExprString(f.Type), "*")
					name := typ[strings.LastIndex(typ, ".")+1:]
					if len(f.Names) == 0 && slices.Contains([]string{"Config", "Options", "Bot", "Reconciler", "Store"}, name) {
						faults = append(faults, s.at(f)+" embeds "+typ+": keep only the values it uses, in unexported fields")
					}
				}
			}
			return true
		})
	}
	return faults
}

// pure are the packages that are given the time.
var pure = []string{"internal/grant", "internal/policy", "internal/slackbot/blocks"}

// clockFaults finds calls that read the clock in packages where time must be an
// argument.
func clockFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		if !slices.Contains(pure, s.dir()) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			for _, name := range []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"} {
				if e, ok := n.(ast.Expr); ok && isSelector(e, "time", name) {
					faults = append(faults, s.at(n)+" calls time."+name+": take `now time.Time` as an argument")
				}
			}
			return true
		})
	}
	return faults
}

func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

func product(tree []source) []source {
	return slices.DeleteFunc(slices.Clone(tree), source.isTest)
}

// stateFaults finds package variables that are changed, or whose type is only
// useful if it changes. It does not follow pointers that are passed around.
func stateFaults(tree []source) (faults []string) {
	packages := map[string][]source{}
	for _, s := range product(tree) {
		packages[s.dir()] = append(packages[s.dir()], s)
	}
	for _, files := range packages {
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
		scope := resolve(files, info)
		for _, s := range files {
			faults = append(faults, s.changes(info, scope)...)
			faults = append(faults, s.changeable()...)
		}
	}
	return faults
}

// resolve resolves each name. Imports stay unknown, because the rule only needs
// the package's own variables.
func resolve(files []source, info *types.Info) *types.Scope {
	var parsed []*ast.File
	for _, s := range files {
		parsed = append(parsed, s.file)
	}
	config := types.Config{Importer: noImports{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	pkg, _ := config.Check(files[0].dir(), files[0].set, parsed, info)
	return pkg.Scope()
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// changes finds assignments to a package variable or to a part of it, and uses
// of its address.
func (s source) changes(info *types.Info, scope *types.Scope) (faults []string) {
	check := func(e ast.Expr, how string) {
		if id := root(e); id != nil {
			if v, ok := info.Uses[id].(*types.Var); ok && v.Parent() == scope {
				faults = append(faults, fmt.Sprintf("%s %s %s, a variable of the package: put it in the type that uses it", s.at(e), how, id.Name))
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				check(e, "changes")
			}
		case *ast.IncDecStmt:
			check(n.X, "changes")
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				check(n.Key, "changes")
				check(n.Value, "changes")
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				check(n.X, "takes the address of")
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, f.Name) {
				check(n.Args[0], "changes")
			}
		}
		return true
	})
	return faults
}

// root is the variable at the start of a.b[c].d.
func root(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.SliceExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	case *ast.ParenExpr:
		return root(e.X)
	}
	return nil
}

// changeable finds variables whose type implies change: locks, atomics,
// channels, empty maps and slices.
func (s source) changeable() (faults []string) {
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for _, e := range append(slices.Clone(v.Values), v.Type) {
				if what := toChange(e); what != "" && v.Names[0].Name != "_" {
					faults = append(faults, fmt.Sprintf("%s %s is %s at the package's level: put it in the type that uses it", s.at(v), v.Names[0].Name, what))
				}
			}
		}
	}
	return faults
}

func toChange(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ChanType:
		return "a channel"
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return "a pointer to something"
		}
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok && (f.Name == "make" || f.Name == "new") {
			return "something made empty"
		}
	case *ast.CompositeLit:
		return toChange(e.Type)
	case *ast.IndexExpr: // atomic.Pointer[T]
		return toChange(e.X)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") {
			return "of " + strings.Join([]string{x.Name, e.Sel.Name}, ".")
		}
	}
	return ""
}

// reads are the methods that a preflight may ask for.
var reads = []string{"BucketPolicy", "Facts", "Principal", "Boundary", "Joined", "MembershipLimit", "Self", "ClockSkew", "Get", "List", "Recent", "Present"}

// readsFaults finds in the preflight interfaces with other methods than reads, and
// types of other packages that can write.
func readsFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		if s.dir() != "internal/preflight" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.InterfaceType:
				for _, m := range n.Methods.List {
					if len(m.Names) != 1 || !slices.Contains(reads, m.Names[0].Name) {
						faults = append(faults, s.at(m)+" is in an interface of the preflight, and is not one of its reads: do the write in reconcile")
					}
				}
			case *ast.TypeAssertExpr:
				if n.Type != nil {
					faults = append(faults, s.at(n)+" asserts a type, which may be able to write: do the write in reconcile")
				}
			case ast.Expr:
				if isSelector(n, "store", "Store") || isSelector(n, "store", "Committer") || isSelector(n, "store", "Tx") ||
					isSelector(n, "awsaccess", "Client") || isSelector(n, "awsaccess", "New") {
					faults = append(faults, s.at(n)+" can write: do the write in reconcile")
				}
			}
			return true
		})
	}
	return faults
}

// slackFaults finds names of the domain that speak of Slack. The domain knows people
// and notices; the adapter knows where a notice goes.
func slackFaults(tree []source) (faults []string) {
	for _, s := range tree {
		if s.dir() != "internal/grant" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if strings.Contains(strings.ToLower(n.Name), "slack") {
					faults = append(faults, s.at(n)+" "+n.Name+" speaks of Slack in the domain: name the person or the notice, or move it to slackbot")
				}
			case *ast.BasicLit:
				if s.isProduct() && s.path != "internal/grant/refusal.go" && strings.Contains(n.Value, "`/s3share ") {
					faults = append(faults, s.at(n)+" types a command in the domain: use Refusal.WithCommand")
				}
			}
			return true
		})
	}
	return faults
}

// refusalFaults finds assignments to the text of a refusal. Findings of the policy
// have a hint of their own, so that package is left out.
func refusalFaults(tree []source) (faults []string) {
	for _, s := range product(tree) {
		if s.path == "internal/grant/refusal.go" || s.dir() == "internal/policy" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok {
				for _, to := range a.Lhs {
					if to, ok := to.(*ast.SelectorExpr); ok && (to.Sel.Name == "Sentence" || to.Sel.Name == "Hint") {
						faults = append(faults, s.at(a)+" changes a refusal: use a With method, which returns a copy")
					}
				}
			}
			return true
		})
	}
	return faults
}
