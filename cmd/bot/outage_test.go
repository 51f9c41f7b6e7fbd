package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A logBuffer keeps the log of a bot, and lets a test wait for a line.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBuffer) wait(t *testing.T, part string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !strings.Contains(l.String(), part) {
		select {
		case <-l.more:
		case <-deadline:
			t.Fatalf("the log has no %q:\n%s", part, l)
		}
	}
}

// starting prepares a bot without AWS credentials. Its Slack is at an address of this machine.
func starting(t *testing.T, slack, listen string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range os.Environ() {
		if name, _, _ := strings.Cut(name, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-1")
	t.Setenv("SLACK_APP_TOKEN", "xapp-1")
	t.Setenv("SLACK_API_URL", "http://"+slack+"/")
	write(t, "s3share.yml", fmt.Sprintf("slack: { admin_channel: C0ADMIN }\napprovers: { users: [U0ADMIN1] }\n"+
		"accounts:\n  - { name: nonprod, id: \"222222222222\", region: us-east-1, role: \"arn:aws:iam::222222222222:role/s3share\" }\n"+
		"  - { name: build, id: \"111111111111\", role: \"arn:aws:iam::111111111111:role/s3share\" }\n"+
		"rules:\n  - { bucket: my-shared-bucket-*, account: nonprod }\nlisten: %q\n", listen))
}

// Missing AWS credentials and an unreachable Slack are logged once, with the remedy, and Slack's
// return is logged too. The failing calls add no lines.
func TestOutagesAreLoggedOnce(t *testing.T) {
	var up atomic.Bool
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			panic(http.ErrAbortHandler) // closes the connection without an answer
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":false,"error":"internal_error"}`)
	}))
	defer slack.Close()
	starting(t, slack.Listener.Addr().String(), "")
	ctx, stop := context.WithCancel(t.Context())
	log := &logBuffer{more: make(chan struct{}, 1)}
	done := make(chan int, 1)
	go func() { done <- command(ctx, []string{"--config", "s3share.yml"}, io.Discard, log) }()
	log.wait(t, `level=WARN msg="Slack can't be reached"`)
	log.wait(t, `level=ERROR msg="s3share has no AWS credentials of its own"`)
	up.Store(true)
	log.wait(t, `level=INFO msg="Slack can be reached again"`)
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, hint := range []string{"check DNS, and outgoing HTTPS to slack.com", "AWS_PROFILE", "~/.aws", "IMDS"} {
		if !strings.Contains(log.String(), hint) {
			t.Errorf("the log has no hint %q", hint)
		}
	}
	for _, part := range []string{"EOF", "no EC2 IMDS role found"} {
		if n := strings.Count(log.String(), part); n != 1 {
			t.Errorf("%q is logged %d times:\n%s", part, n, log)
		}
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	starting(t, "127.0.0.1:1", l.Addr().String())
	var said bytes.Buffer
	code := command(t.Context(), []string{"--config", "s3share.yml"}, io.Discard, &said)
	last := said.String()[strings.LastIndex(strings.TrimSpace(said.String()), "\n")+1:]
	if want := "bot: listening on " + l.Addr().String(); code != 1 || !strings.HasPrefix(last, want) ||
		!strings.Contains(last, "address already in use (hint: stop the other process, or set listen in the config to another address, or to \"\")") {
		t.Errorf("exit code %d, %s", code, last)
	}
}

// The help names each environment variable and exit code; packages take the man pages and the
// completion from the program.
func TestHelpForPackages(t *testing.T) {
	t.Chdir(t.TempDir())
	say := func(args ...string) string {
		var out bytes.Buffer
		if code := command(t.Context(), args, &out, &out); code != 0 {
			t.Errorf("bot %q: exit code %d, %s", args, code, &out)
		}
		return out.String()
	}
	help := say("--help")
	for _, part := range []string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "S3SHARE_CONFIG", "SLACK_API_URL", "AWS_…", "Exit codes:", "\n    2 "} {
		if !strings.Contains(help, part) {
			t.Errorf("the help does not name %q", part)
		}
	}
	if got := say("--version"); got != "dev\n" {
		t.Errorf("--version prints %q", got)
	}
	for shell, part := range map[string]string{"bash": "__start_bot", "zsh": "#compdef bot", "fish": "complete -c bot"} {
		if !strings.Contains(say("completion", shell), part) {
			t.Errorf("the completion of %s has no %q", shell, part)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1793620800")
	say("man", "pages")
	pages, _ := filepath.Glob("pages/*.1")
	page, err := os.ReadFile("pages/bot.1")
	if err != nil || len(pages) < 8 || !bytes.Contains(page, []byte(`.TH "BOT" "1" "Nov 2026"`)) ||
		!bytes.Contains(page, []byte("\nSLACK_BOT_TOKEN")) {
		t.Errorf("%d man pages: %v", len(pages), err)
	}
}
