// Arrows measures whether the files of a package can be read from the top down.
//
//	go run ./.ci/house/arrows [-max percent] ./internal/slackbot …
//
// An arrow goes from file A to file B if A uses an identifier that B declares.
// The program looks for the order of the files that has the fewest arrows back
// up, from a later file to an earlier one. It prints for each package the files,
// the arrows, and the arrows back up with the identifiers that make them. With -max it fails if more percent of a package's arrows run back up.
//
// The order comes from the greedy heuristic of Eades, Lin and Smyth, improved
// by moving single files. The best order may have a few arrows fewer.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	most := flag.Int("max", 100, "fail if more percent of a package's arrows run back up")
	brief := flag.Bool("brief", false, "print only one line for each package")
	flag.Parse()
	if err := run(os.Stdout, flag.Args(), *most, *brief); err != nil {
		fmt.Fprintln(os.Stderr, "arrows:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, patterns []string, most int, brief bool) error {
	all, err := list(patterns)
	if err != nil {
		return err
	}
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	var above []string
	for _, p := range all {
		if p.DepOnly || len(p.GoFiles) == 0 {
			continue
		}
		arrows, err := arrowsOf(p, exports)
		if err != nil {
			return fmt.Errorf("reading %s: %w", p.ImportPath, err)
		}
		order := bestOrder(p.GoFiles, arrows)
		up := backUp(order, arrows)
		fmt.Fprintf(out, "%s: %d files, %d arrows, %d back up (%d %%)\n", p.ImportPath, len(p.GoFiles), len(arrows), len(up),
			percent(len(up), len(arrows)))
		if percent(len(up), len(arrows)) > most {
			above = append(above, p.ImportPath)
		}
		if brief {
			continue
		}
		fmt.Fprintln(out, "  order:", strings.Join(order, " "))
		for _, a := range up {
			fmt.Fprintf(out, "  %s → %s: %s\n", a.from, a.to, strings.Join(slices.Sorted(maps.Keys(arrows[a])), " "))
		}
	}
	if len(above) > 0 {
		return fmt.Errorf("more than %d %% of the arrows run back up in %s", most, strings.Join(above, ", "))
	}
	return nil
}

func percent(part, whole int) int { return (100*part + whole/2) / max(1, whole) }

// A pkg is a package as go list describes it.
type pkg struct {
	ImportPath, Dir, Export string
	DepOnly                 bool
	GoFiles                 []string
}

// list returns the packages that match the patterns, and all that they import.
func list(patterns []string) (all []pkg, err error) {
	c := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,DepOnly,GoFiles", "--"},
		patterns...)...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	for {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the output of go list: %w", err)
		}
		all = append(all, p)
	}
}

type arrow struct{ from, to string }

// arrowsOf returns the arrows between the files of a package, each with the identifiers that make it.
func arrowsOf(p pkg, exports map[string]string) (map[arrow]map[string]bool, error) {
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	if _, err := config.Check(p.ImportPath, set, files, info); err != nil {
		return nil, err
	}
	arrows := map[arrow]map[string]bool{}
	for ident, used := range info.Uses {
		if used.Pkg() == nil || used.Pkg().Path() != p.ImportPath || !used.Pos().IsValid() {
			continue
		}
		a := arrow{file(set, ident.Pos()), file(set, used.Pos())}
		if a.from == a.to {
			continue
		}
		if arrows[a] == nil {
			arrows[a] = map[string]bool{}
		}
		arrows[a][ident.Name] = true
	}
	return arrows, nil
}

func file(set *token.FileSet, at token.Pos) string { return filepath.Base(set.Position(at).Filename) }

// backUp returns the arrows from a later file of the order to an earlier one.
func backUp(order []string, arrows map[arrow]map[string]bool) (up []arrow) {
	place := map[string]int{}
	for i, name := range order {
		place[name] = i
	}
	for a := range arrows {
		if place[a.from] > place[a.to] {
			up = append(up, a)
		}
	}
	slices.SortFunc(up, func(a, b arrow) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return up
}

// bestOrder returns an order of the files with few arrows back up.
func bestOrder(files []string, arrows map[arrow]map[string]bool) []string {
	order := greedyOrder(files, arrows)
	best := len(backUp(order, arrows))
	for better := true; better; {
		better = false
		for i := range order {
			for j := range order {
				moved := slices.Insert(slices.Delete(slices.Clone(order), i, i+1), j, order[i])
				if n := len(backUp(moved, arrows)); n < best {
					order, best, better = moved, n, true
				}
			}
		}
	}
	return order
}

// greedyOrder takes a file that uses no other to the bottom, while there is one. Otherwise it takes
// the file with the most arrows out beyond its arrows in to the top.
func greedyOrder(files []string, arrows map[arrow]map[string]bool) []string {
	left := slices.Sorted(slices.Values(files))
	var top, bottom []string
	for len(left) > 0 {
		out, beyond := map[string]int{}, map[string]int{}
		for a := range arrows {
			if slices.Contains(left, a.from) && slices.Contains(left, a.to) {
				out[a.from]++
				beyond[a.from]++
				beyond[a.to]--
			}
		}
		i := slices.IndexFunc(left, func(f string) bool { return out[f] == 0 })
		if i >= 0 {
			bottom = append(bottom, left[i])
		} else {
			first := slices.MaxFunc(left, func(f, g string) int { return cmp.Compare(beyond[f], beyond[g]) })
			i = slices.Index(left, first)
			top = append(top, first)
		}
		left = slices.Delete(left, i, i+1)
	}
	slices.Reverse(bottom)
	return append(top, bottom...)
}
