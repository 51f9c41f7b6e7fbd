package awssim

import (
	"net/http"
	"slices"
	"time"
)

// A Call is one request in the log.
type Call struct {
	Op       string // such as PutBucketPolicy
	Service  string // s3, iam, sts or kms
	Account  string // the caller's account; "" if the caller is unknown
	Caller   string // ARN
	Bucket   string
	Resource string // ARN, or "*"
	Time     time.Time
	Status   int    // 0 if the client disconnected before the call acted
	Code     string // error code, "" for success
}

// callLog has the calls so far.
type callLog struct {
	*core
	calls      []Call
	unmodelled []string
}

// Calls returns all calls since the last reset, in the order of their replies.
func (l *callLog) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Count returns the number of calls of op; "*" counts all.
func (l *callLog) Count(op string) (n int) {
	for _, c := range l.Calls() {
		if op == "*" || c.Op == op {
			n++
		}
	}
	return n
}

// ResetCalls clears the log.
func (l *callLog) ResetCalls() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// Unmodelled returns the unmodelled requests so far.
func (l *callLog) Unmodelled() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.unmodelled)
}

func (l *callLog) addCall(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// refuseUnmodelled makes an unmodelled call fail visibly.
func (l *callLog) refuseUnmodelled(what string) *apiError {
	l.unmodelled = append(l.unmodelled, what)
	if l.cfg.Unmodelled != nil {
		l.mu.Unlock() // the callback may use the world
		l.cfg.Unmodelled(what)
		l.mu.Lock()
	}
	return &apiError{status: http.StatusNotImplemented, code: "NotImplemented",
		message: "The simulator does not model " + what + "."}
}
