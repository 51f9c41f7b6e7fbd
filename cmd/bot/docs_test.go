package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A snippet is code in a page: a block, or words in backquotes.
type snippet struct {
	where  string // page:line
	text   string
	inline bool
	lang   string // of a fenced block
}

// How each kind of code in the docs is checked. The first kind that matches a
// snippet checks it.
var snippetKinds = []struct {
	name    string
	matches func(snippet) bool
	check   func(*testing.T, snippet)
}{
	{"a typed command", begins(`/s3share( |$)`), checkTyped},
	{"a config", func(s snippet) bool { return s.lang == "yml" || s.lang == "yaml" || isConfigLine(s) }, checkConfig},
	{"output of the bot", begins(`bot: `), checkOutput},
	{"a script, played by cmd/sandbox", func(s snippet) bool { return !s.inline && strings.Contains(s.text, "\nshows ") }, nil},
	{"a drawing, which TestLifecycleIsComplete holds", func(s snippet) bool { return !s.inline && strings.ContainsAny(s.text, "─│▶") }, nil},
	{"the subject of a commit", func(s snippet) bool { return !s.inline && subject.MatchString(s.text) }, checkSubject},
	{"command lines", func(s snippet) bool { return !s.inline || shellInline.MatchString(s.text) }, checkShell},
}

var (
	subject     = regexp.MustCompile(`^(internal|cmd)/[a-z/]+: [^\n]+$`)
	shellInline = regexp.MustCompile(`^((\./)?bot|go|docker|curl|rm|cp|npm) [a-z.-]`)
	inlineCode  = regexp.MustCompile("`([^`\n]+)`")
)

func begins(pattern string) func(snippet) bool {
	match := regexp.MustCompile(`^` + pattern)
	return func(s snippet) bool { return match.MatchString(s.text) }
}

// Each command and each piece of config in the docs works as far as it can be
// checked without AWS and Slack.
func TestCodeInTheDocs(t *testing.T) {
	counts := map[string]int{}
	for _, s := range snippets(t) {
		known := false
		for _, kind := range snippetKinds {
			if kind.matches(s) {
				counts[kind.name]++
				known = true
				if kind.check != nil {
					kind.check(t, s)
				}
				break
			}
		}
		if !known && !s.inline {
			t.Errorf("%s: no test checks this code: say in snippetKinds how it is checked\n%s", s.where, s.text)
		}
	}
	for _, kind := range snippetKinds {
		if counts[kind.name] == 0 {
			t.Errorf("the docs have no code that is %s: remove the kind, or mend how it is found", kind.name)
		}
	}
}

// snippets returns the code of every page.
func snippets(t *testing.T) (all []snippet) {
	t.Helper()
	pages := []string{"README.md", "CONTRIBUTING.md"}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, "docs", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil || len(pages) < 20 {
		t.Fatalf("found only %q: %v", pages, err)
	}
	for _, page := range pages {
		text, err := fs.ReadFile(root, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, snippetsOf(page, string(text))...)
	}
	return all
}

// snippetsOf returns the code of a page: fenced blocks, indented blocks behind
// an empty line, and code in backquotes.
func snippetsOf(page, text string) (all []snippet) {
	var block []string
	fence, first, empty := "", 0, true
	lang := ""
	end := func() {
		if len(block) > 0 {
			all = append(all, snippet{where: fmt.Sprintf("%s:%d", page, first), text: undent(block), lang: lang})
		}
		block, lang = nil, ""
	}
	for i, line := range strings.Split(text, "\n") {
		bare := strings.TrimSpace(line)
		switch {
		case fence == "" && strings.HasPrefix(bare, "```"):
			end()
			fence, lang, first = "```", strings.TrimPrefix(bare, "```"), i+2
		case fence != "" && bare == fence:
			end()
			fence = ""
		case fence != "" || len(block) > 0 && strings.HasPrefix(line, "    "):
			block = append(block, line)
		case strings.HasPrefix(line, "    ") && empty && bare != "":
			block, first = []string{line}, i+1
		default:
			end()
			for _, m := range inlineCode.FindAllStringSubmatch(line, -1) {
				all = append(all, snippet{where: fmt.Sprintf("%s:%d", page, i+1), text: strings.ReplaceAll(m[1], `\|`, "|"), inline: true})
			}
		}
		empty = bare == ""
	}
	end()
	return all
}

func undent(lines []string) string {
	least := 1000
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			least = min(least, len(l)-len(strings.TrimLeft(l, " ")))
		}
	}
	var out []string
	for _, l := range lines {
		out = append(out, l[min(least, len(l)):])
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

func TestSnippetsOfAPage(t *testing.T) {
	const page = "# A\n\nText `x` and `a\\|b`.\n\n    one\n      two\n\n1. item\n\n       three\n   rest\n```yml\na: 1\n```\n"
	want := []snippet{{"p:3", "x", true, ""}, {"p:3", "a|b", true, ""}, {"p:5", "one\n  two", false, ""}, {"p:10", "three", false, ""}, {"p:13", "a: 1", false, "yml"}}
	if got := snippetsOf("p", page); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// A shellCommand is one simple command of a line.
type shellCommand struct {
	env   []string // assignments in front of it
	words []string
}

// shellCommands splits shell text at its operators and reads the quotes. It is
// no shell: keywords are dropped, and each substitution is a command of its own.
func shellCommands(text string) (all []shellCommand) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	var c shellCommand
	var word strings.Builder
	begun := false
	endWord := func() {
		w := word.String()
		switch {
		case !begun:
		case len(c.words) == 0 && (w == "time" || w == "until" || w == "do" || w == "done" || w == "!"):
		case len(c.words) == 0 && regexp.MustCompile(`^[A-Z][A-Z0-9_]*=`).MatchString(w):
			c.env = append(c.env, w)
		default:
			c.words = append(c.words, w)
		}
		word.Reset()
		begun = false
	}
	endCommand := func() {
		endWord()
		if len(c.words) > 0 {
			all = append(all, c)
		}
		c = shellCommand{}
	}
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\'' || b == '"':
			n := strings.IndexByte(text[i+1:], b)
			if n < 0 {
				n = len(text) - i - 1
			}
			word.WriteString(text[i+1 : i+1+n])
			begun = true
			i += n + 1
		case b == '#' && !begun:
			for i < len(text) && text[i] != '\n' {
				i++
			}
			endCommand()
		case strings.HasPrefix(text[i:], "$(") || strings.HasPrefix(text[i:], "<("):
			i++
			endCommand()
		case strings.HasPrefix(text[i:], "$!"):
			word.WriteString("$!")
			begun = true
			i++
		case strings.IndexByte("|&;()\n", b) >= 0:
			endCommand()
		case b == ' ' || b == '\t':
			endWord()
		default:
			word.WriteByte(b)
			begun = true
		}
	}
	endCommand()
	return all
}

func TestShellCommands(t *testing.T) {
	for text, want := range map[string]string{
		"A=1 go test -run '^$' ./x   # why | not": `[[A=1] [go test -run ^$ ./x]]`,
		"cp a b && cd c; jq -r 'x | y' f | head":  `[[] [cp a b]][[] [cd c]][[] [jq -r x | y f]][[] [head]]`,
		"aws a \\\n  --b 'c d'\naws e":            `[[] [aws a --b c d]][[] [aws e]]`,
		"comm <(go list x | sort) y":              `[[] [comm]][[] [go list x]][[] [sort]][[] [y]]`,
	} {
		var got strings.Builder
		for _, c := range shellCommands(text) {
			fmt.Fprintf(&got, "[%v %v]", c.env, c.words)
		}
		if got.String() != want {
			t.Errorf("%s: %s, want %s", text, got.String(), want)
		}
	}
}

// checkShell checks the syntax of a block, and each command in it.
func checkShell(t *testing.T, s snippet) {
	t.Helper()
	if bash, err := exec.LookPath("bash"); err == nil && !s.inline {
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(s.text)
		var said bytes.Buffer
		cmd.Stderr = &said
		if cmd.Run() != nil {
			t.Errorf("%s: bash cannot read this block: say in snippetKinds how it is checked\n%s\n%s", s.where, s.text, said.String())
			return
		}
	}
	for _, c := range shellCommands(s.text) {
		check, known := programChecks[c.words[0]]
		switch {
		case known:
			if why := check(c); why != "" {
				t.Errorf("%s: %s: %s", s.where, strings.Join(c.words, " "), why)
			}
		case strings.HasPrefix(c.words[0], ".ci/"):
			if info, err := os.Stat("../../" + c.words[0]); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s: %s cannot be run: %v", s.where, c.words[0], err)
			}
		default:
			t.Errorf("%s: no test checks %q: say in programChecks how it is checked, or in snippetKinds if it is no command line", s.where, c.words[0])
		}
		if why := missingFile(c); why != "" {
			t.Errorf("%s: %s", s.where, why)
		}
	}
}

// repositoryFile matches words that name a file of the repository.
var repositoryFile = regexp.MustCompile(`^(\./)?((internal|cmd|docs|deploy|bench|\.ci)/[\w./*-]+|[\w.-]+\.(yml|md))$`)

// missingFile returns why a word names no file of the repository, or "". The
// config of a reader and the outputs of a command are none.
func missingFile(c shellCommand) string {
	for _, w := range c.words[1:] {
		if !repositoryFile.MatchString(w) || w == "s3share.yml" || strings.HasSuffix(w, "/...") {
			continue
		}
		if found, _ := filepath.Glob("../../" + w); len(found) == 0 {
			return w + " does not exist: name the file that has it now"
		}
	}
	return ""
}
