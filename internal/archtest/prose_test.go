package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A turn is a kind of phrase that has to be read twice. It may occur this often
// in 1,000 words of the docs.
type turn struct {
	name    string
	match   *regexp.Regexp
	ceiling float64
	mend    string
}

var turns = []turn{
	{"'what' as a noun", regexp.MustCompile(`(?i)\bwhat (?:\w+)`), 1.0,
		"begin with a noun: not \"what AWS refuses\" but \"a refused write\""},
	{"indefinite people", regexp.MustCompile(`(?i)\b(?:nobody|somebody|anybody|everybody|whoever|whom)\b`), 0.5,
		"name the role: requester, approver, operator"},
	{"a preposition before a relative pronoun",
		regexp.MustCompile(`(?i)\b(?:of|to|by|for|from|in|with|about|on|at|under|after|before) (?:which|whom|what)\b`), 1.3,
		"write two sentences"},
}

var (
	anyWord  = regexp.MustCompile(`[A-Za-z']+`)
	question = regexp.MustCompile(`(?i)\bwhat (?:to|if|kind|happens)\b`) // allowed
)

// prose returns the lines of a Markdown text without its code.
func prose(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "    ") {
			lines = append(lines, question.ReplaceAllString(inCode.ReplaceAllString(line, ""), ""))
		}
	}
	return lines
}

// A census counts turns of phrase in a text of many parts.
type census struct {
	words  int
	places [][]string // of each turn
}

// add counts the turns in one line.
func (c *census) add(where, line string) {
	if c.places == nil {
		c.places = make([][]string, len(turns))
	}
	c.words += len(anyWord.FindAllString(line, -1))
	for i, turn := range turns {
		for _, phrase := range turn.match.FindAllString(line, -1) {
			c.places[i] = append(c.places[i], where+": "+phrase)
		}
	}
}

// check reports each turn that is over its ceiling.
func (c *census) check(t *testing.T, least int) {
	t.Helper()
	if c.words < least {
		t.Fatalf("only %d words were found: this test would pass for nothing", c.words)
	}
	for i, turn := range turns {
		if rate := 1000 * float64(len(c.places[i])) / float64(c.words); rate > turn.ceiling {
			t.Errorf("%s: %.1f in 1,000 words, more than %.1f; %s:\n%s", turn.name, rate, turn.ceiling, turn.mend, strings.Join(c.places[i], "\n"))
		}
	}
}

// The docs are plain English: each turn of phrase stays under its ceiling.
func TestDocsArePlain(t *testing.T) {
	var c census
	for _, doc := range docs(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range prose(string(text)) {
			c.add(strings.TrimPrefix(doc, "../../"), line)
		}
	}
	c.check(t, 10_000)
}

// commentsOf matches the comments of a language, by the end of the file's name.
// Scripts have no end.
var commentsOf = map[string]*regexp.Regexp{
	".go":  slashes,
	".mjs": slashes,
	".ts":  slashes,
	".tsx": slashes,
	".css": slashes,
	".py":  regexp.MustCompile(`(?s)""".*?"""|(?-s:(?m:(?:^|\s)#\s.*$))`),
	"":     regexp.MustCompile(`(?m)(?:^|\s)#\s.*$`),
}

var slashes = regexp.MustCompile(`(?s)/\*.*?\*/|(?-s:(?m:(?:^|\s)//.*$))`)

// addComments counts the turns in the comments of a file of any language.
func (c *census) addComments(name, text string) {
	match := commentsOf[path.Ext(path.Base(name))]
	if match == nil {
		return
	}
	for _, at := range match.FindAllStringIndex(text, -1) {
		first := 1 + strings.Count(text[:at[0]], "\n")
		for i, line := range strings.Split(text[at[0]:at[1]], "\n") {
			c.add(fmt.Sprintf("%s:%d", name, first+i), question.ReplaceAllString(line, ""))
		}
	}
}

// addFolder counts the turns in the comments of all files below a folder.
func (c *census) addFolder(t *testing.T, folder string) {
	t.Helper()
	before, root := c.words, os.DirFS("../..")
	err := fs.WalkDir(root, folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		text, err := fs.ReadFile(root, name)
		c.addComments(name, string(text))
		return err
	})
	if err != nil || c.words == before {
		t.Fatalf("%s has no comments: %v", folder, err)
	}
}

func TestCommentsOfOtherLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"x.go":     "// Ask somebody.\npackage x // or whoever\n",
		".ci/x":    "#!/usr/bin/env bash\n# Ask somebody.\necho nobody # or whoever\n",
		"x.py":     "\"\"\"Ask\nsomebody.\"\"\"\nprint('nobody') # or whoever\n",
		"x.tsx":    "/* Ask\nsomebody. */\nconst a = 'http://nobody'; // or whoever\n",
		"x.json":   "// nobody",
		"x.css":    "/* whoever: somebody */ .nobody {}",
		".ci/x.go": "const a = \"nobody\"",
	} {
		var c census
		c.add("", "")
		c.addComments(name, text)
		want := []string{}
		if strings.Contains(text, "whoever") {
			want = []string{"somebody", "whoever"}
		}
		got := []string{}
		for _, place := range c.places[1] {
			got = append(got, place[strings.LastIndex(place, " ")+1:])
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The comments of the product are plain English, and so are those of its tests,
// its simulators, its sandbox and the scripts of CI.
func TestCommentsArePlain(t *testing.T) {
	var product, others census
	for _, s := range theTree(t) {
		c := &product
		if s.isTest() || strings.HasPrefix(s.path, "internal/sim/") || strings.HasPrefix(s.path, "cmd/sandbox/") {
			c = &others
		}
		for _, group := range s.file.Comments {
			for line := range strings.Lines(group.Text()) {
				c.add(s.at(group), question.ReplaceAllString(line, ""))
			}
		}
	}
	others.addFolder(t, ".ci")
	others.addFolder(t, "cmd/sandbox/web/front/src")
	product.check(t, 10_000)
	others.check(t, 10_000)
}

func TestProse(t *testing.T) {
	const text = "Know what it is, and `what it says`.\n\n    somebody runs what she likes\n\nWhat to do: ask somebody, of whom there are two.\n"
	got := make([]int, len(turns))
	for _, line := range prose(text) {
		for i, turn := range turns {
			got[i] += len(turn.match.FindAllString(line, -1))
		}
	}
	if want := []int{1, 2, 1}; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
}
