package script

import (
	"strings"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// A recorder without a bot: what it writes depends only on Slack.
func newRecorder(t *testing.T) (*Recorder, *world.World) {
	t.Helper()
	w, err := world.New(world.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return NewRecorder(w), w
}

// A person who does nothing for a while lets time pass, and a replay does too.
func TestRecorderWritesPauses(t *testing.T) {
	r, _ := newRecorder(t)
	r.Before()
	r.last = time.Now().Add(-2 * time.Minute)
	r.Before()
	r.Moved(8 * time.Hour)
	r.Moved(15 * time.Minute)
	if got, want := strings.Join(r.lines, "; "), "clock +2m; clock +8h; clock +15m"; got != want {
		t.Errorf("it writes %s, want %s", got, want)
	}
}

// Any typed text comes back from its line.
func TestRecorderKeepsTexts(t *testing.T) {
	r, w := newRecorder(t)
	for _, text := range []string{"plain", "{3 x a} {grant 1}", "two\nlines", `a \u0041 and \n`, "'quoted' -> # !", "ü 🎉"} {
		line, err := withIDs(w, r.text(text))
		if got := expand(line); err != nil || got != text || strings.Contains(line, "\n") {
			t.Errorf("%q is written as %q and read as %q, %v", text, line, got, err)
		}
	}
}

// An act that Slack reports as failed becomes a line that ignores errors, or
// none if it had no effect.
func TestRecorderWritesFailures(t *testing.T) {
	r, w := newRecorder(t)
	builds := slacksim.Channel{ID: "C0BUILDS", Name: "builds"}
	dead := slacksim.Delivery{Error: "dispatch_failed"}
	r.Says("U0RITA", builds, "/s3share help")(dead)
	r.Does("U0RITA", "opens home")(dead)
	r.Says("U0ADA", slacksim.Channel{ID: "C0ADMIN", Name: "s3-admins"}, "hello")(slacksim.Delivery{})
	want := "# A story from the sandbox's page; sandbox -script FILE replays it.\nrita types /s3share help\n" +
		"ada in #s3-admins says hello\n! can build/test.user s3:GetObject two-keys-1/a\n"
	if got := r.Script("build/test.user", "s3:GetObject", "two-keys-1", "a"); got != want {
		t.Errorf("it writes\n%s\nwant\n%s", got, want)
	}
	if err := New(w).Play(t.Context(), "ada in #nowhere says hello", t.Output()); err == nil {
		t.Error("an unknown channel was accepted")
	}
}
