package archtest

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`^#{1,6} (.+)$`)
	listed  = regexp.MustCompile(`^- \[(.+)\]\(([^)]+)\)(?:: (.+))?$`)
	purpose = regexp.MustCompile(`^_(Tutorial|How-to|Reference|Explanation) for [a-z, ]+\._ ([A-Z].+\.)$`)
)

// mostWords is the length at which a page of each kind is split.
var mostWords = map[string]int{"Tutorial": 1000, "How-to": 1400, "Explanation": 1400, "Reference": 2600}

// pages returns the text of every page, by its path in the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, file := range append(docs(t), "../../llms.txt") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(strings.TrimPrefix(filepath.Clean(file), filepath.Clean("../../")+string(filepath.Separator)))] = string(text)
	}
	return texts
}

// outsideCode returns the lines of a page, without code blocks and with inline code kept.
func outsideCode(text string) (lines []string) {
	fenced := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		fence := strings.HasPrefix(line, "```")
		if fenced = fenced != fence; !fenced && !fence && !strings.HasPrefix(line, "    ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// anchors returns the ids that GitHub gives the headings of a page.
func anchors(text string) map[string]bool {
	ids := map[string]bool{}
	for _, line := range outsideCode(text) {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		id := strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, m[1])
		unique := id
		for n := 1; ids[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", id, n)
		}
		ids[unique] = true
	}
	return ids
}

func TestAnchors(t *testing.T) {
	got := anchors("# One `two`, three…\n    # code\n```\n# code\n```\n## A_b-c\n## A_b-c\n")
	if want := []string{"a_b-c", "a_b-c-1", "one-two-three"}; !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		t.Errorf("%v, want %v", slices.Sorted(maps.Keys(got)), want)
	}
}

// Each relative link of a page leads to a file, and its anchor to a heading there.
func TestLinksResolve(t *testing.T) {
	all, found := pages(t), 0
	for from, text := range all {
		for _, line := range outsideCode(text) {
			for _, m := range link.FindAllStringSubmatch(inCode.ReplaceAllString(line, ""), -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				found++
				file, anchor, _ := strings.Cut(m[1], "#")
				to := from
				if file != "" {
					to = path.Join(path.Dir(from), file)
				}
				if _, err := os.Stat(filepath.Join("../..", to)); err != nil {
					t.Errorf("%s links to %s, which does not exist: link to the page that has it now", from, m[1])
				} else if target, isPage := all[to]; anchor != "" && (!isPage || !anchors(target)[anchor]) {
					t.Errorf("%s links to %s, and %s has no such heading: it has %s", from, m[1], to,
						strings.Join(slices.Sorted(maps.Keys(anchors(target))), ", "))
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d links were found: this test would pass for nothing", found)
	}
}

// Pages that the code names exist.
func TestPagesNamedInCodeExist(t *testing.T) {
	named := regexp.MustCompile(`docs/[\w/-]+\.md`)
	for _, s := range theTree(t) {
		text, err := os.ReadFile(filepath.Join("../..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range named.FindAllString(string(text), -1) {
			if _, err := os.Stat(filepath.Join("../..", page)); err != nil {
				t.Errorf("%s names %s, which does not exist: name the page that has it now", s.path, page)
			}
		}
	}
}

// Each page of docs says what it is for, keeps to a length, and is in the index.
func TestPagesHaveAPurpose(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		if path.Dir(page) != "docs" || page == "docs/README.md" {
			continue
		}
		lines := strings.SplitN(text, "\n", 4)
		title, isTitle := strings.CutPrefix(lines[0], "# ")
		if !isTitle || len(lines) < 4 || lines[1] != "" || !purpose.MatchString(lines[2]) {
			t.Errorf("%s does not begin with its title, an empty line and its purpose: "+
				"write \"_How-to for operators._ One sentence.\" in line 3", page)
			continue
		}
		m := purpose.FindStringSubmatch(lines[2])
		if n := len(strings.Fields(text)); n > mostWords[m[1]] {
			t.Errorf("%s has %d words, and a page of its kind at most %d: split it", page, n, mostWords[m[1]])
		}
		if line := fmt.Sprintf("- [%s](%s): %s", title, path.Base(page), m[2]); !strings.Contains(all["docs/README.md"], line+"\n") {
			t.Errorf("docs/README.md does not list %s: add the line\n%s", page, line)
		}
	}
	for page, text := range all {
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
		if line := fmt.Sprintf("- [%s](%s)\n", title, path.Base(page)); path.Dir(page) == "docs/adr" && page != "docs/adr/README.md" &&
			!strings.Contains(all["docs/adr/README.md"], path.Base(page)) {
			t.Errorf("docs/adr/README.md does not list %s: add a line like\n%s", page, line)
		}
	}
}

// llms.txt lists the pages in the order of docs/README.md. To write it again:
// go test ./internal/archtest -run TestLLMs -update
func TestLLMs(t *testing.T) {
	all := pages(t)
	want := llms(all["docs/README.md"], all["docs/adr/README.md"])
	if *update {
		if err := os.WriteFile("../../llms.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if all["llms.txt"] != want {
		t.Error("llms.txt differs from the lists in docs/README.md and docs/adr/README.md: run this test with -update")
	}
	for page := range all {
		if page != "README.md" && page != "docs/README.md" && page != "llms.txt" && !strings.Contains(want, "]("+page+")") {
			t.Errorf("llms.txt would lack %s: list it in docs/README.md", page)
		}
	}
}

// llms returns the text of llms.txt for an index and a list of decisions.
func llms(index, decisions string) string {
	var b strings.Builder
	b.WriteString("# s3share\n")
	summary := ""
	for _, line := range outsideCode(index) {
		section, isSection := strings.CutPrefix(line, "## ")
		switch m := listed.FindStringSubmatch(line); {
		case m != nil:
			fmt.Fprintf(&b, "- [%s](%s): %s\n", m[1], path.Join("docs", m[2]), m[3])
		case isSection:
			fmt.Fprintf(&b, "\n## %s\n\n", section)
		case summary == "" && line != "" && !strings.HasPrefix(line, "#"):
			summary = line
			fmt.Fprintf(&b, "\n> %s\n", line)
		}
	}
	b.WriteString("\n## Optional\n\n") // the format's name for pages that a reader may leave out
	for _, line := range outsideCode(decisions) {
		if m := listed.FindStringSubmatch(line); m != nil {
			fmt.Fprintf(&b, "- [%s](%s): A decision and its reasons.\n", m[1], path.Join("docs/adr", m[2]))
		}
	}
	return b.String()
}
