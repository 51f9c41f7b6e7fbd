package slacksim

import (
	"slices"
	"time"
)

// A Rejection is a call or message that Slack refused, or dropped silently.
type Rejection struct {
	Method   string // a method, "response_url", "socket", "ack", or "view_submission" for the content of its ack
	Error    string
	Messages []string // the faults of the blocks or arguments, in Slack's words
}

// A Call is one request to the Web API or to a response URL.
type Call struct {
	Method string
	Args   map[string]any // without the token
	Answer map[string]any // without "ok"; nil if the call was refused
	At     time.Time
	Error  string // Slack's error code; "" for ok; "cut" or "HTTP 503" if a fault prevented the call
}

// callLog has the calls of the app, and what Slack refused.
type callLog struct {
	*core
	calls      []Call
	rejected   []Rejection
	unmodelled []string
}

// Calls returns all requests so far, oldest first.
func (l *callLog) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Count returns the number of calls of a method, refused ones included.
func (l *callLog) Count(method string) int {
	n := 0
	for _, c := range l.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// Rejected returns all rejections so far, oldest first. Refusals by a [Fault]
// are not included.
func (l *callLog) Rejected() []Rejection {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rejected)
}

// Unmodelled returns the names of called methods that are not modelled, once
// per call.
func (l *callLog) Unmodelled() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.unmodelled)
}

func (l *callLog) noteUnmodelled(name string) {
	l.mu.Lock()
	l.unmodelled = append(l.unmodelled, name)
	l.mu.Unlock()
	if l.cfg.Unmodelled != nil {
		l.cfg.Unmodelled(name)
	}
	l.notify()
}

func (l *callLog) noteCall(req *request, fault string, err error) {
	l.note(Call{Error: fault}, req, err)
}

func (l *callLog) noteAnswer(req *request, answer object, err error) {
	l.note(Call{Answer: answer}, req, err)
}

func (l *callLog) note(call Call, req *request, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	call.Method, call.Args, call.At = req.method, req.args, l.cfg.Now()
	if r, ok := err.(*refusal); ok {
		call.Error = r.code
		l.rejected = append(l.rejected, Rejection{req.method, r.code, r.messages()})
	}
	l.calls = append(l.calls, call)
	l.notifyLocked()
}
