package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	linkInText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	ending     = regexp.MustCompile(`[.!?] +\S`)
)

const longestCell = 160

// cellFault says why a cell of a table is too long for the README, or is empty.
func cellFault(cell string) string {
	shown := linkInText.ReplaceAllString(cell, "$1")
	switch n := utf8.RuneCountInString(shown); {
	case n > longestCell:
		return fmt.Sprintf("has %d characters, and at most %d are read", n, longestCell)
	case ending.MatchString(shown):
		return "has more than one sentence"
	}
	return ""
}

func TestCellFault(t *testing.T) {
	for cell, faulty := range map[string]bool{
		"There is nothing to install.":                               false,
		"[Go 1.26](https://" + strings.Repeat("x", 200) + ") builds": false,
		"It is here. It stays.":                                      true,
		strings.Repeat("x", longestCell+1):                           true,
	} {
		if got := cellFault(cell); (got != "") != faulty {
			t.Errorf("%q: %q", cell, got)
		}
	}
}

// A cell of the README is one sentence at most.
func TestReadmeCells(t *testing.T) {
	cells := 0
	for _, line := range outsideCode(readme(t)) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		for _, cell := range strings.Split(strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "/"), "|") {
			cells++
			if fault := cellFault(strings.TrimSpace(cell)); fault != "" {
				t.Errorf("README.md: the cell %q %s: move the rest to a page of docs", strings.TrimSpace(cell), fault)
			}
		}
	}
	if cells < 20 {
		t.Errorf("only %d cells were found: this test would pass for nothing", cells)
	}
}

// The README's pictures exist, each with a text for those who do not see it,
// and the two commands of the set-up are as they always were.
func TestReadmePictures(t *testing.T) {
	text := readme(t)
	files := regexp.MustCompile(`(?:src|srcset)="([^"]+)"`).FindAllStringSubmatch(text, -1)
	for _, m := range files {
		if _, err := os.Stat(filepath.Join("..", "..", m[1])); err != nil {
			t.Errorf("README.md shows %s, which does not exist", m[1])
		}
	}
	if len(files) < 3 {
		t.Errorf("only %d pictures were found", len(files))
	}
	for _, img := range regexp.MustCompile(`<img [^>]*>`).FindAllString(text, -1) {
		if !regexp.MustCompile(` alt="[^"]{40,}"`).MatchString(img) {
			t.Errorf("README.md: %s has no text for readers who do not see it", img)
		}
	}
	for _, command := range []string{"\n    go run ./cmd/sandbox ", "\n    go test ./... "} {
		if !strings.Contains(text, command) {
			t.Errorf("README.md lacks the command%q", command)
		}
	}
}

// The README's figures are true, and not much older than the code.
func TestReadmeFigures(t *testing.T) {
	count := func(path, pattern string) int {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return len(regexp.MustCompile(pattern).FindAllString(string(text), -1))
	}
	scripts, err := filepath.Glob("../../cmd/sandbox/testdata/script/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	tests, targets := 0, 0
	for _, s := range theTree(t) {
		if s.isTest() {
			tests += len(regexp.MustCompile(`(?m)^func Test[A-Z]`).FindAllString(s.text, -1))
			targets += len(regexp.MustCompile(`(?m)^func Fuzz[A-Z]`).FindAllString(s.text, -1))
		}
	}
	for _, figure := range []struct {
		row    string // the beginning of the row's first cell
		actual int
	}{
		{"test functions", tests},
		{"scenarios of the whole program", len(scripts)},
		{"fuzz targets", targets},
		{"threats with their controls", count("../../docs/threat-model.md", `(?m)^\| [A-Z].* \| .* \| .* \| .* \|$`)},
		{"known failures of similar tools", count("../../docs/traps.md", `(?m)^\| [0-9]+ \|`)},
	} {
		m := regexp.MustCompile(`(?m)^\| ` + figure.row + `[^|]*\| ([0-9,]+) \|$`).FindStringSubmatch(readme(t))
		if m == nil {
			t.Errorf("README.md has no row %q", figure.row)
			continue
		}
		claimed, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		if claimed > figure.actual || claimed*5 < figure.actual*4 {
			t.Errorf("README.md counts %d %s, and there are %d: count again (docs/testing.md)", claimed, figure.row, figure.actual)
		}
	}
}
