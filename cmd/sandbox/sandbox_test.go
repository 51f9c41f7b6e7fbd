package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"s3share/cmd/sandbox/script"
	"s3share/cmd/sandbox/world"
	"s3share/cmd/sandbox/worldtest"
)

func TestMain(m *testing.M) { worldtest.Main(m) }

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
		names, variants := script.Variants(string(text))
		for i, variant := range variants {
			name := strings.TrimSuffix(filepath.Base(path), ".txt")
			if names[i] != "" {
				name += "/" + names[i]
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				playIn(t, variant)
			})
		}
	}
	t.Run("welcome", func(t *testing.T) {
		t.Parallel()
		playIn(t, welcome)
	})
}

// A stage is a world with the bot, and a player of scripts in it.
type stage struct {
	*world.World
	player *script.Player
}

func open(t *testing.T, o world.Options) *stage {
	t.Helper()
	w := worldtest.Open(t, o)
	return &stage{w, script.New(w)}
}

func playIn(t *testing.T, text string) {
	open(t, world.Options{Settle: script.Settle(text)}).mustPlay(t, text)
}

func (s *stage) mustPlay(t *testing.T, text string) {
	t.Helper()
	var shown strings.Builder
	if err := s.player.Play(context.Background(), text, &shown); err != nil {
		t.Fatalf("%v\n--- shown\n%s", err, shown.String())
	}
}

func TestRefusedArguments(t *testing.T) {
	if err := nothingElse(nil); err != nil {
		t.Errorf("no arguments: %v", err)
	}
	if err := nothingElse([]string{"story.txt"}); err == nil || !strings.Contains(err.Error(), `"story.txt" is not a flag; play a script with -script FILE`) {
		t.Errorf("a script without -script: %v", err)
	}
}

// The scripts in the docs are played like any other.
func TestScriptsOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, block := range regexp.MustCompile(`(?m)(^    .*\n)+`).FindAllString(string(text), -1) {
		if block = strings.ReplaceAll(block, "\n    ", "\n"); strings.Contains(block, "\nshows ") {
			played++
			playIn(t, strings.TrimPrefix(block, "    "))
		}
	}
	if played == 0 {
		t.Error("CONTRIBUTING.md has no script")
	}
}
