package slacksim

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const writeWithin = 5 * time.Second

// A conn is one socket of the app.
type conn struct {
	id      int
	ws      *websocket.Conn
	tapped  *tappedConn
	writing sync.Mutex
	leaving bool          // told to go: no payload is sent on it any more. Guarded by Workspace.mu
	lasts   time.Duration // about; hello says so
	done    chan struct{}
}

// A connection lasts some hours, or six minutes if its address says
// debug_reconnects=true (docs.slack.dev, using-socket-mode). After hours pass
// only in [Workspace.Disconnect]: no test waits for them.
const (
	usualLife = 18060 * time.Second
	debugLife = 360 * time.Second
)

// An ack is the payload that came with an answer to an envelope, if any.
type ack object

// ackPayload reads the payload of an ack; text alone is a message's.
func ackPayload(x any) ack {
	switch v := x.(type) {
	case object:
		return v
	case string:
		return ack{"text": v}
	}
	return nil
}

func (w *Workspace) appsConnectionsOpen(*request) (object, error) {
	ticket := w.uuid()
	w.tickets[ticket] = w.cfg.Now()
	ws := "ws" + strings.TrimPrefix(w.base, "http")
	return object{"url": ws + "/link/?ticket=" + url.QueryEscape(ticket) + "&app_id=" + w.cfg.AppID}, nil
}

// spend uses up a ticket and reports whether it was good.
func (w *Workspace) spend(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	issued, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	if !ok || w.cfg.Now().Sub(issued) > ticketLife {
		w.rejected = append(w.rejected, Rejection{Method: "socket", Error: "invalid_ticket"})
		return false
	}
	return true
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	f := w.takeFault("socket", nil)
	if f.before(rw, r, func() {}) {
		return
	}
	if !w.spend(r.URL.Query().Get("ticket")) {
		rw.WriteHeader(http.StatusForbidden)
		return
	}
	if f.after(rw, r) {
		return
	}
	// Slack serves clients that run anywhere, so the Origin says nothing.
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	tap := &tapper{ResponseWriter: rw}
	ws, err := up.Upgrade(tap, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{ws: ws, tapped: tap.tapped, done: make(chan struct{}), lasts: usualLife}
	if r.URL.Query().Get("debug_reconnects") == "true" {
		c.lasts = debugLife
	}
	defer ws.Close()
	if !w.greet(c) {
		return
	}
	w.spawn(func() { w.pingLoop(c) })
	if c.lasts == debugLife {
		w.later(c, c.lasts, func() { w.Disconnect("warning", c.id) })
	}
	w.readLoop(c)
	close(c.done)
	w.edit(func() { delete(w.conns, c.id) })
}

// greet says hello and makes c live, unless there are too many already.
func (w *Workspace) greet(c *conn) bool {
	w.mu.Lock()
	if w.down || w.isClosed() {
		w.mu.Unlock()
		return false
	}
	if len(w.conns) >= maxConnections {
		w.rejected = append(w.rejected, Rejection{Method: "socket", Error: "too_many_websockets"})
		w.mu.Unlock()
		c.send(w.disconnectFrame("too_many_websockets"))
		w.notify()
		return false
	}
	w.connCount++
	c.id = w.connCount
	// The lock of writing is taken first, so that hello is the first frame
	// even if a payload is waiting for this connection.
	c.writing.Lock()
	w.conns[c.id] = c
	hello := object{
		"type": "hello", "num_connections": len(w.conns), "connection_info": object{"app_id": w.cfg.AppID},
		"debug_info": object{
			"host": "applink-1", "build_number": 1, "approximate_connection_time": int(c.lasts.Seconds()),
			"started": w.cfg.Now().UTC().Format("2006-01-02 15:04:05.000"),
		},
	}
	w.mu.Unlock()
	c.sendLocked(encode(hello))
	c.writing.Unlock()
	w.notify()
	return true
}

// readLoop takes acks until the connection ends. Pings of the client are
// answered by the WebSocket library while it reads.
func (w *Workspace) readLoop(c *conn) {
	for {
		kind, frame, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		fragmented := c.tapped.wasFragmented()
		var answer struct {
			EnvelopeID string `json:"envelope_id"`
			Payload    any    `json:"payload"`
		}
		if kind != websocket.TextMessage || json.Unmarshal(frame, &answer) != nil || answer.EnvelopeID == "" {
			w.dropAck("malformed")
			continue
		}
		switch {
		case len(frame) >= maxAckBytes:
			w.dropAck("too_large")
		case fragmented:
			w.dropAck("fragmented")
		default:
			w.takeAck(answer.EnvelopeID, ackPayload(answer.Payload))
		}
	}
}

// dropAck records an ack that Slack ignores without telling anybody.
func (w *Workspace) dropAck(why string) {
	w.edit(func() { w.rejected = append(w.rejected, Rejection{Method: "ack", Error: why}) })
}

// takeAck hands an ack to whoever waits for it, on whatever connection it came.
func (w *Workspace) takeAck(envelopeID string, a ack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ch := range w.waiting[envelopeID] {
		select {
		case ch <- a:
		default: // a second ack of the same envelope changes nothing
		}
	}
}

func (w *Workspace) pingLoop(c *conn) {
	for {
		err := c.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink-1"), time.Now().Add(writeWithin))
		if err != nil {
			return
		}
		select {
		case <-w.cfg.After(w.cfg.PingEvery):
		case <-c.done:
			return
		}
	}
}

// send writes one text frame. A failure shows on the reading side.
func (c *conn) send(frame []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.sendLocked(frame)
}

func (c *conn) sendLocked(frame []byte) {
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	_ = c.ws.WriteMessage(websocket.TextMessage, frame)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only JSON values get here
	}
	return b
}

// Conns returns the numbers of the live connections; they count from 1 and are
// never used again.
func (w *Workspace) Conns() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.conns))
}

// pick returns the connections with these numbers, or all.
func (w *Workspace) pick(ids []int) []*conn {
	if len(ids) == 0 {
		ids = w.Conns()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*conn
	for _, id := range ids {
		if c, ok := w.conns[id]; ok {
			out = append(out, c)
		}
	}
	return out
}

func (w *Workspace) disconnectFrame(reason string) []byte {
	return encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-1"}})
}

// Disconnect tells connections, or all of them, to go. After "warning" they
// live on for [Config.RefreshAfter] and are then told "refresh_requested"; after
// that, or after "link_disabled", they get no payload any more and are closed
// from this side if the client does not close them. A client may come back at
// once, whatever the reason was.
func (w *Workspace) Disconnect(reason string, conns ...int) {
	for _, c := range w.pick(conns) {
		if reason == "warning" {
			c.send(w.disconnectFrame(reason))
			w.later(c, w.cfg.RefreshAfter, func() { w.dismiss(c, "refresh_requested") })
			continue
		}
		w.dismiss(c, reason)
	}
	w.notify()
}

func (w *Workspace) dismiss(c *conn, reason string) {
	w.mu.Lock()
	c.leaving = true
	w.mu.Unlock()
	c.send(w.disconnectFrame(reason))
	w.later(c, w.cfg.RefreshAfter, func() { c.ws.Close() })
}

// later runs f after d unless the connection ends first.
func (w *Workspace) later(c *conn, d time.Duration, f func()) {
	w.spawn(func() {
		select {
		case <-w.cfg.After(d):
			f()
		case <-c.done:
		case <-w.closed:
		}
	})
}

// HalfOpen makes connections, or all of them, look alive and be dead: they
// stay open, and nothing is read, written or pinged on them any more. Slack
// goes on choosing them for payloads, which are lost (slack-go#1093).
func (w *Workspace) HalfOpen(conns ...int) {
	for _, c := range w.pick(conns) {
		c.tapped.halfOpen()
	}
}

// Cut closes connections, or all of them, without a word.
func (w *Workspace) Cut(conns ...int) {
	for _, c := range w.pick(conns) {
		c.tapped.Close()
	}
}

// SendRaw writes a text frame as it is to connections, or to all of them, e.g.
// one that is not JSON or of a type that nobody knows.
func (w *Workspace) SendRaw(frame string, conns ...int) {
	for _, c := range w.pick(conns) {
		c.send([]byte(frame))
	}
}
