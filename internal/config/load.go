package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Load reads the config at path with its includes. The error joins all
// problems, each a sentence with its position, in file order.
func Load(path string) (Config, error) {
	data, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, fmt.Errorf("%s: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)", path)
	case err != nil:
		return Config{}, fmt.Errorf("reading the config: %w", err)
	}
	p := &problems{}
	main := &source{name: path, short: filepath.Base(path)}
	root, ok := parse(main, data, p)
	if !ok {
		return Config{}, p.err()
	}
	f := decodeMain(root, p)
	f.includeAll(main, p)
	c := build(f, p)
	if err := p.err(); err != nil {
		return Config{}, err
	}
	c.Path, c.Warnings = path, p.warnings()
	c.Digest = c.digest()
	return c, nil
}

// includeAll adds the files that match the include pattern, sorted by name. A
// pattern without a match is a warning; a plain name without a file is an
// error.
func (f *file) includeAll(main *source, p *problems) {
	if !f.Include.ok {
		return
	}
	pattern, dir := f.Include.v, filepath.Dir(main.name)
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(escapeGlob(dir), pattern)
	}
	names, err := filepath.Glob(pattern)
	switch {
	case f.Include.v == "":
		p.add(f.Include.mark, "include is empty: name the files, like include: rules.d/*.yml, or remove it")
		return
	case err != nil:
		p.add(f.Include.mark, "include is %q, which is not a pattern: write it like rules.d/*.yml", clip(f.Include.v))
		return
	case len(names) == 0 && strings.ContainsAny(f.Include.v, "*?["):
		p.warn(f.Include.mark, "include is %s, but no file matches it: correct the pattern or remove it", clip(f.Include.v))
		return
	case len(names) == 0:
		p.add(f.Include.mark, "include names %s, which does not exist: create it, or use a pattern like rules.d/*.yml",
			clip(f.Include.v))
		return
	}
	slices.Sort(names)
	for i, name := range names {
		if same(name, main.name) {
			p.add(f.Include.mark, "include matches this file itself: keep the included files in a directory of their own")
			continue
		}
		short := name
		if rel, err := filepath.Rel(dir, name); err == nil {
			short = filepath.ToSlash(rel)
		}
		f.includeOne(&source{name: name, short: short, order: i + 1}, main, p)
	}
}

func (f *file) includeOne(in, main *source, p *problems) {
	data, err := readFile(in.name)
	if err != nil {
		p.add(f.Include.mark, "cannot include %s: %v", in.name, err)
		return
	}
	if root, ok := parse(in, data, p); ok {
		f.decodeIncluded(root, main, p)
	}
}

// readFile reads at most the bytes that show that a file is too long.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostFileBytes+4)) // four more for a byte order mark
}

func same(a, b string) bool {
	ai, errA := os.Stat(a)
	bi, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ai, bi)
}

// escapeGlob escapes a directory name, so that it matches only itself.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// build checks the files, sets defaults and converts the values. The result is
// valid only without problems.
func build(f file, p *problems) Config {
	b := &builder{file: f, p: p}
	b.buildSettings()
	b.buildAccounts()
	b.buildLevels()
	b.buildPeople()
	b.buildRules()
	return b.c
}
