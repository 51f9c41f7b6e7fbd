package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// A door is Slack's Socket Mode and its response URLs. It has no workspace
// behind it, so that the driver does not limit the program under test. All
// other calls go to the simulator.
type door struct {
	clock func() time.Duration // since the start of the load
	acked func(envelope int)

	mu      sync.Mutex
	sockets []*socket
	changed chan struct{} // one signal for several changes
	answers []answer      // by command
	posts   func(card)    // nil unless approvals are part of the load
}

// An answer is the state of a command's response URL. Zero means none yet.
type answer struct {
	first   time.Duration // any answer
	carried time.Duration // an answer that names a request, or a refusal
	refused bool
	text    string
}

func newDoor(commands int) *door {
	return &door{changed: make(chan struct{}, 1), answers: make([]answer, commands)}
}

// around puts the door in front of the simulator of Slack.
func (d *door) around(simulator http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/api/apps.connections.open":
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(rw, `{"ok":true,"url":"ws://%s/link/?ticket=load&app_id=A0APP"}`, r.Host)
		case strings.TrimSuffix(path, "/") == "/link":
			d.serveSocket(rw, r)
		case strings.HasPrefix(path, responsePath):
			d.serveAnswer(rw, r)
		case path == "/api/chat.postMessage" && d.posts != nil:
			d.servePost(simulator, rw, r)
		default:
			simulator.ServeHTTP(rw, r)
		}
	})
}

// A socket is one connection of the program under test.
type socket struct {
	ws *websocket.Conn
	mu sync.Mutex // for writes
}

const hello = `{"type":"hello","num_connections":%d,"connection_info":{"app_id":"A0APP"},` +
	`"debug_info":{"host":"applink-1","build_number":1,"approximate_connection_time":18060}}`

func (d *door) serveSocket(rw http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return // the upgrader has sent the error
	}
	defer ws.Close()
	s := &socket{ws: ws}
	if s.send(fmt.Appendf(nil, hello, len(d.connected())+1)) != nil {
		return
	}
	d.change(func() { d.sockets = append(d.sockets, s) })
	done := make(chan struct{})
	defer close(done)
	go s.ping(done)
	d.readAcks(s)
	d.change(func() { d.sockets = slices.DeleteFunc(d.sockets, func(o *socket) bool { return o == s }) })
}

func (d *door) connected() []*socket {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.sockets)
}

func (d *door) change(do func()) {
	d.mu.Lock()
	do()
	d.mu.Unlock()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// readAcks passes each ack on. A frame that is not a valid ack counts as none.
func (d *door) readAcks(s *socket) {
	for {
		_, frame, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if json.Unmarshal(frame, &ack) != nil {
			continue
		}
		if n, ok := envelopeNumber(ack.ID); ok {
			d.acked(n)
		}
	}
}

func (s *socket) ping(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(10 * time.Second):
		}
		if s.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink-1"), time.Now().Add(5*time.Second)) != nil {
			return
		}
	}
}

func (s *socket) send(frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ws.WriteMessage(websocket.TextMessage, frame)
}

// deliver sends an envelope on one of the connections in turn.
func (d *door) deliver(n int, frame []byte) error {
	all := d.connected()
	if len(all) == 0 {
		return fmt.Errorf("sending command %d: no connection is open", n)
	}
	return all[n%len(all)].send(frame)
}

// requestID is the id of a request in an answer.
var requestID = regexp.MustCompile("`[0-9A-HJKMNP-TV-Z]{8}`")

func (d *door) serveAnswer(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	n, bad := strconv.Atoi(strings.TrimPrefix(r.URL.Path, responsePath))
	if err != nil || bad != nil {
		http.Error(rw, "no_such_url", http.StatusNotFound)
		return
	}
	at := d.clock()
	d.change(func() {
		if n >= len(d.answers) {
			return // a click
		}
		a := &d.answers[n]
		if a.first == 0 {
			a.first = at
		}
		isRequest := requestID.Match(body)
		if a.carried == 0 && (isRequest || !strings.Contains(string(body), "before you")) {
			a.carried, a.refused, a.text = at, !isRequest, string(body)
		}
	})
	io.WriteString(rw, "ok") //nolint:errcheck // the program may have gone
}

// servePost passes a post on, and then the posted card with it.
func (d *door) servePost(simulator http.Handler, rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	reply := httptest.NewRecorder()
	simulator.ServeHTTP(reply, r)
	for k, v := range reply.Header() {
		rw.Header()[k] = v
	}
	rw.WriteHeader(reply.Code)
	rw.Write(reply.Body.Bytes()) //nolint:errcheck // the program may have gone
	if c, ok := readCard(reply.Body.Bytes()); ok {
		d.posts(c)
	}
}
