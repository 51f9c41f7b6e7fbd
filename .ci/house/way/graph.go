package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// graph has the product's functions, and the functions that each of them names on the way.
type graph struct {
	dir       string
	fset      *token.FileSet
	onTheWay  map[string][]block
	functions []*function // by package, file and place
	of        map[*types.Func]*function
	exports   map[string]string // files with the types of other modules' packages
	checked   map[string]*types.Package
}

type function struct {
	object   *types.Func
	name     string
	file     string // from the module's root
	lines    int
	onTheWay bool
	calls    map[*function]bool // those on the way
}

type hop struct{ from, to string }

// load reads the types of the product in dir.
func load(dir string, onTheWay map[string][]block) (*graph, error) {
	g := &graph{dir: dir, fset: token.NewFileSet(), onTheWay: onTheWay, of: map[*types.Func]*function{},
		exports: map[string]string{}, checked: map[string]*types.Package{}}
	out, err := run(dir, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export", "./cmd/bot")
	if err != nil {
		return nil, err
	}
	others := importer.ForCompiler(g.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(g.exports[path])
	})
	type source struct {
		files []*ast.File
		info  *types.Info
	}
	var all []source
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir, Export string
			GoFiles                 []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		g.exports[p.ImportPath] = p.Export
		if !strings.HasPrefix(p.ImportPath, module+"internal/") {
			continue
		}
		s := source{info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(g.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			s.files = append(s.files, f)
		}
		conf := types.Config{Importer: from{g.checked, others}}
		pkg, err := conf.Check(p.ImportPath, g.fset, s.files, s.info)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", p.ImportPath, err)
		}
		g.checked[p.ImportPath] = pkg
		all = append(all, s)
		g.define(s.files, s.info)
	}
	for _, s := range all {
		g.link(s.files, s.info)
		g.linkTables(s.files, s.info)
	}
	return g, nil
}

// from takes the product's packages as they were checked here, so that a
// function is the same object in all of them.
type from struct {
	checked map[string]*types.Package
	others  types.Importer
}

func (f from) Import(path string) (*types.Package, error) {
	if p := f.checked[path]; p != nil {
		return p, nil
	}
	return f.others.Import(path)
}

// each calls do for every function that has a body.
func (g *graph) each(files []*ast.File, do func(d *ast.FuncDecl, file string)) {
	for _, f := range files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
				do(d, g.file(f))
			}
		}
	}
}

// file returns a file's name from the module's root.
func (g *graph) file(f *ast.File) string {
	name, _ := filepath.Rel(g.dir, g.fset.File(f.Pos()).Name()) //nolint:errcheck // both are absolute
	return filepath.ToSlash(name)
}

// define adds the functions of one package.
func (g *graph) define(files []*ast.File, info *types.Info) {
	g.each(files, func(d *ast.FuncDecl, file string) {
		object, ok := info.Defs[d.Name].(*types.Func)
		if !ok {
			return
		}
		from, to := g.at(d.Pos()), g.at(d.End())
		f := &function{object: object, name: d.Name.Name, file: file, lines: to.line - from.line + 1,
			calls: map[*function]bool{}}
		f.onTheWay = slices.ContainsFunc(g.onTheWay[file], func(b block) bool {
			return !b.from.before(from) && !to.before(b.to)
		})
		g.of[object] = f
		g.functions = append(g.functions, f)
	})
}

// link adds the calls of one package's functions.
func (g *graph) link(files []*ast.File, info *types.Info) {
	g.each(files, func(d *ast.FuncDecl, file string) {
		object, _ := info.Defs[d.Name].(*types.Func)
		f := g.of[object]
		if f == nil || !f.onTheWay {
			return
		}
		g.names(d.Body, info, f, func(p token.Pos) bool { return g.ran(file, g.at(p)) })
	})
}

// linkTables adds the functions that a package's variables name, such as a table
// of checks. They count for a file that is on the way.
func (g *graph) linkTables(files []*ast.File, info *types.Info) {
	for _, source := range files {
		table := &function{file: g.file(source), calls: map[*function]bool{}}
		if len(g.onTheWay[table.file]) == 0 {
			continue
		}
		for _, d := range source.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.VAR {
				g.names(d, info, table, func(token.Pos) bool { return true })
			}
		}
		if len(table.calls) > 0 {
			g.functions = append(g.functions, table)
		}
	}
}

// names adds to the calls of f the functions on the way that are named below n,
// at positions that ran.
func (g *graph) names(n ast.Node, info *types.Info, f *function, ran func(token.Pos) bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || !ran(id.Pos()) {
			return true
		}
		if named, ok := info.Uses[id].(*types.Func); ok {
			for _, to := range g.targets(named.Origin()) {
				f.calls[to] = true
			}
		}
		return true
	})
}

// targets returns the functions on the way that a name can mean: itself, or the
// methods that implement it.
func (g *graph) targets(named *types.Func) (all []*function) {
	if f := g.of[named]; f != nil {
		if f.onTheWay {
			all = append(all, f)
		}
		return all
	}
	recv := named.Signature().Recv()
	if recv == nil {
		return nil
	}
	i, ok := recv.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	for _, f := range g.functions {
		if !f.onTheWay {
			continue
		}
		r := f.object.Signature().Recv()
		if r != nil && f.name == named.Name() && types.Implements(r.Type(), i) {
			all = append(all, f)
		}
	}
	return all
}

// hops returns the pairs of files between which the way crosses.
func (g *graph) hops() map[hop]bool {
	all := map[hop]bool{}
	for _, f := range g.functions {
		for to := range f.calls {
			if to.file != f.file {
				all[hop{f.file, to.file}] = true
			}
		}
	}
	return all
}

// callers returns the files that call a function.
func (g *graph) callers(of *function) []string {
	files := map[string]bool{}
	for _, f := range g.functions {
		if f.calls[of] {
			files[strings.TrimPrefix(f.file, "internal/")] = true
		}
	}
	return slices.Sorted(maps.Keys(files))
}

func (g *graph) at(p token.Pos) position {
	at := g.fset.Position(p)
	return position{at.Line, at.Column}
}

// ran reports whether the block at a position is on the way.
func (g *graph) ran(file string, p position) bool {
	return slices.ContainsFunc(g.onTheWay[file], func(b block) bool { return !p.before(b.from) && p.before(b.to) })
}
