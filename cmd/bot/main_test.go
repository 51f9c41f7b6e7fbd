package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// The output of failing and informative command lines. None of them creates a
// store.
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
	const noTokens = "bot: SLACK_BOT_TOKEN is not set (hint: use the bot token, xoxb-…, from Install App on the app's page)\nSLACK_APP_TOKEN is not set (hint: use an app-level token with connections:write, xapp-…, from Basic Information on the app's page)\n"
	for _, c := range []struct {
		args string
		code int
		want string // part of the expected output
	}{
		{"version", 0, "dev\n"},
		{"--help", 0, "  run         Start the bot (default)\n"},
		{"run --help", 0, "--head SEQ:HASH   refuse to grant if the database is older than this audit entry"},
		{"-help", 0, "Usage:\n  bot [flags]\n"},
		{"help audit verify", 0, "Usage:\n  bot audit verify [FILE] [flags]\n"},
		{"", 1, "bot: no config file is named (hint: use --config FILE, or set S3SHARE_CONFIG)\n"},
		{"run", 1, "bot: no config file is named (hint: use --config FILE, or set S3SHARE_CONFIG)\n"},
		{"--config missing.yml", 1, "bot: missing.yml: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)\n"},
		{"run --config missing.yml", 1, "bot: missing.yml: there is no such file (hint: name the config with --config or S3SHARE_CONFIG)\n"},
		{"--config bad.yml", 1, "bad.yml:8:1: \"colour\" is not a key of the config: use one of "},
		{"--config good.yml", 1, noTokens},
		{"--config good.yml run", 1, noTokens},
		{"run --config good.yml", 1, noTokens},
		{"-config good.yml", 1, noTokens},
		{"run -config=good.yml", 1, noTokens},
		{"--config good.yml --head 5", 1, "\"5\" is not a head of the chain"},
		{"--head 5 run --config good.yml", 1, "\"5\" is not a head of the chain"},
		{"run --config good.yml --head 5", 1, "bot: " + noTokens[5:] + "\"5\" is not a head of the chain (hint: it is SEQ:HASH, as the bot posted it in the admin channel)\n"},
		{"--head 5 version", 2, "bot: unknown flag: --head (hint: bot version --help lists the flags)\n"},
		{"run now", 2, "bot: \"now\" is one word too many for bot run (hint: bot run --help shows how to use it)\n"},
		{"version now", 2, "bot: \"now\" is one word too many for bot version (hint: bot version --help shows how to use it)\n"},
		{"store", 2, "bot: store needs a command (hint: bot store --help lists them)\n"},
		{"store repair now", 2, "bot: \"now\" is one word too many for bot store repair (hint: bot store repair --help shows how to use it)\n"},
		{"store repair", 1, "bot: no config file is named (hint: use --config FILE, or set S3SHARE_CONFIG)\n"},
		{"store repair --help", 0, "--yes    write without asking"},
		{"audit", 2, "bot: audit needs a command (hint: bot audit --help lists them)\n"},
		{"audit verfy", 2, "bot: \"verfy\" is not a command of bot audit (hint: did you mean bot audit verify?)\n"},
		{"audit export", 2, "bot: \"export\" is not a command of bot audit (hint: bot audit --help shows how to use it)\n"},
		{"rnu", 2, "bot: \"rnu\" is not a command of bot (hint: did you mean bot run?)\n"},
		{"check", 2, "bot: \"check\" is not a command of bot (hint: bot --help shows how to use it)\n"},
		{"--confg x", 2, "bot: unknown flag: --confg (hint: bot --help lists the flags)\n"},
		{"--config", 2, "bot: flag needs an argument: --config (hint: bot --help lists the flags)\n"},
	} {
		var said bytes.Buffer
		if code := command(context.Background(), strings.Fields(c.args), &said, &said); code != c.code || !strings.Contains(said.String(), c.want) {
			t.Errorf("bot %s: exit code %d, want %d\ngot  %swant %s", c.args, code, c.code, &said, c.want)
		}
	}
	t.Setenv("S3SHARE_CONFIG", "good.yml")
	for args, want := range map[string]string{"": noTokens, "--config bad.yml": "bad.yml:8:1: ", "--config=": "bot: no config file is named "} {
		var said bytes.Buffer
		if code := command(context.Background(), strings.Fields(args), &said, &said); code != 1 || !strings.Contains(said.String(), want) {
			t.Errorf("bot %s, with S3SHARE_CONFIG: exit code %d, %s", args, code, &said)
		}
	}
	if left, _ := filepath.Glob("*"); len(left) != 2 {
		t.Errorf("it has left %q", left)
	}
}

// Scripts read the version and the help from standard output. Errors go to
// standard error.
func TestOutputAndErrors(t *testing.T) {
	t.Setenv("S3SHARE_CONFIG", "")
	for args, inOutput := range map[string]bool{"version": true, "--help": true, "audit --help": true, "rnu": false, "run": false, "audit": false} {
		var out, errs bytes.Buffer
		command(context.Background(), strings.Fields(args), &out, &errs)
		if (out.Len() > 0) != inOutput || (errs.Len() > 0) == inOutput {
			t.Errorf("bot %s: output %q, errors %q", args, &out, &errs)
		}
	}
}
