package web

import (
	"fmt"
	"net/http"
	"time"
)

// newest returns the last snapshot, its number, and a channel that is closed
// when a newer one exists.
func (p *page) newest() (snapshot []byte, number int, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.made, p.changed
}

func (p *page) serveState(rw http.ResponseWriter, _ *http.Request) {
	p.look()
	b, _, _ := p.newest()
	rw.Header().Set("Content-Type", "application/json")
	rw.Write(b) //nolint:errcheck // the browser may have disconnected
}

// settle is how long changes are collected before they are sent.
const settle = 20 * time.Millisecond

// serveEvents sends each snapshot as a server-sent event, beginning with the
// latest.
func (p *page) serveEvents(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(rw)
	for {
		b, number, changed := p.newest()
		if _, err := fmt.Fprintf(rw, "id: %d\nevent: state\ndata: %s\n\n", number, b); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(settle):
		}
	}
}
