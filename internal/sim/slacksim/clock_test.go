package slacksim_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"s3share/internal/sim/slacksim"
)

// A handClock replaces Slack's timers. The test decides when a wait ends.
// Minutes pass at once, and three seconds never pass by accident.
type handClock struct {
	mu      sync.Mutex
	waits   map[time.Duration][]chan time.Time
	changed chan struct{}
}

func newClock() *handClock {
	return &handClock{waits: map[time.Duration][]chan time.Time{}, changed: make(chan struct{})}
}

func (h *handClock) After(d time.Duration) <-chan time.Time {
	c := make(chan time.Time, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waits[d] = append(h.waits[d], c)
	close(h.changed)
	h.changed = make(chan struct{})
	return c
}

// pass waits until a wait of length d exists, then ends it.
func (h *handClock) pass(t *testing.T, d time.Duration) {
	t.Helper()
	h.passAll(t, d, 1)
}

// passAll waits until n waits of length d exist, then ends them all.
func (h *handClock) passAll(t *testing.T, d time.Duration, n int) {
	t.Helper()
	limit := time.After(patience)
	for {
		h.mu.Lock()
		waits, changed := h.waits[d], h.changed
		if len(waits) >= n {
			delete(h.waits, d)
			h.mu.Unlock()
			for _, c := range waits {
				c <- time.Time{}
			}
			return
		}
		h.mu.Unlock()
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("there is no wait of %s", d)
		}
	}
}

func (h *handClock) waiting(d time.Duration) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.waits[d])
}

const (
	ackClock = 3 * time.Second
	minute   = time.Minute
)

// Slack sends an event without an ack again at once, after one minute and after
// five. Each attempt has three seconds for its ack. There is no fourth retry.
func TestRetriesOnSlacksClock(t *testing.T) {
	clock := newClock()
	w, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ws := dial(t, b)
	read(t, ws)
	first := make(chan slacksim.Delivery, 1)
	go func() { first <- w.As("U0RITA").OpenHome(t.Context()) }()
	for attempt, pause := range []time.Duration{-1, 0, minute, 5 * minute} {
		if attempt > 0 {
			clock.pass(t, pause)
		}
		f := read(t, ws)
		want := ""
		if attempt > 0 {
			want = "timeout"
		}
		if f.Type != "events_api" || f.RetryAttempt != attempt || f.RetryReason != want {
			t.Errorf("attempt %d: %+v", attempt, f)
		}
		clock.pass(t, ackClock)
	}
	if d := <-first; d.Acked || d.Error == "" {
		t.Errorf("the first attempt: %s", pretty(d))
	}
	wait(t, w, func() bool {
		log := w.Deliveries()
		return len(log) == 4 && log[3].Error == "operation_timeout"
	})
	w.Close() // waits for retries that are still running
	if n := len(w.Deliveries()); n != 4 {
		t.Errorf("%d deliveries, want 4", n)
	}
}

// An event sent while no socket was open is retried like any other
// (vercel/chat#666).
func TestRetryAfterNoSocket(t *testing.T) {
	clock := newClock()
	w, b := newWorkspace(t, slacksim.Config{After: clock.After})
	if d := w.As("U0RITA").OpenHome(t.Context()); d.Error != "dispatch_failed" {
		t.Fatalf("without a socket: %s", pretty(d))
	}
	ws := dial(t, b)
	read(t, ws)
	clock.pass(t, 0)
	if f := read(t, ws); f.RetryAttempt != 1 || f.RetryReason != "timeout" {
		t.Errorf("the retry: %+v", f)
	}
}

// Commands and clicks must be acked within three seconds and are not retried.
func TestThreeSecondsToAck(t *testing.T) {
	clock := newClock()
	w, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ch, ts, _ := b.PostMessage("C0ADMIN", says("card"), card("Approve"))
	m, _ := w.Message(ch, ts)
	ws := dial(t, b)
	read(t, ws)
	rita := w.As("U0RITA")
	for _, c := range []struct {
		what string
		act  func() slacksim.Delivery
		sees string
	}{
		{"command", func() slacksim.Delivery { return rita.Slash(t.Context(), ch, "/s3share", "") }, `/s3share failed with the error "operation_timeout"`},
		{"press", func() slacksim.Delivery { return rita.Press(t.Context(), m, "Approve") }, "Something went wrong: operation_timeout"},
		{"shortcut", func() slacksim.Delivery { return rita.Shortcut(t.Context(), "ask") }, "Something went wrong: operation_timeout"},
	} {
		done := make(chan slacksim.Delivery, 1)
		go func() { done <- c.act() }()
		read(t, ws)
		clock.pass(t, ackClock)
		if d := <-done; d.Acked || d.Error != c.sees {
			t.Errorf("%s: sees %q, want %q", c.what, d.Error, c.sees)
		}
		if clock.waiting(0) != 0 {
			t.Errorf("%s: is retried", c.what)
		}
	}
}

func TestRefreshOnSlacksClock(t *testing.T) {
	clock := newClock()
	w, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ws := dial(t, b)
	read(t, ws)
	w.Disconnect("warning")
	if f := read(t, ws); f.Type != "disconnect" || f.Reason != "warning" {
		t.Errorf("first: %+v", f)
	}
	done := make(chan slacksim.Delivery, 1)
	go func() { done <- w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "") }()
	if f := read(t, ws); f.Type != "slash_commands" {
		t.Errorf("after a warning payloads still come, not %+v", f)
	} else {
		_ = ws.WriteJSON(map[string]any{"envelope_id": f.EnvelopeID})
	}
	if d := <-done; !d.Acked {
		t.Errorf("delivery: %s", pretty(d))
	}
	clock.passAll(t, 10*time.Second, 2) // one of them waits for the next ping
	if f := read(t, ws); f.Type != "disconnect" || f.Reason != "refresh_requested" {
		t.Errorf("after ten seconds: %+v", f)
	}
}

// The server pings at once and then every ten seconds.
func TestPingsOnSlacksClock(t *testing.T) {
	clock := newClock()
	_, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ws := dial(t, b)
	pings := make(chan string, 10)
	ws.SetPingHandler(func(s string) error { pings <- s; return nil })
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for range 3 {
		if got := <-pings; got != "Ping from applink-1" {
			t.Errorf("pinged %q", got)
		}
		clock.pass(t, 10*time.Second)
	}
}

// slack-go's debug option requests connections that last six minutes.
func TestDebugReconnects(t *testing.T) {
	clock := newClock()
	_, b := newWorkspace(t, slacksim.Config{After: clock.After})
	ws, _, err := websocket.DefaultDialer.Dial(ticketURL(t, b)+"&debug_reconnects=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	var hello map[string]any
	if err := ws.ReadJSON(&hello); err != nil || at(hello, "debug_info/approximate_connection_time") != 360.0 {
		t.Errorf("hello: %v %v", err, hello)
	}
	clock.pass(t, 360*time.Second)
	if f := read(t, ws); f.Reason != "warning" {
		t.Errorf("after six minutes: %+v", f)
	}
}

// hello has exactly the fields that Slack sends.
func TestHelloHasItsFields(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{AppID: "A0OTHER"})
	ws := dial(t, b)
	var hello map[string]any
	if err := ws.ReadJSON(&hello); err != nil {
		t.Fatal(err)
	}
	wantFields(t, hello, map[string]string{"type": "hello", "connection_info/app_id": "A0OTHER"})
	hasFields(t, hello, "num_connections", "debug_info/host", "debug_info/started", "debug_info/build_number", "debug_info/approximate_connection_time")
	if len(hello) != 4 {
		t.Errorf("hello: %v", hello)
	}
}

// The same seed gives the same choices; another seed gives others.
func TestChoicesAreSeeded(t *testing.T) {
	choices := func(seed uint64) (conns []int) {
		w, b := newWorkspace(t, slacksim.Config{Seed: seed})
		for i := range 4 {
			b.connect(t, w, ackAll)
			wait(t, w, func() bool { return len(w.Conns()) == i+1 })
		}
		for range 20 {
			conns = append(conns, w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "").Conns...)
		}
		return conns
	}
	one, again, other := choices(1), choices(1), choices(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Errorf("seed 1: %v, again %v, seed 2: %v", one, again, other)
	}
}

// A socket may be opened with any Origin header or none.
func TestAnyOrigin(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for _, origin := range []string{"", "https://api.slack.com", "https://elsewhere.example"} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		ws, _, err := websocket.DefaultDialer.Dial(ticketURL(t, b), h)
		if err != nil {
			t.Errorf("from %q: %v", origin, err)
			continue
		}
		ws.Close()
	}
}

// Each envelope is one text frame of JSON.
func TestEnvelopesAreTextFrames(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	ws := dial(t, b)
	for i := range 2 {
		kind, raw, err := ws.ReadMessage()
		if err != nil || kind != websocket.TextMessage || !json.Valid(raw) || !strings.Contains(string(raw), `"type"`) {
			t.Errorf("frame %d: kind %d, %v, %s", i, kind, err, raw)
		}
		if i == 0 {
			go w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "")
		}
	}
}
