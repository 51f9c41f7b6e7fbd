package slacksim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

// dial opens a socket directly, without the client's checks.
func dial(t *testing.T, b *bot) *websocket.Conn {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(ticketURL(t, b), http.Header{"Origin": {"https://api.slack.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	return ws
}

func ticketURL(t *testing.T, b *bot) string {
	t.Helper()
	_, u, err := b.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

type frame struct {
	Type           string `json:"type"`
	Reason         string `json:"reason"`
	EnvelopeID     string `json:"envelope_id"`
	NumConnections int    `json:"num_connections"`
	ConnectionInfo struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
	DebugInfo struct {
		Host string `json:"host"`
	} `json:"debug_info"`
	RetryAttempt int             `json:"retry_attempt"`
	RetryReason  string          `json:"retry_reason"`
	Accepts      *bool           `json:"accepts_response_payload"`
	Payload      json.RawMessage `json:"payload"`
}

func read(t *testing.T, ws *websocket.Conn) frame {
	t.Helper()
	var f frame
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	if err := ws.ReadJSON(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestHello(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	first := read(t, dial(t, b))
	if first.Type != "hello" || first.NumConnections != 1 || first.ConnectionInfo.AppID != "A0APP" || first.DebugInfo.Host == "" {
		t.Errorf("hello is %+v", first)
	}
	if second := read(t, dial(t, b)); second.NumConnections != 2 {
		t.Errorf("second hello counts %d connections, want 2", second.NumConnections)
	}
}

func TestTicketWorksOnceAndExpires(t *testing.T) {
	var later atomic.Int64
	now := func() time.Time { return time.Unix(1_800_000_000+later.Load(), 0) }
	w, b := newWorkspace(t, slacksim.Config{Now: now})
	used := ticketURL(t, b)
	ws, _, err := websocket.DefaultDialer.Dial(used, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	refused := func(what, u string) {
		t.Helper()
		_, resp, err := websocket.DefaultDialer.Dial(u, nil)
		if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("dialling with a ticket that is %s: %v, want 403", what, err)
		}
	}
	old := ticketURL(t, b)
	refused("used", used)
	refused("made up", strings.Replace(old, "ticket=", "ticket=f", 1))
	later.Add(31)
	refused("old", old)
	if n := len(w.Rejected()); n != 3 {
		t.Errorf("%d rejections, want 3", n)
	}
}

func TestPings(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{PingEvery: time.Millisecond})
	ws := dial(t, b)
	pings, pongs := make(chan string, 1000), make(chan string, 1000)
	ws.SetPingHandler(func(s string) error { pings <- s; return nil })
	ws.SetPongHandler(func(s string) error { pongs <- s; return nil })
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for range 3 {
		if got := <-pings; got != "Ping from applink-1" {
			t.Fatalf("the server pings %q", got)
		}
	}
	if err := ws.WriteControl(websocket.PingMessage, []byte("Ping from client (1)"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := <-pongs; got != "Ping from client (1)" {
		t.Errorf("the server pongs %q", got)
	}
}

// Slack answers the close handshake, so a client that waits for it does not
// hang.
func TestCloseHandshake(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	ws := dial(t, b)
	read(t, ws)
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, 1000) {
		t.Errorf("after closing: %v", err)
	}
	wait(t, w, func() bool { return len(w.Conns()) == 0 })
}

func TestTooManyWebSockets(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	for range 10 {
		read(t, dial(t, b))
	}
	if f := read(t, dial(t, b)); f.Type != "disconnect" || f.Reason != "too_many_websockets" {
		t.Errorf("the eleventh connection got %+v", f)
	}
	if n := len(w.Conns()); n != 10 {
		t.Errorf("%d connections live, want 10", n)
	}
}

func TestDisconnect(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{RefreshAfter: 20 * time.Millisecond})
	ws := dial(t, b)
	read(t, ws)
	w.Disconnect("warning")
	if f := read(t, ws); f.Reason != "warning" {
		t.Errorf("first %+v", f)
	}
	if f := read(t, ws); f.Reason != "refresh_requested" {
		t.Errorf("then %+v", f)
	}
	if d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", ""); !strings.Contains(d.Error, "dispatch_failed") {
		t.Errorf("a connection that was told to go got a payload: %s", pretty(d))
	}
	if _, _, err := ws.ReadMessage(); err == nil {
		t.Error("the connection was never closed")
	}
}

// The real client reconnects after every disconnect reason.
func TestClientReconnects(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	for i, reason := range []string{"refresh_requested", "link_disabled", "cut"} {
		if reason == "cut" {
			w.Cut()
		} else {
			w.Disconnect(reason)
		}
		wait(t, w, func() bool { return slices.Equal(w.Conns(), []int{i + 2}) })
	}
	if d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", ""); !d.Acked {
		t.Errorf("delivery: %s", pretty(d))
	}
}

// A half-open connection still counts as live, and payloads sent on it are
// lost.
func TestHalfOpen(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{AckWithin: 50 * time.Millisecond, PingEvery: time.Millisecond})
	var received atomic.Int32
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) { received.Add(1); ackAll(sm, e) })
	w.HalfOpen()
	d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "")
	if !strings.Contains(d.Error, "operation_timeout") || len(d.Conns) != 1 || len(w.Conns()) != 1 || received.Load() != 0 {
		t.Errorf("%d payloads arrived, delivery: %s", received.Load(), pretty(d))
	}
	w.Cut()
	wait(t, w, func() bool { return slices.Equal(w.Conns(), []int{2}) })
}

func TestClientSurvivesMalformedFrames(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	w.SendRaw(`{"type":`)
	w.SendRaw(`{"type":"from_the_future","envelope_id":"x"}`)
	if d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", ""); !d.Acked || d.Conns[0] != 1 {
		t.Errorf("delivery: %s", pretty(d))
	}
}

// While Slack is down, all calls fail. Afterwards the client reconnects.
func TestDown(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	w.Down(true)
	wait(t, w, func() bool { return len(w.Conns()) == 0 })
	if _, err := b.AuthTest(); err == nil || !strings.Contains(err.Error(), "EOF") && !strings.Contains(err.Error(), "reset") {
		t.Errorf("auth.test while down: %v", err)
	}
	if d := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", ""); d.Error == "" {
		t.Error("a command worked while Slack was down")
	}
	w.Down(false)
	wait(t, w, func() bool { return len(w.Conns()) == 1 })
}

func TestWaitEndsWithItsContext(t *testing.T) {
	w, _ := newWorkspace(t, slacksim.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Wait(ctx, func() bool { return false }); err == nil {
		t.Error("Wait returned nil for what never happened")
	}
	signals, stop := w.Subscribe()
	defer stop()
	w.As("U0RITA").Say("C0ADMIN", "hello")
	<-signals
}

// apps.connections.open accepts both kinds of empty body that clients send.
func TestOpenAcceptsEmptyBodies(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", ""} {
		req, _ := http.NewRequest("POST", b.url+"/api/apps.connections.open", nil)
		req.Header.Set("Authorization", "Bearer xapp-app")
		if kind != "" {
			req.Header.Set("Content-Type", kind)
		}
		got := do(t, req)
		if u, err := url.Parse(fmt.Sprint(got["url"])); err != nil || u.Scheme != "ws" || u.Query().Get("ticket") == "" {
			t.Errorf("%q: %v", kind, got)
		}
	}
}

func do(t *testing.T, req *http.Request) map[string]any {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("HTTP %d: %v", resp.StatusCode, err)
	}
	return out
}
