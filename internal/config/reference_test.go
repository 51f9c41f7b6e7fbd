package config

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"s3share/internal/grant"
)

var update = flag.Bool("update", false, "write docs/configuration.md, and the comments of docs/s3share.full.yml")

const (
	referenceFile = "../../docs/configuration.md"
	fullFile      = "../../docs/s3share.full.yml"
	starterFile   = "../../s3share.example.yml"
)

// A section describes the keys of one struct of file.go.
type section struct {
	of    string // the struct
	title string
	intro string
	at    []string // the struct's place in the full config; a number is a place in a list
}

var sections = []section{
	{"file", "The main file", "", nil},
	{"slack", "slack", "", []string{"slack"}},
	{"people", "Lists of people", "`approvers`, `auditors`, `responders`, and in a rule `requesters`, `approvers`, `notify` and `escalate`.", []string{"rules", "0", "notify"}},
	{"account", "accounts", "A list of accounts.", []string{"accounts", "0"}},
	{"owners", "people", "A list of principals with their users.", []string{"people", "0"}},
	{"rule", "rules", "A list of rules. The first rule whose `bucket` matches the name decides, so special rules come before general ones. Each default is the safe choice.", []string{"rules", "0"}},
	{"auto", "auto_approve", "A list, in a rule. The first entry that fits approves the request. It applies only to a request without a beneficiary, for a principal listed under `people`, on a bucket with an earlier approval by a person. A request outside these limits waits for an approver, like any other.", []string{"rules", "0", "auto_approve", "0"}},
	{"unattended", "break_glass", "In a rule. Access opens only for a principal that `people` lists as the person's own. An approver has to review each use.", []string{"rules", "0", "break_glass"}},
	{"hours", "lapse_hours", "In a rule.", []string{"rules", "0", "lapse_hours"}},
	{"level", "levels", "A mapping of names to actions. `ObjectActions` and `BucketActions` of `deploy/grantee-account.yml` must allow the actions too. At least one of the keys is needed.", []string{"levels", "get"}},
	{"store", "store", "", []string{"store"}},
}

const referenceHead = `# Configuration

_Reference for operators._ Each key of the config with its default, its limits and its meaning, and the variables beside it.

The bot reads one YAML file: its path is the flag ` + "`--config`" + ` or the variable ` + "`S3SHARE_CONFIG`" + `. Start with [s3share.example.yml](../s3share.example.yml); [s3share.full.yml](s3share.full.yml) has every key.

The file is read once, at the start. An unknown key, a value of another type, or a rule that cannot work is an error with its line, its column and a remedy; the bot reports all errors together and does not start. A credential is an error too: tokens and keys come from the [environment](#not-in-the-file).

A **duration** is a text like ` + "`45m`, `8h`, `3d` or `1d12h`" + `. An **id** of Slack is a text like ` + "`C0ADMIN`" + `: [where to find it](#ids-of-slack). Put account ids and times of day in quotes.
`

const referenceTail = `
## Ids of Slack

| id | place |
|---|---|
| channel, ` + "`C…` or `G…`" + ` | the end of the channel's details |
| member, ` + "`U…` or `W…`" + ` | the profile, *More*, *Copy member ID* |
| user group, ` + "`S…`" + ` | the group's page |
| workspace, ` + "`T…`" + ` | the workspace's address in a browser |

## Not in the file

| variable | value |
|---|---|
| ` + "`SLACK_BOT_TOKEN`" + ` | the bot token of the Slack app, ` + "`xoxb-…`" + ` (required) |
| ` + "`SLACK_APP_TOKEN`" + ` | an app-level token with ` + "`connections:write`, `xapp-…`" + ` (required) |
| ` + "`S3SHARE_CONFIG`" + ` | the config file, if ` + "`--config`" + ` names none |
| ` + "`SLACK_API_URL`" + ` | another address of Slack's API, with a slash at the end |
| ` + "`AWS_…`" + ` | credentials, region and endpoints, as in every AWS SDK |
`

// A keyDoc is a key, as its comment in file.go describes it.
type keyDoc struct {
	key, kind string // the kind is a value, or the struct of a section
	text      string
	fallback  string // the default; in backquotes it is tested
	limits    []string
	required  bool
	refused   bool
}

var (
	defaultIs = regexp.MustCompile(`(?s)\s*Default: (.+?)\.(?:\s|$)`)
	wholeCode = regexp.MustCompile("^`([^`]+)`$")
	limitsAre = regexp.MustCompile("\\s*Limits: `([^`]+)` to `([^`]+)`\\.")
)

// keyDocs reads the comments of all structs of file.go.
func keyDocs(t *testing.T) map[string][]keyDoc {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "file.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]keyDoc{}
	embedded := map[string][]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range structure.Fields.List {
			kind := types.ExprString(f.Type)
			if len(f.Names) == 0 {
				embedded[spec.Name.Name] = append(embedded[spec.Name.Name], kind)
			}
			if f.Tag != nil {
				tag, _ := strconv.Unquote(f.Tag.Value)
				all[spec.Name.Name] = append(all[spec.Name.Name], newKeyDoc(t, reflect.StructTag(tag).Get("yaml"), kind, f.Doc.Text()))
			}
		}
		return true
	})
	all["file"] = slices.Insert(all["file"], slices.IndexFunc(all["file"], func(k keyDoc) bool { return k.key == "request_ttl" }), all["included"]...)
	all["auto"] = append(all["auto"], all["unattended"]...)
	delete(all, "included")
	if !slices.Contains(embedded["file"], "included") || !slices.Contains(embedded["auto"], "unattended") {
		t.Fatalf("file.go embeds other structs by now: %v", embedded)
	}
	return all
}

func newKeyDoc(t *testing.T, key, kind, comment string) keyDoc {
	t.Helper()
	d := keyDoc{key: key, kind: strings.Trim(kind, "[]*"), text: strings.Join(strings.Fields(comment), " ")}
	if kind == "[]account" || kind == "[]owners" || kind == "[]rule" || kind == "[]auto" {
		d.kind = kind[2:]
	}
	if simple, ok := map[string]string{"found[string]": "text", "texts": "list of texts", "found[grant.Term]": "duration", "found[time.Duration]": "duration",
		"found[[]found[grant.Term]]": "list of durations", "found[int]": "number", "found[bool]": "true or false", "approvals": "number, or a mapping", "levels": "level"}[kind]; ok {
		d.kind = simple
	}
	if m := limitsAre.FindStringSubmatch(d.text); m != nil {
		d.limits, d.text = m[1:], strings.Replace(d.text, m[0], "", 1)
	}
	if m := defaultIs.FindStringSubmatch(d.text); m != nil {
		d.fallback, d.text = m[1], strings.Replace(d.text, m[0], " ", 1)
	}
	d.text = strings.TrimSpace(d.text)
	d.text, d.required = strings.CutSuffix(d.text, " Required.")
	d.refused = strings.HasPrefix(d.text, "Refused.")
	if d.text == "" || (d.fallback != "") == (d.required || d.refused) {
		t.Errorf("the comment of the key %s in file.go has to describe it, and end with one of Required. and Default: …", key)
	}
	return d
}

// The reference is written from the comments in file.go.
func TestReference(t *testing.T) {
	keys, full := keyDocs(t), readYAML(t, fullFile)
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.intro != "" {
			fmt.Fprintf(&b, "%s\n\n", s.intro)
		}
		b.WriteString("| key | value | example | default | meaning |\n|---|---|---|---|---|\n")
		for _, k := range keys[s.of] {
			if !k.refused {
				b.WriteString(row(k, valueAt(full, append(slices.Clone(s.at), k.key))))
			}
		}
	}
	b.WriteString(referenceTail)
	compareOrUpdate(t, referenceFile, b.String())
}

func row(k keyDoc, example any) string {
	value, shown := k.kind, ""
	if i := slices.IndexFunc(sections, func(s section) bool { return s.of == k.kind }); i >= 0 {
		title := sections[i].title
		value = fmt.Sprintf("[%s](#%s)", strings.ToLower(title), strings.ReplaceAll(strings.ToLower(title), " ", "-"))
	} else {
		text, _ := yaml.MarshalWithOptions(example, yaml.Flow(true))
		shown = "`" + strings.ReplaceAll(strings.TrimSpace(string(text)), "|", `\|`) + "`"
	}
	fallback := k.fallback
	if k.required {
		fallback = "required"
	}
	if shown == fallback {
		shown = "" // one of them is enough
	}
	text := k.text
	if k.limits != nil {
		text += fmt.Sprintf(" From `%s` to `%s`.", k.limits[0], k.limits[1])
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", k.key, value, shown, fallback, text)
}

// The full config has every key, with the first sentence of its description.
func TestFullConfigIsDescribed(t *testing.T) {
	text, err := os.ReadFile(fullFile)
	if err != nil {
		t.Fatal(err)
	}
	var bare []string
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			bare = append(bare, line)
		}
	}
	p := &problems{}
	root, ok := parse(&source{name: "full", short: "full"}, []byte(strings.Join(bare, "\n")), p)
	if !ok {
		t.Fatal(p.err())
	}
	keys, above := keyDocs(t), map[string]string{} // by line and key
	for _, s := range sections {
		n := nodeAt(root, s.at)
		for _, k := range keys[s.of] {
			i := slices.IndexFunc(n.entries, func(e entry) bool { return e.key == k.key })
			switch {
			case k.refused == (i >= 0):
				t.Errorf("docs/s3share.full.yml: %v.%s is missing, or refused by the bot", s.at, k.key)
			case i >= 0 && !k.refused:
				above[fmt.Sprint(n.entries[i].line-1, k.key)] = k.short()
			}
		}
	}
	out := []string{"# Every key, with a value of its own. The keys and their limits: configuration.md"}
	for i, line := range bare {
		key, _, _ := strings.Cut(strings.TrimLeft(line, " -"), ":") // keys inside braces have no comment
		if comment := above[fmt.Sprint(i, key)]; comment != "" {
			out = append(out, line[:len(line)-len(strings.TrimLeft(line, " "))]+"# "+comment)
		}
		out = append(out, line)
	}
	compareOrUpdate(t, fullFile, strings.Join(out, "\n"))
}

// short returns the first sentence and the default, in one line.
func (k keyDoc) short() string {
	first, _, _ := strings.Cut(k.text, ". ")
	first = strings.TrimSuffix(first, ".") + "."
	if k.required {
		first += " Required."
	} else if k.fallback != "" {
		first += " Default: " + k.fallback + "."
	}
	return strings.ReplaceAll(first, "`", "")
}

func compareOrUpdate(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not made from the comments in file.go: go test ./internal/config -run 'Reference|Full' -update\n%s", file, diff)
	}
}

// neededByOthers are optional keys that another key of the tested config needs.
var neededByOthers = []string{"file.approvers", "file.accounts", "account.role", "auto.groups", "auto.max_term", "unattended.groups", "level.object"}

// Each default, limit and requirement in a comment is that of the code.
func TestCommentsOfKeysAreTrue(t *testing.T) {
	tested := 0
	for _, s := range sections {
		for _, k := range keyDocs(t)[s.of] {
			at := append(slices.Clone(s.at), k.key)
			without, err := loadWith(t, at, nil)
			if k.required && err == nil {
				t.Errorf("%v is not required: describe its default", at)
			}
			if !k.required && err != nil && !slices.Contains(neededByOthers, s.of+"."+k.key) {
				t.Errorf("%v is required: say so in its comment: %v", at, err)
			}
			if m := wholeCode.FindStringSubmatch(k.fallback); m != nil {
				tested++
				with, errWith := loadWith(t, at, fromYAML(t, m[1]))
				if err != nil || errWith != nil {
					t.Errorf("%v: the default: %v, %v", at, err, errWith)
				} else if diff := cmp.Diff(without, with, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Config{}, "Path"), cmpopts.IgnoreFields(grant.Rule{}, "Name")); diff != "" {
					t.Errorf("%v: %s is not the default:\n%s", at, k.fallback, diff)
				}
			}
			if k.refused {
				tested++
				if _, err := loadWith(t, at, true); err == nil {
					t.Errorf("%v is not refused: describe it", at)
				}
			}
			for i, limit := range k.limits {
				tested++
				if _, err := loadWith(t, at, fromYAML(t, limit)); err != nil {
					t.Errorf("%v: the limit: %v", at, err)
				}
				if _, err := loadWith(t, at, beyond(t, limit, 2*i-1)); err == nil {
					t.Errorf("%v: more than the limit %s is accepted", at, limit)
				}
			}
		}
	}
	if tested < 30 {
		t.Errorf("only %d defaults and limits were tested", tested)
	}
}

// beyond returns the value after a limit, or the one before it.
func beyond(t *testing.T, limit string, by int) any {
	t.Helper()
	if n, err := strconv.Atoi(limit); err == nil {
		return n + by
	}
	if limit == "1s" {
		return "0s"
	}
	term, err := grant.ParseTerm(limit)
	if err != nil {
		t.Fatal(err)
	}
	return (term + grant.Term(by)).String()
}

// loadWith loads the starter config with another value at a place, or without
// one. Whatever the place needs is taken from the full config.
func loadWith(t *testing.T, at []string, value any) (Config, error) {
	t.Helper()
	root, full := readYAML(t, starterFile), readYAML(t, fullFile)
	put(root, []string{"people"}, full["people"])
	for i := 1; i < len(at); i++ {
		if valueAt(root, at[:i]) == nil {
			put(root, at[:i], valueAt(full, at[:i]))
		}
	}
	if at[len(at)-1] == "escalate_after" && value != nil {
		put(root, []string{"rules", "0", "escalate"}, map[string]any{"users": []any{"U0LEAD"}})
	}
	if at[0] == "rules" && len(at) == 3 {
		delete(root["rules"].([]any)[0].(map[string]any), "max_term")
	}
	put(root, at, value)
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return Load(write(t, "s3share.yml", string(text)))
}

func put(root map[string]any, at []string, value any) {
	m := valueAt(root, at[:len(at)-1]).(map[string]any)
	if m[at[len(at)-1]] = value; value == nil {
		delete(m, at[len(at)-1])
	}
}

func valueAt(root any, at []string) any {
	for _, step := range at {
		switch v := root.(type) {
		case map[string]any:
			root = v[step]
		case []any:
			i, _ := strconv.Atoi(step)
			root = v[i]
		default:
			return nil
		}
	}
	return root
}

func nodeAt(n node, at []string) node {
	for _, step := range at {
		if i, err := strconv.Atoi(step); err == nil {
			n = n.items[i]
			continue
		}
		n = n.entries[slices.IndexFunc(n.entries, func(e entry) bool { return e.key == step })].value
	}
	return n
}

func readYAML(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fromYAML(t, string(bytes.TrimSpace(text))).(map[string]any)
}

func fromYAML(t *testing.T, text string) (v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}
