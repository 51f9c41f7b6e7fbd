package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// What a person sees who starts the bot in a way that cannot work, or only asks.
// Nothing of it makes a store.
func TestCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("S3SHARE_CONFIG", "")
	t.Setenv("SLACK_BOT_TOKEN", "")
	t.Setenv("SLACK_APP_TOKEN", "")
	const good = "slack: { admin_channel: C0ADMIN }\napprovers: { users: [U0ADMIN1] }\n" +
		"accounts:\n  - { name: nonprod, id: \"222222222222\", region: us-east-1 }\n  - { name: build, id: \"111111111111\" }\n" +
		"rules:\n  - { bucket: my-shared-bucket-*, account: nonprod }\n"
	write(t, "good.yml", good)
	write(t, "bad.yml", good+"colour: red\n")
	const noTokens = "bot: SLACK_BOT_TOKEN is not set: it is the bot token of the Slack app, xoxb-…\nSLACK_APP_TOKEN is not set: it is an app-level token with connections:write, xapp-…\n"
	for _, c := range []struct {
		args string
		code int
		want string // among what it says
	}{
		{"version", 0, "dev\n"},
		{"--help", 0, usage},
		{"run --help", 0, usage},
		{"", 1, "bot: no config: name it by --config or S3SHARE_CONFIG\n"},
		{"run", 1, "bot: no config: name it by --config or S3SHARE_CONFIG\n"},
		{"--config missing.yml", 1, "bot: missing.yml: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)\n"},
		{"run --config missing.yml", 1, "bot: missing.yml: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)\n"},
		{"--config bad.yml", 1, "bad.yml:8:1: \"colour\" is not a key of the config: known are "},
		{"--config good.yml", 1, noTokens},
		{"--config good.yml run", 1, noTokens},
		{"run --config good.yml", 1, noTokens},
		{"run --config good.yml --head 5", 1, "bot: " + noTokens[5:] + "\"5\" is not a head of the chain (hint: it is SEQ:HASH, as the bot posted it in the admin channel)\n"},
		{"--head 5 version", 2, usage},
		{"check", 1, "bot: check is not available yet\n"},
		{"backup", 1, "bot: backup is not available yet\n"},
		{"audit export", 1, "bot: audit export is not available yet\n"},
		{"run now", 2, usage},
		{"version now", 2, usage},
		{"audit", 2, usage},
		{"rnu", 2, usage},
		{"--confg x", 2, usage},
	} {
		var said bytes.Buffer
		if code := command(context.Background(), strings.Fields(c.args), &said, &said); code != c.code || !strings.Contains(said.String(), c.want) {
			t.Errorf("bot %s: exit code %d, want %d\ngot  %swant %s", c.args, code, c.code, &said, c.want)
		}
	}
	if left, _ := filepath.Glob("*"); len(left) != 2 {
		t.Errorf("it has left %q", left)
	}
}
