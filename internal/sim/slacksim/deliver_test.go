package slacksim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

// Each payload goes to one connection. Over time all connections get some.
func TestPayloadGoesToOneConnection(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{Seed: 7})
	got := make(chan string, 100)
	for range 3 {
		b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) { got <- e.Request.EnvelopeID; ackAll(sm, e) })
	}
	seen := map[int]int{}
	for range 30 {
		d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "help")
		if d.Error != "" || len(d.Conns) != 1 {
			t.Fatalf("delivery: %s", pretty(d))
		}
		seen[d.Conns[0]]++
		if id := <-got; id != d.EnvelopeID {
			t.Errorf("envelope %s came, %s was sent", id, d.EnvelopeID)
		}
	}
	if len(got) != 0 || len(seen) != 3 {
		t.Errorf("%d payloads too many; spread over connections: %v", len(got), seen)
	}
}

// An ack is valid on any of the app's connections: after a refresh the app may
// ack on the new one.
func TestAckOnAnotherConnection(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	first := dial(t, b)
	read(t, first)
	done := make(chan slacksim.Delivery)
	go func() { done <- w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "") }()
	e := read(t, first)
	first.Close()
	second := dial(t, b)
	read(t, second)
	_ = second.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID, "payload": map[string]any{}})
	if d := <-done; d.Error != "" || !d.Acked || d.Latency <= 0 {
		t.Errorf("delivery: %s", pretty(d))
	}
	if e.Accepts == nil || !*e.Accepts {
		t.Error("a slash command accepts a payload in its ack")
	}
}

func TestErrorShownWithoutAck(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{AckWithin: 20 * time.Millisecond})
	rita := w.As("U0RITA")
	if d := rita.Slash(t.Context(), "C0ADMIN", "/s3share", ""); d.Error != `/s3share failed with the error "dispatch_failed"` {
		t.Errorf("with no socket she sees %q", d.Error)
	}
	b.connect(t, w, func(*socketmode.Client, socketmode.Event) {})
	if d := rita.Slash(t.Context(), "C0ADMIN", "/s3share", ""); d.Error != `/s3share failed with the error "operation_timeout"` {
		t.Errorf("without an ack she sees %q", d.Error)
	}
	if log := w.Deliveries(); len(log) != 2 || !strings.Contains(log[1].Error, "operation_timeout") {
		t.Errorf("deliveries: %s", pretty(log))
	}
}

// Slack drops an invalid ack silently, and the deadline still applies.
func TestDroppedAcks(t *testing.T) {
	big := strings.Repeat("x", 20*1024)
	for _, c := range []struct {
		name   string
		buffer int // the dialer's write buffer, in KiB
		ack    func(ws *websocket.Conn, id string)
		reason string // "" if the ack is accepted
	}{
		{"fits", 32, func(ws *websocket.Conn, id string) { writeAck(ws, id, big[:19*1024]) }, ""},
		{"too large", 32, func(ws *websocket.Conn, id string) { writeAck(ws, id, big) }, "too_large"},
		{"fragmented", 4, func(ws *websocket.Conn, id string) { writeAck(ws, id, big[:6*1024]) }, "fragmented"},
		{"malformed", 4, func(ws *websocket.Conn, id string) { _ = ws.WriteMessage(websocket.TextMessage, []byte("{")) }, "malformed"},
		{"binary", 4, func(ws *websocket.Conn, id string) {
			_ = ws.WriteMessage(websocket.BinaryMessage, []byte(`{"envelope_id":"`+id+`"}`))
		}, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := slacksim.Config{AckWithin: 20 * time.Millisecond}
			if c.reason == "" {
				cfg = slacksim.Config{}
			}
			w, b := newWorkspace(t, cfg)
			dialer := websocket.Dialer{WriteBufferSize: c.buffer * 1024}
			ws, _, err := dialer.Dial(ticketURL(t, b), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer ws.Close()
			read(t, ws)
			done := make(chan slacksim.Delivery)
			go func() { done <- w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "") }()
			c.ack(ws, read(t, ws).EnvelopeID)
			d := <-done
			if c.reason == "" {
				if !d.Acked {
					t.Errorf("delivery: %s", pretty(d))
				}
				return
			}
			wait(t, w, func() bool { return len(w.Rejected()) > 0 })
			if bad := w.Rejected(); d.Acked || len(bad) != 1 || bad[0].Method != "ack" || bad[0].Error != c.reason {
				t.Errorf("acked %v, rejected %+v", d.Acked, bad)
			}
		})
	}
}

// writeAck sends an ack of about the size of filler. The size of the dialer's
// write buffer decides the number of frames.
func writeAck(ws *websocket.Conn, id, filler string) {
	whole := fmt.Sprintf(`{"envelope_id":%q,"filler":%q}`, id, filler)
	out, _ := ws.NextWriter(websocket.TextMessage)
	_, _ = io.WriteString(out, whole)
	_ = out.Close()
}

// A retry is the same event in a new envelope. An ack ends the retries.
func TestEventsAreRetriedUntilAcked(t *testing.T) {
	clock := newClock()
	w, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ws := dial(t, b)
	read(t, ws)
	go w.As("U0RITA").OpenHome(t.Context())
	var events, envelopes []string
	for attempt := range 3 {
		f := read(t, ws)
		var p struct {
			EventID string `json:"event_id"`
			Event   struct{ Type, User, Tab string }
		}
		if err := json.Unmarshal(f.Payload, &p); err != nil {
			t.Fatal(err)
		}
		events, envelopes = append(events, p.EventID), append(envelopes, f.EnvelopeID)
		if f.RetryAttempt != attempt || p.Event.Type != "app_home_opened" || *f.Accepts {
			t.Errorf("attempt %d: %+v %+v", attempt, f, p)
		}
		if attempt == 2 {
			_ = ws.WriteJSON(map[string]any{"envelope_id": f.EnvelopeID})
			break
		}
		clock.pass(t, ackClock)
		clock.pass(t, []time.Duration{0, minute}[attempt])
	}
	wait(t, w, func() bool { log := w.Deliveries(); return len(log) == 3 && log[2].Acked && log[2].Attempt == 2 })
	if events[0] != events[1] || events[1] != events[2] || envelopes[0] == envelopes[1] {
		t.Errorf("events %v, envelopes %v", events, envelopes)
	}
	if w.Close(); clock.waiting(5*minute) != 0 {
		t.Error("it is retried after its ack")
	}
}

func TestDisturbances(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	got := make(chan string, 100)
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
		if c, ok := e.Data.(slack.SlashCommand); ok {
			got <- c.Text
		}
		ackAll(sm, e)
	})
	say := func(text string) slacksim.Delivery {
		return w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", text)
	}

	t.Run("copies", func(t *testing.T) {
		w.Disturb(slacksim.Disturbance{Times: 1, Copies: 2})
		d := say("thrice")
		for range 3 {
			if s := <-got; s != "thrice" {
				t.Errorf("got %q", s)
			}
		}
		if say("once"); <-got != "once" {
			t.Error("the disturbance did not end")
		}
		w.Redeliver(t.Context(), d.EnvelopeID)
		if s := <-got; s != "thrice" {
			t.Errorf("redelivered %q", s)
		}
	})
	t.Run("reordered", func(t *testing.T) {
		heal := w.Disturb(slacksim.Disturbance{Hold: true})
		done := make(chan slacksim.Delivery, 2)
		for i, text := range []string{"one", "two"} {
			go func() { done <- say(text) }()
			wait(t, w, func() bool { return w.Held() == i+1 })
		}
		heal()
		if a, b := <-got, <-got; a != "two" || b != "one" {
			t.Errorf("came as %s, %s", a, b)
		}
		for range 2 {
			if d := <-done; d.Error != "" {
				t.Errorf("delivery: %s", pretty(d))
			}
		}
	})
	t.Run("delayed", func(t *testing.T) {
		defer w.Disturb(slacksim.Disturbance{Delay: 10 * time.Millisecond})()
		if d := say("late"); d.Error != "" || d.Latency < 10*time.Millisecond || <-got != "late" {
			t.Errorf("delivery: %s", pretty(d))
		}
	})
}

func TestLostPayloadAndLostAck(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{AckWithin: 30 * time.Millisecond})
	got := make(chan bool, 10)
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) { got <- true; ackAll(sm, e) })
	for _, c := range []struct {
		x        slacksim.Disturbance
		received int
	}{
		{slacksim.Disturbance{Times: 1, Lose: true}, 0},
		{slacksim.Disturbance{Times: 1, LoseAck: true}, 1},
	} {
		w.Disturb(c.x)
		d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "")
		if !strings.Contains(d.Error, "operation_timeout") || len(d.Conns) != c.received {
			t.Errorf("%+v: %s", c.x, pretty(d))
		}
	}
	if <-got; len(got) != 0 {
		t.Error("the lost payload arrived")
	}
}

func TestInject(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	got := make(chan slack.InteractionCallback, 1)
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
		got <- e.Data.(slack.InteractionCallback)
		ackAll(sm, e)
	})
	d := w.Inject(t.Context(), "interactive", map[string]any{
		"type": "block_actions", "user": map[string]any{"id": "U0EVE"}, "actions": []any{map[string]any{"action_id": "approve", "block_id": "b", "type": "button"}},
		"trigger_id": w.Trigger("U0EVE"),
	})
	if c := <-got; !d.Acked || c.User.ID != "U0EVE" || c.ActionCallback.BlockActions[0].ActionID != "approve" {
		t.Errorf("came: %s", pretty(c))
	}
}
