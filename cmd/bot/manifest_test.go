package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func readManifest(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("../../manifest.yml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest
}

// at follows a path like "settings.interactivity" and returns the mapping with
// its last name.
func at(t *testing.T, manifest map[string]any, path string) (inside map[string]any, name string) {
	t.Helper()
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		next := manifest[part]
		if list, ok := next.([]any); ok {
			next = list[0]
		}
		inner, ok := next.(map[string]any)
		if !ok {
			t.Fatalf("the manifest has no %s", path)
		}
		manifest = inner
	}
	return manifest, parts[len(parts)-1]
}

// TestManifest validates manifest.yml with Slack's own schema (slackapi's
// manifest-schema, v2).
func TestManifest(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(patterns)
	schema, err := compiler.Compile("testdata/manifest-schema-v2.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(readManifest(t)); err != nil {
		t.Errorf("manifest.yml: %v", err)
	}
	// A check that the schema notices these mistakes.
	for _, c := range []struct {
		path   string
		broken any
	}{
		{"display_information", nil},
		{"display_information.name", strings.Repeat("x", 36)},
		{"display_information.description", strings.Repeat("x", 141)},
		{"display_information.background_color", 0x1f3a5f},
		{"features.app_home.messages_tab_enabled", "yes"},
		{"features.app_home.tab", true},
		{"features.bot_user", map[string]any{}},
		{"features.slash_commands.command", nil},
		{"features.slash_commands.description", strings.Repeat("x", 2001)},
		{"features.slash_commands.usage_hint", strings.Repeat("x", 1001)},
		{"oauth_config.scopes.bot", "chat:write"},
		{"settings.interactivity", map[string]any{}},
		{"settings.socket_mode_enabled", "true"},
		{"settings.socket_mode", true},
	} {
		manifest := readManifest(t)
		inside, name := at(t, manifest, c.path)
		if inside[name] = c.broken; c.broken == nil {
			delete(inside, name)
		}
		if schema.Validate(manifest) == nil {
			t.Errorf("the schema takes %.40v for %s", c.broken, c.path)
		}
	}
}

// The manifest has everything that the bot needs, besides being valid.
func TestManifestHasTheBotsNeeds(t *testing.T) {
	for path, want := range map[string]any{
		"settings.socket_mode_enabled":                     true, // the bot has no address
		"settings.interactivity.is_enabled":                true, // buttons and modals
		"settings.org_deploy_enabled":                      false,
		"settings.token_rotation_enabled":                  false, // the bot does not store new tokens
		"features.app_home.messages_tab_enabled":           true,  // notices arrive there
		"features.app_home.messages_tab_read_only_enabled": true,  // people do not answer them
		"features.slash_commands.command":                  "/s3share",
		"features.slash_commands.should_escape":            true, // mentions arrive as ids
		"features.app_home.home_tab_enabled":               true,
		"features.shortcuts.callback_id":                   "request_access",
		"features.slash_commands.usage_hint":               "request <bucket[/prefix]> <level> <principal> <term> <reason…>",
	} {
		inside, name := at(t, readManifest(t), path)
		if inside[name] != want {
			t.Errorf("%s is %v, want %v", path, inside[name], want)
		}
	}
	inside, _ := at(t, readManifest(t), "features.slash_commands")
	if commands := inside["slash_commands"].([]any); len(commands) != 1 {
		t.Errorf("%d slash commands, want one", len(commands))
	}
	inside, name := at(t, readManifest(t), "settings.event_subscriptions.bot_events")
	if events := inside[name].([]any); len(events) != 1 || events[0] != "app_home_opened" {
		t.Errorf("it subscribes to %v; the bot handles app_home_opened alone", events)
	}
}

// scopeOf is the scope of each slack-go call (docs.slack.dev, the page of each
// method). A call that is missing here has no scope in the manifest.
var scopeOf = map[string]string{
	"AuthTest":              "",
	"StartSocketMode":       "", // the app-level token's connections:write
	"Run":                   "", // of the Socket Mode client
	"OpenView":              "",
	"UpdateView":            "",
	"PublishView":           "",
	"GetPermalink":          "",
	"OpenConversation":      "im:write", // with one person
	"UploadFile":            "files:write",
	"PostWebhookCustomHTTP": "", // a response URL needs no scope
	"PostMessage":           "chat:write",
	"PostEphemeral":         "chat:write",
	"UpdateMessage":         "chat:write",
	"GetUserInfo":           "users:read",
	"GetUserGroupMembers":   "usergroups:read",
}

// The manifest asks for exactly the scopes that the calls need.
func TestManifestHasTheLeastScopes(t *testing.T) {
	scopes := map[string]bool{
		"commands": true, // the slash command
		"im:write": true, // a message to a person first opens a conversation
	}
	files, err := filepath.Glob("../../internal/slackbot/*.go")
	for _, room := range []string{"blocks", "outbox"} {
		more, globErr := filepath.Glob("../../internal/slackbot/" + room + "/*.go")
		files, err = append(files, more...), errors.Join(err, globErr)
	}
	if err != nil || len(files) == 0 {
		t.Fatal("no sources of slackbot: ", err)
	}
	call := regexp.MustCompile(`\b(?:api|client|slack)\.([A-Z]\w+)Context\(`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range call.FindAllStringSubmatch(string(text), -1) {
			switch scope, known := scopeOf[m[1]]; {
			case !known:
				t.Errorf("%s calls %sContext: say in scopeOf which scope that needs", name, m[1])
			case scope != "":
				scopes[scope] = true
			}
		}
	}
	inside, _ := at(t, readManifest(t), "oauth_config.scopes.bot")
	var got []string
	for _, scope := range inside["bot"].([]any) {
		got = append(got, scope.(string))
	}
	slices.Sort(got)
	if want := slices.Sorted(maps.Keys(scopes)); !slices.Equal(got, want) {
		t.Errorf("the scopes are %v, want %v", got, want)
	}
}

// patterns compiles the patterns that Go supports. It accepts anything for the
// two patterns of domain names with lookahead: the manifest has no domain.
func patterns(s string) (jsonschema.Regexp, error) {
	if strings.Contains(s, "(?!") {
		return anything(s), nil
	}
	return regexp.Compile(s)
}

type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }
