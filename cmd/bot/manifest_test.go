package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestManifest holds manifest.yml against Slack's own schema (slackapi's
// manifest-schema, v2), and against the scopes that the bot's calls need: no more.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest any
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(patterns)
	schema, err := compiler.Compile("testdata/manifest-schema-v2.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(manifest); err != nil {
		t.Errorf("manifest.yml: %v", err)
	}
	manifest.(map[string]any)["settings"].(map[string]any)["interactivity"] = map[string]any{}
	if schema.Validate(manifest) == nil {
		t.Error("the schema accepts anything: this test cannot fail")
	}

	var m struct {
		OAuth struct {
			Scopes struct{ Bot []string }
		} `yaml:"oauth_config"`
	}
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	want := []string{"chat:write", "commands", "im:write", "usergroups:read", "users:read"}
	slices.Sort(m.OAuth.Scopes.Bot)
	if !slices.Equal(m.OAuth.Scopes.Bot, want) {
		t.Errorf("scopes are %v, want the least: %v", m.OAuth.Scopes.Bot, want)
	}
}

// patterns compiles what Go's regexp can, and lets anything pass for the two
// patterns of domain names that look ahead: the manifest names no domain.
func patterns(s string) (jsonschema.Regexp, error) {
	if strings.Contains(s, "(?!") {
		return anything(s), nil
	}
	return regexp.Compile(s)
}

type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }
