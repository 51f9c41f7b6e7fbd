package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/sim/slacksim"
)

// TestMain lets the test binary run as the bot's process, like the sandbox
// itself. Scenarios mostly wait, so more of them run in parallel than there are
// cores.
func TestMain(m *testing.M) {
	if len(os.Args) >= 2 && os.Args[1] == botArgument {
		os.Exit(runBot())
	}
	flag.Parse()
	if set := flag.Lookup("test.parallel"); set.Value.String() == set.DefValue {
		flag.Set("test.parallel", "12") //nolint:errcheck // the value is a valid number
	}
	os.Exit(m.Run())
}

// TestScenarios plays every script over the whole program: the bot in its own
// process, and the simulators over real HTTP and WebSocket.
func TestScenarios(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		names, variants := variants(string(text))
		for i, script := range variants {
			name := strings.TrimSuffix(filepath.Base(path), ".txt")
			if names[i] != "" {
				name += "/" + names[i]
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				playIn(t, script)
			})
		}
	}
	t.Run("welcome", func(t *testing.T) {
		t.Parallel()
		playIn(t, welcome)
	})
}

// open starts a world with the bot. At the end of every test it checks that the
// simulators modelled all calls, the log contains no credential, the bot stops
// in time, and the audit log is valid.
func open(t *testing.T, settle time.Duration, program string) *world {
	t.Helper()
	return openWith(t, settle, program, nil)
}

func openWith(t *testing.T, settle time.Duration, program string, around func(http.Handler) http.Handler) *world {
	t.Helper()
	// a busy machine must not cause a lost click
	w, err := newWorld(t.TempDir(), options{settle: settle, waits: patience / 2, around: around})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	w.program = program
	w.patience *= slower
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.check(t) })
	return w
}

func (w *world) check(t *testing.T) {
	if calls := append(w.slack.Unmodelled(), w.aws.Unmodelled()...); len(calls) > 0 {
		t.Errorf("the simulators do not model %v", calls)
	}
	for _, bad := range w.slack.Rejected() {
		old := slices.Contains([]string{"invalid_ticket", "expired_url", "expired_trigger_id"}, bad.Error) // the clock was moved
		cut := w.relentless && bad.Error == "used_url" ||                                                  // the bot was killed five times between an answer and its mark
			bad.Error == "request_timeout" // the bot was killed while sending
		if gone := w.left && bad.Error == "channel_not_found" || w.missing && bad.Error == "not_in_channel" ||
			w.deleted && bad.Error == "message_not_found"; !old && !gone && !cut {
			t.Errorf("Slack rejected %+v", bad)
		}
	}
	for _, m := range w.said() {
		if m.UnfurlLinks || m.UnfurlMedia {
			t.Errorf("Slack would fetch what this links to: %q", m.Text)
		}
	}
	began := time.Now()
	if err := w.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if err := w.verifyAudit(); err != nil {
		t.Errorf("the audit log: %v", err)
	}
	log, _ := os.ReadFile(w.logPath())
	for _, secret := range []string{"xoxb-", "xapp-", "AKIA", "ASIA"} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log has a credential in it: %s…", secret)
		}
	}
	for _, bad := range []string{"panic", "DATA RACE"} {
		if strings.Contains(string(log), bad) {
			t.Errorf("the log says %s", bad)
		}
	}
	if t.Failed() {
		t.Logf("log of the bot:\n%s", log)
	}
}

// said returns all messages of the bot.
func (w *world) said() (all []slacksim.Message) {
	for _, channel := range []string{"C0ADMIN", "C0TEAM", "C0BUILDS"} {
		all = append(all, w.slack.Messages(channel)...)
	}
	for _, user := range ids {
		all = append(append(all, w.slack.DMs(user)...), w.slack.Ephemerals(user)...)
	}
	return slices.DeleteFunc(all, func(m slacksim.Message) bool { return m.User != "U0BOT" })
}

func playIn(t *testing.T, script string) {
	open(t, settles(script), "").mustPlay(t, script)
}

func (w *world) mustPlay(t *testing.T, script string) {
	t.Helper()
	var shown strings.Builder
	if err := w.play(context.Background(), script, &shown); err != nil {
		t.Fatalf("%v\n--- shown\n%s", err, shown.String())
	}
}

func TestRefusedArguments(t *testing.T) {
	if err := nothingElse(nil); err != nil {
		t.Errorf("no arguments: %v", err)
	}
	if err := nothingElse([]string{"story.txt"}); err == nil || !strings.Contains(err.Error(), `"story.txt" is no flag; -script FILE`) {
		t.Errorf("a script without -script: %v", err)
	}
}
