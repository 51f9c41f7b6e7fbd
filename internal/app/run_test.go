package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"s3share/internal/config"
	"s3share/internal/sim/slacksim"
)

// startBot is a whole bot with a config and a simulated Slack.
func startBot(t *testing.T, more string) *slacksim.Workspace {
	t.Helper()
	return startBotAfter(t, more, func(config.Config) {})
}

// startBotAfter prepares the files of the bot before it runs.
func startBotAfter(t *testing.T, more string, prepare func(config.Config)) *slacksim.Workspace {
	t.Helper()
	w := slacksim.New(slacksim.Config{})
	server := httptest.NewServer(w)
	t.Cleanup(func() { w.Close(); server.Close() })
	w.AddChannel("C0ADMIN", "s3-admins")
	dir := t.TempDir()
	path := filepath.Join(dir, "bot.yml")
	text := "accounts:\n  - { name: nonprod, id: \"222222222222\", region: us-east-1 }\n" +
		"approvers: { users: [U0ADA] }\nrules:\n  - { bucket: my-*, account: nonprod }\n" +
		"store: { bbolt: " + filepath.Join(dir, "s3share.db") + " }\naudit: " + filepath.Join(dir, "audit.jsonl") + "\n" + more
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	prepare(c)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Config: c, BotToken: "xoxb-bot", AppToken: "xapp-app", SlackURL: server.URL + "/api/"})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	wait(t, w, "the bot to connect", func() bool { return len(w.Conns()) == 2 })
	return w
}

func wait(t *testing.T, w *slacksim.Workspace, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := w.Wait(ctx, cond); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

// The config's teams decide who gets an answer.
func TestTeamsOfTheConfig(t *testing.T) {
	for teams, want := range map[string]string{"": "Only members of this workspace", ", teams: [T0TEAM, T0OTHER]": "s3share is frozen. New approvals are blocked"} {
		w := startBot(t, "slack: { admin_channel: C0ADMIN"+teams+" }\nresponders: { users: [U0SAM] }\nlisten: \"\"\n")
		w.AddUser(slacksim.User{ID: "U0SAM", Name: "sam", TeamID: "T0OTHER"})
		w.AddChannel("C0BUILDS", "builds", "U0SAM")
		if d := w.As("U0SAM").Slash(ctx, "C0BUILDS", "/s3share", "freeze a key has leaked"); !d.Acked {
			t.Fatal(d.Error)
		}
		said := func() (all string) {
			for _, m := range w.Ephemerals("U0SAM") {
				all += m.Text
			}
			return all
		}
		wait(t, w, "an answer", func() bool { return said() != "" })
		if got := said(); !strings.Contains(got, want) {
			t.Errorf("with%s somebody of T0OTHER is told %q, want %q", teams, got, want)
		}
	}
}

// /readyz reports whether Slack is connected.
func TestReadyAsLongAsSlackIsConnected(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w := startBot(t, "slack: { admin_channel: C0ADMIN }\nlisten: "+address+"\n")
	ready := func() (code int, said string) {
		res, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(text)
	}
	until := func(want int) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			code, said := ready()
			if code == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%d %q, want %d", code, said, want)
			}
		}
	}
	until(http.StatusOK)
	w.Down(true)
	until(http.StatusServiceUnavailable)
}
