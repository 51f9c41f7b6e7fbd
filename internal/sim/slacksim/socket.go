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
	leaving bool          // told to close, so it gets no more payloads. Guarded by Workspace.mu
	lasts   time.Duration // approximate lifetime, announced in hello
	done    chan struct{}
}

// A connection lasts some hours, or six minutes if its address has
// debug_reconnects=true (docs.slack.dev, using-socket-mode). The simulator ends
// connections only by [Workspace.Disconnect], because no test waits for hours.
const (
	usualLife = 18060 * time.Second
	debugLife = 360 * time.Second
)

// An ack is the payload in the app's answer to an envelope. It may be empty.
type ack object

// ackPayload reads the payload of an ack. A bare string is the text of a
// message.
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

// spend uses up a ticket and reports whether it was valid.
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
	// Any Origin is accepted, because Slack serves clients that run anywhere.
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	tap := &tapper{ResponseWriter: rw}
	ws, err := up.Upgrade(tap, r, nil)
	if err != nil {
		return // the upgrader has sent the error
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

// greet sends hello and makes c live. It refuses if there are too many
// connections.
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
	// Take the write lock first. Otherwise a payload could precede hello on
	// this connection.
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

// readLoop handles acks until the connection ends. While it reads, the
// WebSocket library answers the client's pings.
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

// dropAck records an ack that Slack ignores silently.
func (w *Workspace) dropAck(why string) {
	w.edit(func() { w.rejected = append(w.rejected, Rejection{Method: "ack", Error: why}) })
}

// takeAck passes an ack to the delivery that waits for it. The ack may come on
// any connection.
func (w *Workspace) takeAck(envelopeID string, a ack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ch := range w.waiting[envelopeID] {
		select {
		case ch <- a:
		default: // a second ack for the same envelope is ignored
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

// send writes one text frame. The reading side notices a failure.
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
		panic(err) // callers pass JSON values only
	}
	return b
}

// Conns returns the numbers of the live connections. Numbers begin at 1 and are
// never reused.
func (w *Workspace) Conns() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.conns))
}

// pick returns the connections with these numbers; no numbers means all.
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

// Disconnect tells connections to close; no numbers means all. After "warning"
// a connection stays open for [Config.RefreshAfter] and then gets
// "refresh_requested". After that reason, or after "link_disabled", it gets no
// more payloads, and the server closes it if the client does not. A client may
// reconnect at once, whatever the reason.
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

// later runs f after d, unless the connection ends first.
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

// HalfOpen makes connections look alive although they are dead; no numbers
// means all. They stay open, but bytes are no longer read, written or pinged.
// Slack still chooses them for payloads, which are lost (slack-go#1093).
func (w *Workspace) HalfOpen(conns ...int) {
	for _, c := range w.pick(conns) {
		c.tapped.halfOpen()
	}
}

// Cut closes connections without a close frame; no numbers means all.
func (w *Workspace) Cut(conns ...int) {
	for _, c := range w.pick(conns) {
		c.tapped.Close()
	}
}

// SendRaw writes a text frame unchanged to connections; no numbers means all.
// Use it to send invalid JSON or an unknown type.
func (w *Workspace) SendRaw(frame string, conns ...int) {
	for _, c := range w.pick(conns) {
		c.send([]byte(frame))
	}
}
