package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"s3share/internal/commands/parse"
	"s3share/internal/config"
	"s3share/internal/grant"
)

// placeholders of typed commands, and words in their place.
var placeholders = map[string][]string{
	"<id>":                          {"7K2M9QXA"},
	"<bucket[/prefix]>":             {"my-shared-bucket-20932", "my-shared-bucket-20932/builds"},
	"<level>":                       {"read"},
	"<principal>":                   {"build/test.user", "build/role/deploy", "arn:aws:iam::111111111111:user/test.user"},
	"<term>":                        {"8h", "3d"},
	"<reason>":                      {"nightly build"},
	"<reason…>":                     {"nightly build"},
	"[reason]":                      {"", "nightly build"},
	"<what you found>":              {"two reads of the fixtures"},
	"<topic>":                       {"levels"},
	"[topic]":                       {"", "levels"},
	"[now]":                         {"", "now"},
	"[page N]":                      {"", "page 2"},
	"[page N|csv]":                  {"", "page 2", "csv"},
	"[part of a name]":              {"", "fixtures"},
	"[mine|pending|active|all]":     {"", "mine", "pending", "active", "all"},
	"[bucket|principal|@person]":    {"", "my-shared-bucket-20932", "build/test.user", "<@U0RITA>"},
	"[id|bucket|principal|@person]": {"", "7K2M9QXA", "my-shared-bucket-20932", "build/test.user", "<@U0RITA>"},
	"<bucket[/prefix]|principal|@person|everything>": {"my-shared-bucket-20932/builds", "build/test.user", "<@U0RITA>", "everything"},
	"…": {"nightly build"},
}

var (
	placeholder = regexp.MustCompile(`<bucket\[/prefix\][^>]*>|<[a-z][^>]*>|\[[^\]]*\]|…`)
	verbAlone   = regexp.MustCompile(`^/s3share [a-z-]+$`)
)

// checkTyped parses each command, with every word in place of its placeholders.
func checkTyped(t *testing.T, s snippet) {
	t.Helper()
	if s.text == "/s3share …" {
		return // any command
	}
	for line := range strings.Lines(s.text) {
		for _, typed := range filled(t, s, strings.TrimSpace(line)) {
			if err := parseTyped(typed); err != nil && !(s.inline && verbAlone.MatchString(typed) && !errors.As(err, new(parse.Unknown))) {
				t.Errorf("%s: %s: %v", s.where, typed, err)
			}
		}
	}
}

// filled returns a command with each choice of its placeholders.
func filled(t *testing.T, s snippet, usage string) []string {
	t.Helper()
	all := []string{""}
	add := func(texts ...string) {
		var next []string
		for _, begun := range all {
			for _, text := range texts {
				next = append(next, begun+text)
			}
		}
		all = next
	}
	at := 0
	for _, m := range placeholder.FindAllStringIndex(usage, -1) {
		words, known := placeholders[usage[m[0]:m[1]]]
		if !known {
			t.Errorf("%s: %q is not a placeholder that a test can fill: add it to placeholders", s.where, usage[m[0]:m[1]])
			return nil
		}
		add(usage[at:m[0]])
		add(words...)
		at = m[1]
	}
	add(usage[at:])
	return all
}

func parseTyped(text string) error {
	_, err := parse.Parse(parse.Input{
		Text: strings.TrimPrefix(text, "/s3share"), At: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), Zone: time.UTC,
		Known: parse.Known{
			Levels:   grant.BuiltinLevels(),
			Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
			Bucket:   func(string) bool { return true },
			Grant:    func(grant.ID) (bool, error) { return true, nil },
		},
	})
	return err
}

// Each start of a request that commands.md lists is read, and each one that it
// calls refused is refused.
func TestStartsInTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| typed | read as |")
	table, _, _ = strings.Cut(table, "\n\n")
	starts := 0
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, m := range inlineCode.FindAllStringSubmatch(cell, -1) {
			if strings.HasPrefix(m[1], "…") {
				continue // the end of the one before it, in the zone of the requester
			}
			starts++
			if err := parseTyped("request my-shared-bucket-20932 read build/test.user 8h " + m[1] + " nightly build"); err != nil {
				t.Errorf("docs/commands.md: %s: %v", m[1], err)
			}
		}
	}
	if starts < 12 {
		t.Errorf("only %d starts were found", starts)
	}
}

var configLine = regexp.MustCompile(`^([a-z_]+): \S`)

// isConfigLine reports whether words in backquotes are a key of the config with
// its value.
func isConfigLine(s snippet) bool {
	m := configLine.FindStringSubmatch(s.text)
	return s.inline && m != nil && placeOf(readConfig("../../docs/s3share.full.yml"), m[1]) != nil
}

// checkConfig loads a config. A part of one is merged into the starter config,
// with everything that it needs from the full one.
func checkConfig(t *testing.T, s snippet) {
	t.Helper()
	if err := loadPart(s.text); err != nil {
		t.Errorf("%s: %v\n%s", s.where, err, s.text)
	}
}

func loadPart(text string) error {
	var part any
	if err := yaml.Unmarshal([]byte(text), &part); err != nil {
		return err
	}
	root, full := readConfig("../../s3share.example.yml"), readConfig("../../docs/s3share.full.yml")
	keys, isMap := part.(map[string]any)
	switch {
	case isMap && keys["slack"] != nil && keys["rules"] != nil:
		root = keys
	case isMap:
		root["people"] = full["people"]
		for key, value := range keys {
			place := placeOf(full, key)
			if place == nil {
				return fmt.Errorf("%q is no key of the config", key)
			}
			fill(root, full, place)[key] = value
		}
	default:
		root["rules"] = part
		root["people"] = full["people"]
	}
	merged, err := yaml.Marshal(root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "docs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s3share.yml")
	if err := os.WriteFile(path, merged, 0o600); err != nil {
		return err
	}
	_, err = config.Load(path)
	return err
}

// placeOf returns the mappings and lists around the first key of that name: nil
// if there is none. The main file's keys come first, then those of a rule.
func placeOf(full map[string]any, key string) []string {
	for _, place := range [][]string{{}, {"rules"}, {"accounts"}, {"slack"}, {"rules", "auto_approve"}, {"rules", "break_glass"}, {"rules", "lapse_hours"}, {"store"}} {
		m := full
		for _, step := range place {
			m = asMapping(m[step])
		}
		if _, ok := m[key]; ok {
			return place
		}
	}
	return nil
}

// fill returns the mapping at a place of root, made from the full config where
// root has none.
func fill(root, full map[string]any, place []string) map[string]any {
	for _, step := range place {
		if root[step] == nil {
			root[step] = full[step]
		}
		root, full = asMapping(root[step]), asMapping(full[step])
	}
	return root
}

// asMapping returns a mapping, or the last one of a list: the account and the
// rule that a part of a config changes.
func asMapping(v any) map[string]any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	m, _ := v.(map[string]any)
	return m
}

func readConfig(file string) (root map[string]any) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, &root)
	}
	if err != nil {
		panic(err)
	}
	return root
}

func TestPartsOfAConfig(t *testing.T) {
	for text, want := range map[string]string{
		"drift: heal":          "",
		"drift: maybe":         `drift is "maybe"`,
		"drfit: heal":          `"drfit" is no key of the config`,
		"store: { bblt: x }":   `"bblt" is not a key of store`,
		"per_day: 5":           "",
		"per_day: 0":           "per_day is 0",
		"identity: external":   "",
		"- { bucket: logs-* }": "account is missing",
		"slack: { admin_channel: C0ADMIN }\nrules: [{ bucket: logs, account: x }]": "there is no account",
	} {
		if err := loadPart(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// checkOutput finds the hint of a quoted error in the code.
func checkOutput(t *testing.T, s snippet) {
	t.Helper()
	_, hint, _ := strings.Cut(s.text, "(hint: ")
	hint = strings.TrimSuffix(hint, ")")
	if hint == "" || !anyHas(goFiles("./internal/..."), regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(hint), " ", ` (?:" ?\+\s*")?`))) {
		t.Errorf("%s: no code says %q: copy the present message", s.where, s.text)
	}
}

// checkSubject expects the folder of a commit's subject to exist.
func checkSubject(t *testing.T, s snippet) {
	t.Helper()
	folder, _, _ := strings.Cut(s.text, ":")
	if info, err := os.Stat("../../" + folder); err != nil || !info.IsDir() {
		t.Errorf("%s: there is no package %s", s.where, folder)
	}
}
