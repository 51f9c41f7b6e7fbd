package slacksim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault makes calls fail. The fields combine: a fault may delay a call and
// then refuse it. The constructors below build the usual faults.
type Fault struct {
	Times   int    // number of calls; zero means all until healed
	Channel string // only calls for this channel or user; "" means all
	Blocks  int    // only messages with at least this many blocks

	Before time.Duration // wait before acting
	After  time.Duration // wait after acting, before the answer

	Status     int           // answer with this HTTP status without acting
	RetryAfter time.Duration // for status 429
	Error      string        // answer with this Slack error without acting
	Cut        bool          // cut the connection without acting
	Lose       bool          // act, then cut the connection instead of answering
}

// Refuse answers {"ok": false, "error": code}.
func Refuse(code string) Fault { return Fault{Error: code} }

// RefuseHTTP answers with an HTTP status and no JSON.
func RefuseHTTP(status int) Fault { return Fault{Status: status} }

// LoseReply lets the call take effect and then cuts the connection. The caller
// cannot know the result.
func LoseReply() Fault { return Fault{Lose: true} }

// Delay holds each call for d before it takes effect. A long delay simulates a
// hang; healing ends it.
func Delay(d time.Duration) Fault { return Fault{Before: d} }

// DelayReply lets the call take effect and holds its answer for d.
func DelayReply(d time.Duration) Fault { return Fault{After: d} }

// RateLimit answers the next n calls with status 429 and a Retry-After of a second.
func RateLimit(n int) Fault {
	return Fault{Times: n, Status: http.StatusTooManyRequests, RetryAfter: time.Second}
}

// Only limits f to n calls.
func (f Fault) Only(n int) Fault {
	f.Times = n
	return f
}

// callFaults are the faults that are not healed yet.
type callFaults struct {
	*core
	faults []*fault
}

type fault struct {
	Fault
	method string
	left   int
	healed chan struct{}
}

// Fault makes calls of a method fail until heal is called. Method may also be
// "*" for all methods, "response_url" for response URLs, "upload" for the bytes
// of files, or "socket" for opening sockets. If several faults match, the
// newest applies.
func (cf *callFaults) Fault(method string, f Fault) (heal func()) {
	one := &fault{Fault: f, method: method, left: f.Times, healed: make(chan struct{})}
	cf.mu.Lock()
	cf.faults = append(cf.faults, one)
	cf.mu.Unlock()
	return func() {
		cf.mu.Lock()
		defer cf.mu.Unlock()
		if i := slices.Index(cf.faults, one); i >= 0 {
			cf.faults = slices.Delete(cf.faults, i, i+1)
		}
		select {
		case <-one.healed:
		default:
			close(one.healed)
		}
	}
}

// In limits f to calls for one channel or user.
func (f Fault) In(channel string) Fault {
	f.Channel = channel
	return f
}

// takeFault returns the fault for a call of a method and counts it, or returns
// nil. The request is nil for calls without arguments. Faults with Channel or
// Blocks do not match those.
func (cf *callFaults) takeFault(method string, r *request) *fault {
	cf.mu.Lock()
	defer cf.mu.Unlock()
	for i, f := range slices.Backward(cf.faults) {
		if f.method != method && (f.method != "*" || !strings.Contains(method, ".")) || !f.isAbout(r) {
			continue
		}
		if f.Times > 0 {
			if f.left--; f.left == 0 {
				cf.faults = slices.Delete(cf.faults, i, i+1)
			}
		}
		return f
	}
	return nil
}

// isAbout reports whether f applies to r.
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

// String describes the fault's effect, for [Call].
func (f Fault) String() string {
	switch {
	case f.Cut:
		return "cut"
	case f.Status != 0:
		return "HTTP " + strconv.Itoa(f.Status)
	}
	return f.Error
}

// before applies f before the call acts. It reports whether the call ends here.
// If so, it called note before the caller could see the result.
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

// after applies f after the call acted. It reports whether the caller gets no
// further answer.
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

// pause waits for d, or until the caller disconnects or the fault is healed.
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
