package slacksim

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// A Workspace is a running Slack. It is an [http.Handler]; a client's API URL
// is the server's address followed by "/api/". All methods may be called from
// any goroutine.
//
// Each part keeps one kind of state, with the Go API for tests and the methods
// of the Web API that read or change it.
type Workspace struct {
	*core
	*people
	*conversations
	*openViews
	*responseURLs
	*files
	*sockets
	*deliveries
	*callLog
	*callFaults
	limits limiter
}

// New returns a workspace whose only user is the app's bot.
func New(cfg Config) *Workspace {
	cfg = cfg.withDefaults()
	c := &core{
		cfg:     cfg,
		base:    cfg.BaseURL,
		rand:    rand.New(rand.NewPCG(cfg.Seed, 0x51ac)),
		changed: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	log, faults := &callLog{core: c}, &callFaults{core: c}
	everyone := &people{core: c, users: map[string]*User{}, groups: map[string]*Group{}}
	everyone.users[cfg.BotUserID] = &User{
		ID: cfg.BotUserID, Name: cfg.BotName, RealName: cfg.BotName, IsBot: true, TeamID: cfg.TeamID}
	talk := &conversations{core: c, people: everyone, channels: map[string]*room{}}
	app := &sockets{core: c, log: log, faults: faults, tickets: map[string]time.Time{}, conns: map[int]*conn{},
		waiting: map[string][]chan ack{}}
	return &Workspace{
		core:          c,
		people:        everyone,
		conversations: talk,
		openViews: &openViews{core: c, people: everyone, log: log, views: map[string]*View{},
			stacks: map[string][]string{}, homes: map[string]string{}, triggers: map[string]*trigger{},
			offers: map[string][]object{}},
		responseURLs: &responseURLs{core: c, conversations: talk, log: log, faults: faults,
			urls: map[string]*responseURL{}},
		files:      &files{core: c, conversations: talk, log: log, faults: faults, uploads: map[string]*upload{}},
		sockets:    app,
		deliveries: &deliveries{core: c, sockets: app, envelopes: map[string]*envelope{}},
		callLog:    log,
		callFaults: faults,
		limits:     newLimiter(cfg.RateLimits, cfg.RateNow),
	}
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
