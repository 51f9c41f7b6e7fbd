package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "s3share"

// A source is one Go file.
type source struct {
	path string // relative to the root, with slashes
	file *ast.File
	text string
	set  *token.FileSet
}

func (s source) dir() string     { return path.Dir(s.path) }
func (s source) isTest() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s source) isProduct() bool { return !s.isTest() }

// at is the position of n as text.
func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}

// imports returns the paths that s imports.
func (s source) imports() (all []string) {
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		all = append(all, name)
	}
	return all
}

// ours returns the package's directory if the import belongs to this module.
func ours(imported string) (dir string, is bool) { return strings.CutPrefix(imported, module+"/") }

func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != module
}

func parse(set *token.FileSet, name string, text []byte) (source, error) {
	file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{name, file, string(text), set}, err
}

func parseSource(t *testing.T, set *token.FileSet, name string, text []byte) source {
	t.Helper()
	s, err := parse(set, name, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// theTree returns all Go files of the module, with any build tags. It is read
// once and never changed.
func theTree(t *testing.T) []source {
	t.Helper()
	all, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d files: these tests would pass for nothing", len(all))
	}
	return all
}

var readTree = sync.OnceValues(func() (all []source, err error) {
	root, set := filepath.Join("..", ".."), token.NewFileSet()
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "vendor", "node_modules"}, d.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := parse(set, filepath.ToSlash(short), text)
		all = append(all, s)
		return err
	})
	return all, err
})
