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

// sockets are the app's connections in Socket Mode.
type sockets struct {
	*core
	log    *callLog
	faults *callFaults

	tickets   map[string]time.Time
	conns     map[int]*conn
	connCount int
	waiting   map[string][]chan ack // envelope id: the deliveries that wait for its ack
}

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

func (s *sockets) appsConnectionsOpen(*request) (object, error) {
	ticket := s.uuid()
	s.tickets[ticket] = s.cfg.Now()
	ws := "ws" + strings.TrimPrefix(s.base, "http")
	return object{"url": ws + "/link/?ticket=" + url.QueryEscape(ticket) + "&app_id=" + s.cfg.AppID}, nil
}

// spend uses up a ticket and reports whether it was valid.
func (s *sockets) spend(ticket string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	issued, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	if !ok || s.cfg.Now().Sub(issued) > ticketLife {
		s.log.rejected = append(s.log.rejected, Rejection{Method: "socket", Error: "invalid_ticket"})
		return false
	}
	return true
}

func (s *sockets) serveSocket(rw http.ResponseWriter, r *http.Request) {
	f := s.faults.takeFault("socket", nil)
	if f.before(rw, r, func() {}) {
		return
	}
	if !s.spend(r.URL.Query().Get("ticket")) {
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
	if !s.greet(c) {
		return
	}
	s.spawn(func() { s.pingLoop(c) })
	if c.lasts == debugLife {
		s.later(c, c.lasts, func() { s.Disconnect("warning", c.id) })
	}
	s.readLoop(c)
	close(c.done)
	s.edit(func() { delete(s.conns, c.id) })
}

// greet sends hello and makes c live. It refuses if there are too many
// connections.
func (s *sockets) greet(c *conn) bool {
	s.mu.Lock()
	if s.down || s.isClosed() {
		s.mu.Unlock()
		return false
	}
	if len(s.conns) >= maxConnections {
		s.log.rejected = append(s.log.rejected, Rejection{Method: "socket", Error: "too_many_websockets"})
		s.mu.Unlock()
		c.send(s.disconnectFrame("too_many_websockets"))
		s.notify()
		return false
	}
	s.connCount++
	c.id = s.connCount
	// Take the write lock first. Otherwise a payload could precede hello on
	// this connection.
	c.writing.Lock()
	s.conns[c.id] = c
	hello := object{
		"type": "hello", "num_connections": len(s.conns), "connection_info": object{"app_id": s.cfg.AppID},
		"debug_info": object{
			"host": "applink-1", "build_number": 1, "approximate_connection_time": int(c.lasts.Seconds()),
			"started": s.cfg.Now().UTC().Format("2006-01-02 15:04:05.000"),
		},
	}
	s.mu.Unlock()
	c.sendLocked(encode(hello))
	c.writing.Unlock()
	s.notify()
	return true
}

// readLoop handles acks until the connection ends. While it reads, the
// WebSocket library answers the client's pings.
func (s *sockets) readLoop(c *conn) {
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
			s.dropAck("malformed")
			continue
		}
		switch {
		case len(frame) >= maxAckBytes:
			s.dropAck("too_large")
		case fragmented:
			s.dropAck("fragmented")
		default:
			s.takeAck(answer.EnvelopeID, ackPayload(answer.Payload))
		}
	}
}

// dropAck records an ack that Slack ignores silently.
func (s *sockets) dropAck(why string) {
	s.edit(func() { s.log.rejected = append(s.log.rejected, Rejection{Method: "ack", Error: why}) })
}

// takeAck passes an ack to the delivery that waits for it. The ack may come on
// any connection.
func (s *sockets) takeAck(envelopeID string, a ack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range s.waiting[envelopeID] {
		select {
		case ch <- a:
		default: // a second ack for the same envelope is ignored
		}
	}
}

func (s *sockets) pingLoop(c *conn) {
	for {
		err := c.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink-1"), time.Now().Add(writeWithin))
		if err != nil {
			return
		}
		select {
		case <-s.cfg.After(s.cfg.PingEvery):
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
func (s *sockets) Conns() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.conns))
}

// pick returns the connections with these numbers; no numbers means all.
func (s *sockets) pick(ids []int) []*conn {
	if len(ids) == 0 {
		ids = s.Conns()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*conn
	for _, id := range ids {
		if c, ok := s.conns[id]; ok {
			out = append(out, c)
		}
	}
	return out
}

func (s *sockets) disconnectFrame(reason string) []byte {
	return encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-1"}})
}

// Disconnect tells connections to close; no numbers means all. After "warning"
// a connection stays open for [Config.RefreshAfter] and then gets
// "refresh_requested". After that reason, or after "link_disabled", it gets no
// more payloads, and the server closes it if the client does not. A client may
// reconnect at once, whatever the reason.
func (s *sockets) Disconnect(reason string, conns ...int) {
	for _, c := range s.pick(conns) {
		if reason == "warning" {
			c.send(s.disconnectFrame(reason))
			s.later(c, s.cfg.RefreshAfter, func() { s.dismiss(c, "refresh_requested") })
			continue
		}
		s.dismiss(c, reason)
	}
	s.notify()
}

func (s *sockets) dismiss(c *conn, reason string) {
	s.mu.Lock()
	c.leaving = true
	s.mu.Unlock()
	c.send(s.disconnectFrame(reason))
	s.later(c, s.cfg.RefreshAfter, func() { c.ws.Close() })
}

// later runs f after d, unless the connection ends first.
func (s *sockets) later(c *conn, d time.Duration, f func()) {
	s.spawn(func() {
		select {
		case <-s.cfg.After(d):
			f()
		case <-c.done:
		case <-s.closed:
		}
	})
}

// HalfOpen makes connections look alive although they are dead; no numbers
// means all. They stay open, but bytes are no longer read, written or pinged.
// Slack still chooses them for payloads, which are lost (slack-go#1093).
func (s *sockets) HalfOpen(conns ...int) {
	for _, c := range s.pick(conns) {
		c.tapped.halfOpen()
	}
}

// Cut closes connections without a close frame; no numbers means all.
func (s *sockets) Cut(conns ...int) {
	for _, c := range s.pick(conns) {
		c.tapped.Close()
	}
}

// SendRaw writes a text frame unchanged to connections; no numbers means all.
// Use it to send invalid JSON or an unknown type.
func (s *sockets) SendRaw(frame string, conns ...int) {
	for _, c := range s.pick(conns) {
		c.send([]byte(frame))
	}
}

// ready returns the connections that accept payloads, ordered by number.
func (s *sockets) ready() []*conn {
	var out []*conn
	for _, c := range s.conns {
		if !c.leaving {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *conn) int { return a.id - b.id })
	return out
}
