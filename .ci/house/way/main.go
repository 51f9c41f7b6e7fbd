// Command way measures how far one request's way is: how many product files and
// functions run from the slash command to the expiry notice, and how often the
// way crosses from one file to another.
//
//	go run ./.ci/house/way             measures this checkout
//	go run ./.ci/house/way -C DIR      measures another one, such as a worktree of an older commit
//	go run ./.ci/house/way -files      lists every file, with its functions and its neighbours
//
// The bot runs in the sandbox, built with coverage counters, and plays two
// scripts: in way.txt a request is approved, becomes active, is warned of and
// expires; in idle.txt the bot starts, its clock moves by as much, and it stops.
//
//   - A block of statements is on the way if it ran more often in every run of
//     way.txt than in any run of idle.txt.
//   - A function is on the way if one of its blocks is. A file is on the way if
//     one of its functions is. Only internal/ counts, without the simulators.
//   - A hop is a pair of files on the way, in one direction: a block on the way,
//     or a package's variable, of the first names a function on the way of the
//     second. It counts once, however often it is taken. A call of an
//     interface's method goes to each method on the way that implements it. A
//     call through a variable of a function type, or through the standard
//     library, counts where the function's name stands.
//
// The core are the packages that decide: slackbot, commands, grant, reconcile,
// preflight and store. The others are taken at their word on a first reading:
// the disk, AWS's calls, the text of policies, queues.
//
// A person who reads the code for the first time visits less: a reader skips
// the checks that let everything pass, and a trace does not. So compare the
// numbers of two commits, never a number with a count by hand. Code that start-up
// runs more often than one request does, such as a read of the store, is
// missing here, equally in both.
package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

var (
	//go:embed way.txt
	wayScript string
	//go:embed idle.txt
	idleScript string
)

const module = "s3share/"

func main() {
	dir := flag.String("C", ".", "the checkout to measure")
	runs := flag.Int("runs", 2, "how often each script is played")
	files := flag.Bool("files", false, "list the files")
	flag.Parse()
	if err := measure(*dir, *runs, *files); err != nil {
		fmt.Fprintln(os.Stderr, "way:", err)
		os.Exit(1)
	}
}

func measure(dir string, runs int, files bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "way")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // a temporary directory
	s := sandbox{dir: dir, tmp: tmp}
	if err := s.build(); err != nil {
		return err
	}
	var way, idle []counts
	for range runs {
		for _, script := range []struct {
			text string
			to   *[]counts
		}{{wayScript, &way}, {idleScript, &idle}} {
			c, err := s.play(script.text)
			if err != nil {
				return err
			}
			*script.to = append(*script.to, c)
		}
	}
	g, err := load(dir, blocksOnTheWay(way, idle))
	if err != nil {
		return err
	}
	g.print(files)
	return nil
}

// sandbox is a build of the sandbox whose bot counts.
type sandbox struct{ dir, tmp string }

// The bot's process gets its environment from the sandbox, which passes on no
// GOCOVERDIR. This file is built into a package of both and sets the variable
// before the counters look for it.
const setter = `package deploy

import "os"

func init() {
	if len(os.Args) > 1 && os.Args[1] == "the-bot-itself" {
		os.Setenv("GOCOVERDIR", %q)
	}
}
`

func (s sandbox) counters() string { return filepath.Join(s.tmp, "counters") }
func (s sandbox) program() string  { return filepath.Join(s.tmp, "sandbox") }

func (s sandbox) build() error {
	added := filepath.Join(s.tmp, "added.go")
	if err := os.WriteFile(added, fmt.Appendf(nil, setter, s.counters()), 0o600); err != nil {
		return err
	}
	replace := map[string]string{filepath.Join(s.dir, "deploy/counters.go"): added}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(s.tmp, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		return err
	}
	_, err = run(s.dir, "go", "build", "-cover", "-covermode=atomic", "-coverpkg=./internal/...,./cmd/sandbox",
		"-overlay", overlay, "-o", s.program(), "./cmd/sandbox")
	return err
}

// play plays a script, and returns how often each block ran.
func (s sandbox) play(script string) (counts, error) {
	if err := os.RemoveAll(s.counters()); err != nil {
		return nil, err
	}
	if err := os.Mkdir(s.counters(), 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(s.tmp, "script.txt")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return nil, err
	}
	if _, err := run(s.dir, s.program(), "-script", file); err != nil {
		return nil, err
	}
	profile := filepath.Join(s.tmp, "profile")
	if _, err := run(s.dir, "go", "tool", "covdata", "textfmt", "-i", s.counters(), "-o", profile); err != nil {
		return nil, err
	}
	return readProfile(profile)
}

// run runs a program, and returns its output.
func run(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var stderr strings.Builder
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return out, err
}

// print prints the totals, the packages, and if wanted the files.
func (g *graph) print(files bool) {
	type row struct{ files, functions, hopsOut, hopsIn int }
	all, packages, hops := map[string]*row{}, map[string]*row{}, g.hops()
	of := func(rows map[string]*row, name string) *row {
		if rows[name] == nil {
			rows[name] = &row{}
		}
		return rows[name]
	}
	functions := 0
	for _, f := range g.functions {
		if f.onTheWay {
			functions++
			of(all, f.file).functions++
		}
	}
	for name, r := range all {
		of(packages, filepath.Dir(name)).files++
		of(packages, filepath.Dir(name)).functions += r.functions
	}
	for h := range hops {
		all[h.from].hopsOut++
		all[h.to].hopsIn++
		of(packages, filepath.Dir(h.from)).hopsOut++
		of(packages, filepath.Dir(h.to)).hopsIn++
	}
	fmt.Printf("%d files, %d functions, %d hops between files\n", len(all), functions, len(hops))
	core, coreFunctions, coreHops := 0, 0, 0
	for name, r := range all {
		if isCore(name) {
			core, coreFunctions = core+1, coreFunctions+r.functions
		}
	}
	for h := range hops {
		if isCore(h.from) && isCore(h.to) {
			coreHops++
		}
	}
	fmt.Printf("%d files, %d functions, %d hops between files in the core\n\n", core, coreFunctions, coreHops)
	list := func(rows map[string]*row) {
		names := make([]string, 0, len(rows))
		for name := range rows {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(filepath.Dir(a), filepath.Dir(b)), cmp.Compare(a, b))
		})
		for _, name := range names {
			r := rows[name]
			if r.files > 0 {
				fmt.Printf("%-40s %4d files", name, r.files)
			} else {
				fmt.Printf("%-50s", name)
			}
			fmt.Printf(" %4d functions %4d hops out %4d hops in\n", r.functions, r.hopsOut, r.hopsIn)
			if files && r.files == 0 {
				g.printFunctions(name)
			}
		}
	}
	list(packages)
	if files {
		fmt.Println()
		list(all)
	}
}

// isCore reports whether a file is in the core.
func isCore(file string) bool {
	room, _, _ := strings.Cut(strings.TrimPrefix(file, "internal/"), "/")
	return slices.Contains([]string{"slackbot", "commands", "grant", "reconcile", "preflight", "store"}, room)
}

func (g *graph) printFunctions(file string) {
	for _, f := range g.functions {
		if f.onTheWay && f.file == file {
			fmt.Printf("    %-40s %3d lines, called in %s\n", f.name, f.lines, strings.Join(g.callers(f), " "))
		}
	}
}
