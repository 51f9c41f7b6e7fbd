package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be the bot's own process, as the sandbox is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == botArgument {
		os.Exit(runBot())
	}
	os.Exit(m.Run())
}

// TestScenarios plays every script over the whole program: the bot in a process
// of its own, the simulators over real HTTP and WebSocket.
func TestScenarios(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			playIn(t, string(text))
		})
	}
	t.Run("welcome", func(t *testing.T) { t.Parallel(); playIn(t, welcome) })
}

func playIn(t *testing.T, script string) {
	dir := t.TempDir()
	w, err := newWorld(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	if err := w.play(context.Background(), script, &shown); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "bot.log"))
		t.Fatalf("%v\n--- shown\n%s\n--- log of the bot\n%s", err, shown.String(), log)
	}
	if calls := append(w.slack.Unmodelled(), w.aws.Unmodelled()...); len(calls) > 0 {
		t.Errorf("the simulators do not model %v", calls)
	}
	if bad := w.slack.Rejected(); len(bad) > 0 {
		t.Errorf("Slack rejected %+v", bad)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "bot.log"))
	for _, secret := range []string{"xoxb-", "xapp-", "AKIA", "ASIA"} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log has a credential in it: %s…", secret)
		}
	}
}
