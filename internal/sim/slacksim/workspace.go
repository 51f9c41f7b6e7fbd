package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// object is a JSON object in Slack's format.
type object = map[string]any

// A Workspace is a running Slack. It is an [http.Handler]; a client's API URL
// is the server's address followed by "/api/". All methods may be called from
// any goroutine.
type Workspace struct {
	cfg Config

	// mu guards all fields below. It is never held during a write to a
	// connection, so that a stuck client cannot block the workspace.
	mu      sync.Mutex
	base    string
	rand    *rand.Rand
	changed chan struct{} // closed and replaced at each change of state
	closed  chan struct{} // closed by Close
	down    bool
	lastTS  int64 // in microseconds; timestamps are unique and increase

	users    map[string]*User
	groups   map[string]*Group
	channels map[string]*room
	hidden   []*Message // the ephemerals; no history contains them

	views    map[string]*View
	stacks   map[string][]string // user: ids of open modals, the topmost last
	homes    map[string]string   // user: id of the home view
	triggers map[string]*trigger
	urls     map[string]*responseURL
	uploads  map[string]*upload
	offers   map[string][]object // options of external menus, by user, surface and element

	tickets   map[string]time.Time
	conns     map[int]*conn
	connCount int
	waiting   map[string][]chan ack // envelope id: the deliveries that wait for its ack
	envelopes map[string]*envelope
	log       []*Delivery

	faults     []*fault
	disturbing []*disturbance
	limits     limiter
	calls      []Call
	rejected   []Rejection
	unmodelled []string
	background sync.WaitGroup
}

// ServeHTTP serves the Web API, the socket, the response URLs and uploads.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if w.isDown() {
		cut(rw)
		return
	}
	w.noteAddress(r)
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/"):
		w.serveAPI(rw, r, strings.TrimPrefix(path, "/api/"))
	case strings.TrimSuffix(path, "/") == "/link":
		w.serveSocket(rw, r)
	case strings.HasPrefix(path, "/commands/"), strings.HasPrefix(path, "/actions/"):
		w.serveResponseURL(rw, r)
	case strings.HasPrefix(path, "/upload/"):
		w.serveUpload(rw, r)
	default:
		http.NotFound(rw, r)
	}
}

// Down makes all of Slack unreachable, or reachable again. While it is down,
// each request is cut without an answer. Open sockets are dropped.
func (w *Workspace) Down(down bool) {
	w.mu.Lock()
	w.down = down
	w.mu.Unlock()
	if down {
		w.Cut()
	}
	w.notify()
}

// Close drops all sockets, stops background work such as event retries, and
// waits for it to end. Close the server of w separately.
func (w *Workspace) Close() {
	w.mu.Lock()
	if !w.isClosed() {
		close(w.closed)
	}
	w.mu.Unlock()
	w.Cut()
	w.background.Wait()
}

// spawn runs f in the background, unless the workspace is closed. Close waits for it.
func (w *Workspace) spawn(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isClosed() {
		w.background.Go(f)
	}
}

// isClosed reports whether Close was called. The caller holds w.mu.
func (w *Workspace) isClosed() bool {
	select {
	case <-w.closed:
		return true
	default:
		return false
	}
}

func (w *Workspace) isDown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// URL is the address of this workspace without a trailing slash. It is empty if
// none is configured and no request has arrived yet.
func (w *Workspace) URL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.base
}

func (w *Workspace) noteAddress(r *http.Request) {
	if w.cfg.BaseURL != "" {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	w.mu.Lock()
	w.base = scheme + "://" + r.Host
	w.mu.Unlock()
}

// Wait returns nil as soon as cond holds. It checks cond after each change of
// state, and returns an error when ctx ends. cond may call any method of w.
func (w *Workspace) Wait(ctx context.Context, cond func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the workspace: %w", ctx.Err())
		}
	}
}

// Subscribe returns a channel that receives a signal after changes of state.
// Several changes may share one signal. stop ends the subscription.
func (w *Workspace) Subscribe() (signals <-chan struct{}, stop func()) {
	out := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	w.mu.Lock()
	changed := w.changed
	w.mu.Unlock()
	w.spawn(func() {
		for {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			case <-w.closed:
				return
			}
			w.mu.Lock()
			changed = w.changed
			w.mu.Unlock()
			select {
			case out <- struct{}{}:
			default:
			}
		}
	})
	return out, cancel
}

func (w *Workspace) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notifyLocked()
}

func (w *Workspace) notifyLocked() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// stamp returns the next message timestamp. The caller holds w.mu.
func (w *Workspace) stamp() string {
	w.lastTS = max(w.cfg.Now().UnixMicro(), w.lastTS+1)
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

// id returns n random characters. The caller holds w.mu.
func (w *Workspace) id(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[w.rand.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	hexDigits = "0123456789abcdef"
	digits    = "0123456789"
	upper     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mixed     = upper + "abcdefghijklmnopqrstuvwxyz"
)

// uuid returns a random id in the form of envelope ids and tickets. The caller
// holds w.mu.
func (w *Workspace) uuid() string {
	return fmt.Sprintf("%s-%s-%s-%s-%s", w.id(hexDigits, 8), w.id(hexDigits, 4), w.id(hexDigits, 4), w.id(hexDigits, 4),
		w.id(hexDigits, 12))
}

// cut closes the connection without an answer.
func cut(rw http.ResponseWriter) {
	if h, ok := rw.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			c.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// clone copies a JSON value, so that callers cannot change the stored one.
func clone[T any](v T) T {
	var out T
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // callers pass JSON values only
	}
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
