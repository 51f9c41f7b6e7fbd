package slacksim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault makes calls go wrong. The fields combine: a fault may delay and then refuse.
// The constructors below build the usual ones.
type Fault struct {
	Times   int    // how many calls it spoils; zero means all, until it is healed
	Channel string // only calls for this channel or person; "" means any
	Blocks  int    // only messages of at least so many blocks

	Before time.Duration // wait before acting
	After  time.Duration // wait after acting, before the answer

	Status     int           // answer with this HTTP status, without acting
	RetryAfter time.Duration // for status 429
	Error      string        // answer with this error of Slack, without acting
	Cut        bool          // cut the connection, without acting
	Lose       bool          // act, then cut the connection instead of answering
}

// Refuse answers {"ok": false, "error": code}.
func Refuse(code string) Fault { return Fault{Error: code} }

// RefuseHTTP answers with an HTTP status and no JSON.
func RefuseHTTP(status int) Fault { return Fault{Status: status} }

// LoseReply lets the call take effect and then cuts the connection, so that
// the caller cannot know.
func LoseReply() Fault { return Fault{Lose: true} }

// Delay holds each call for d before it takes effect. A long one is a hang,
// which healing ends.
func Delay(d time.Duration) Fault { return Fault{Before: d} }

// DelayReply lets the call take effect and holds its answer for d.
func DelayReply(d time.Duration) Fault { return Fault{After: d} }

// RateLimit answers the next n calls with status 429 and a Retry-After of a second.
func RateLimit(n int) Fault {
	return Fault{Times: n, Status: http.StatusTooManyRequests, RetryAfter: time.Second}
}

// Only returns f for no more than n calls.
func (f Fault) Only(n int) Fault {
	f.Times = n
	return f
}

type fault struct {
	Fault
	method string
	left   int
	healed chan struct{}
}

// Fault makes calls of a method go wrong until heal is called. Besides the Web
// API's methods there are "*" for all of them, "response_url" for response URLs,
// "upload" for the bytes of files and "socket" for the opening of sockets. Of several faults that fit, the
// newest counts.
func (w *Workspace) Fault(method string, f Fault) (heal func()) {
	one := &fault{Fault: f, method: method, left: f.Times, healed: make(chan struct{})}
	w.mu.Lock()
	w.faults = append(w.faults, one)
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if i := slices.Index(w.faults, one); i >= 0 {
			w.faults = slices.Delete(w.faults, i, i+1)
		}
		select {
		case <-one.healed:
		default:
			close(one.healed)
		}
	}
}

// In returns f for calls about one channel or person only.
func (f Fault) In(channel string) Fault {
	f.Channel = channel
	return f
}

// takeFault returns the fault for a call of a method, or nil, and counts it. The
// request is nil where a fault can only be about all calls.
func (w *Workspace) takeFault(method string, r *request) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, f := range slices.Backward(w.faults) {
		if f.method != method && (f.method != "*" || !strings.Contains(method, ".")) || !f.isAbout(r) {
			continue
		}
		if f.Times > 0 {
			if f.left--; f.left == 0 {
				w.faults = slices.Delete(w.faults, i, i+1)
			}
		}
		return f
	}
	return nil
}

// isAbout reports whether a request is one that f spoils.
func (f Fault) isAbout(r *request) bool {
	if f.Channel == "" && f.Blocks == 0 {
		return true
	}
	if r == nil || f.Channel != "" && r.str("channel") != f.Channel {
		return false
	}
	blocks, _, _ := r.structure("blocks")
	return f.Blocks == 0 || len(objects(blocks)) >= f.Blocks
}

// String says what a call met, for [Call].
func (f Fault) String() string {
	switch {
	case f.Cut:
		return "cut"
	case f.Status != 0:
		return "HTTP " + strconv.Itoa(f.Status)
	}
	return f.Error
}

// before does what f does before the call acts. It reports whether that was
// all; if so it has called note, before the caller can know.
func (f *fault) before(rw http.ResponseWriter, r *http.Request, note func()) (done bool) {
	if f == nil {
		return false
	}
	f.pause(r, f.Before)
	if !f.Cut && f.Status == 0 && f.Error == "" {
		return false
	}
	note()
	switch {
	case f.Cut:
		cut(rw)
	case f.Status == http.StatusTooManyRequests:
		tooManyRequests(rw, f.RetryAfter)
	case f.Status != 0:
		rw.WriteHeader(f.Status)
	default:
		writeAnswer(rw, nil, refuse(f.Error))
	}
	return true
}

// after does what f does once the call has acted. It reports whether the
// caller has had all the answer it will get.
func (f *fault) after(rw http.ResponseWriter, r *http.Request) (done bool) {
	if f == nil {
		return false
	}
	f.pause(r, f.After)
	if f.Lose {
		cut(rw)
	}
	return f.Lose
}

// pause waits, but no longer than until the caller has gone or the fault is healed.
func (f *fault) pause(r *http.Request, d time.Duration) {
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-f.healed:
	case <-r.Context().Done():
	}
}
