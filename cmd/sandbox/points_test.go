package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// points are the crash points between the receipt and the end of an act, in
// order.
func points() []string {
	return []string{"received", "written", "synced", "journaled", "acked", "begun", "committed", "answered", "done"}
}

// TestKilledAtEachPoint kills the program at each point between the receipt and
// the end of an act: a command, a button and a form. The person repeats the act
// if Slack reports a failure. The act takes effect exactly once and is
// answered.
func TestKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	program := buildBot(t, "crash")
	for _, act := range []string{"a command", "a button", "a form", "a closing button"} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			w := open(t, world.Options{})
			w.Explain("used_url") // the bot may be killed five times between an answer and its mark
			if err := w.Bot.Kill(); err != nil {
				t.Fatal(err)
			}
			armed := t.TempDir()
			w.Bot.Program, w.Bot.Env = program, append(w.Bot.Env, "S3SHARE_CRASH_POINTS="+armed)
			if err := w.Bot.Start(); err != nil {
				t.Fatal(err)
			}
			p := newBusy(w, 1)
			for _, point := range points() {
				p.killedAt(t, act, filepath.Join(armed, point))
			}
			v := p.settle(t)
			for _, f := range v.faults {
				t.Error(f)
			}
			if v.refused > 0 {
				t.Errorf("%d acts were refused", v.refused)
			}
			p.nothingLeft(t)
		})
	}
}

// killedAt runs one act while the bot dies at a point, and repeats the act if
// it was not acknowledged.
func (p *busy) killedAt(t *testing.T, act, point string) {
	t.Helper()
	if err := p.w.Bot.Connected(t.Context()); err != nil {
		t.Fatal(err)
	}
	do := p.prepare(t, act)
	if err := os.WriteFile(point, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, died := context.WithCancel(t.Context())
	defer died()
	acked := make(chan bool, 1)
	go func() { acked <- do(ctx) }()
	within, cancel := context.WithTimeout(t.Context(), p.w.Patience)
	defer cancel()
	if err := p.w.Bot.Disconnected(within); err != nil {
		t.Fatalf("%s: the bot did not die at %s: %v", act, filepath.Base(point), err)
	}
	died()
	kept := <-acked
	if err := p.w.Bot.Crash(); err != nil {
		t.Fatal(err)
	}
	if err := p.w.Bot.Connected(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !kept && !do(t.Context()) {
		t.Errorf("%s, killed at %s: the second try was not acknowledged", act, filepath.Base(point))
	}
}

// prepare does the steps before an act and returns the act. The act reports
// whether Slack got its ack.
func (p *busy) prepare(t *testing.T, act string) (do func(context.Context) bool) {
	t.Helper()
	if act == "a command" {
		return func(ctx context.Context) bool { return p.requestNumbered(ctx, p.next()) }
	}
	n := p.next()
	if !p.requestNumbered(t.Context(), n) {
		t.Fatal("the request was not acknowledged")
	}
	card := p.await(t, func() []slacksim.Message { return p.w.Slack.Messages("C0ADMIN") }, "Approve", reasonOf(n))
	p.awaitCardRecorded(t, busyPerson(n))
	button, _ := card.Button("Approve")
	id := grantOf.FindStringSubmatch(button.Value)[1]
	press := func(by, verb string, m slacksim.Message, label string) func(context.Context) bool {
		return func(ctx context.Context) bool {
			return p.note(deed{by, verb, id, p.w.Slack.As(by).Press(ctx, m, label).Acked})
		}
	}
	switch act {
	case "a button":
		return press("U0ADA", "approve", card, "Approve")
	case "a form":
		p.openForm(t, card)
		return func(ctx context.Context) bool {
			v := p.w.Slack.View("U0BOB")
			if v == nil {
				return false
			}
			d := p.w.Slack.As("U0BOB").Submit(ctx, *v, map[string]string{"why": "not now"})
			return p.note(deed{"U0BOB", "deny", id, d.Acked})
		}
	}
	if !press("U0ADA", "approve", card, "Approve")(t.Context()) {
		t.Fatal("the approval was not acknowledged")
	}
	notice := p.await(t, func() []slacksim.Message { return p.w.Slack.DMs(busyPerson(n)) }, "I'm done", "")
	p.awaitRecorded(t)
	return press(busyPerson(n), "end", notice, "I'm done")
}

func (p *busy) openForm(t *testing.T, card slacksim.Message) {
	t.Helper()
	if d := p.w.Slack.As("U0BOB").Press(t.Context(), card, "Deny…"); !d.Acked {
		t.Fatal(d.Error)
	}
	within, cancel := context.WithTimeout(t.Context(), p.w.Patience)
	defer cancel()
	if err := p.w.Slack.Wait(within, func() bool { return p.w.Slack.View("U0BOB") != nil }); err != nil {
		t.Fatalf("no form is open: %v", err)
	}
}

// await waits for a message with a button and a text.
func (p *busy) await(t *testing.T, all func() []slacksim.Message, label, text string) (found slacksim.Message) {
	t.Helper()
	within, cancel := context.WithTimeout(t.Context(), p.w.Patience)
	defer cancel()
	err := p.w.Slack.Wait(within, func() bool {
		for _, m := range all() {
			if _, has := m.Button(label); has && strings.Contains(m.Plain(), text) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatalf("no message has the button %q and the text %q", label, text)
	}
	return found
}

// awaitCardRecorded waits until the bot has recorded the card of a request. It tells the
// requester only then. A click on a card that is not recorded is refused after a kill.
func (p *busy) awaitCardRecorded(t *testing.T, requester string) {
	t.Helper()
	within, cancel := context.WithTimeout(t.Context(), p.w.Patience)
	defer cancel()
	err := p.w.Slack.Wait(within, func() bool {
		return slices.ContainsFunc(p.w.Slack.DMs(requester), func(m slacksim.Message) bool {
			return strings.Contains(m.Text, "Waiting for <@")
		})
	})
	if err != nil {
		t.Fatalf("%s is not told that the request waits", requester)
	}
}

// awaitRecorded waits until the bot has recorded what it has posted so far: a later request
// takes the same way.
func (p *busy) awaitRecorded(t *testing.T) {
	t.Helper()
	n := p.next()
	if !p.requestNumbered(t.Context(), n) {
		t.Fatal("the request was not acknowledged")
	}
	p.awaitCardRecorded(t, busyPerson(n))
}

// The released program contains no crash points.
func TestReleasedProgramHasNoCrashPoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tag  string
		want bool
	}{{"", false}, {"crash", true}} {
		text, err := os.ReadFile(buildBot(t, c.tag))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "S3SHARE_CRASH_POINTS"); got != c.want {
			t.Errorf("built with the tag %q, the program knows its points: %v", c.tag, got)
		}
	}
}
