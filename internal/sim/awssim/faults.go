package awssim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// A Fault is how calls of one operation go wrong, or what a test does around
// them. Its parts combine.
type Fault struct {
	// Times is how many calls the fault meets; zero means all, until healed.
	Times int

	// Refuse answers with this error code instead of acting: Throttling,
	// SlowDown, ServiceUnavailable, AccessDenied, InternalError, or any other.
	// Status is the HTTP status; zero means the one AWS gives the code.
	Refuse  string
	Status  int
	Message string

	// LoseReply lets the call act, then cuts the connection.
	LoseReply bool

	// DelayBefore waits before acting. A client that goes away meanwhile has
	// changed nothing. DelayAfter waits after acting, before the reply.
	DelayBefore, DelayAfter time.Duration

	// Before runs before the call acts, After when it has acted and the
	// client does not know yet. Neither holds a lock, so both may use the
	// simulator, change it, or wait. After sees the status.
	Before, After func(Call)

	// Match, if set, chooses the calls the fault meets.
	Match func(Call) bool
}

type fault struct {
	op string
	Fault
	left int
}

// Fault makes calls of op go wrong; "*" means every operation. Several faults
// of one operation apply together. The function returned heals this one.
func (w *World) Fault(op string, f Fault) (heal func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	added := &fault{op: op, Fault: f, left: f.Times}
	w.faults = append(w.faults, added)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.faults = without(w.faults, added)
	}
}

// Heal ends the faults that were set for op; "*" ends all there are.
func (w *World) Heal(op string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = slices.DeleteFunc(w.faults, func(f *fault) bool { return op == "*" || f.op == op })
}

// faultsFor takes the faults that meet this call, and counts it.
func (w *World) faultsFor(c Call) (met []Fault) {
	w.mu.Lock()
	list := slices.Clone(w.faults)
	w.mu.Unlock()
	for _, f := range list {
		if f.op != "*" && f.op != c.Op || f.Match != nil && !f.Match(c) {
			continue
		}
		if w.take(f) {
			met = append(met, f.Fault)
		}
	}
	return met
}

// take uses up one of the fault's calls. It is false if another call was faster
// or the fault has been healed.
func (w *World) take(f *fault) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.faults, f) {
		return false
	}
	if f.Times > 0 {
		if f.left--; f.left == 0 {
			w.faults = without(w.faults, f)
		}
	}
	return true
}

// before does what the faults do ahead of the call. It returns their refusal,
// and false if the client has gone away.
func before(ctx context.Context, faults []Fault, c Call) (*apiError, bool) {
	var refusal *apiError
	for _, f := range faults {
		if f.Before != nil {
			f.Before(c)
		}
		if !wait(ctx, f.DelayBefore) {
			return nil, false
		}
		if f.Refuse != "" && refusal == nil {
			refusal = f.refusal()
		}
	}
	return refusal, ctx.Err() == nil
}

// after does what the faults do once the call has acted. It is false if nobody
// is to get the reply.
func after(ctx context.Context, faults []Fault, c Call) bool {
	reach := true
	for _, f := range faults {
		if f.After != nil {
			f.After(c)
		}
		if !wait(ctx, f.DelayAfter) || f.LoseReply {
			reach = false
		}
	}
	return reach
}

func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f Fault) refusal() *apiError {
	e := &apiError{status: f.Status, code: f.Refuse, message: f.Message}
	if e.status == 0 {
		e.status = statusOf(f.Refuse)
	}
	if e.message == "" {
		e.message = "The call was refused by a fault of the simulator."
	}
	return e
}

func statusOf(code string) int {
	switch code {
	case "SlowDown", "ServiceUnavailable":
		return http.StatusServiceUnavailable
	case "InternalError", "InternalFailure", "ServiceFailure":
		return http.StatusInternalServerError
	case "AccessDenied":
		return http.StatusForbidden
	case "NoSuchBucket", "NoSuchBucketPolicy", "NoSuchEntity":
		return http.StatusNotFound
	case "EntityTemporarilyUnmodifiable", "ConcurrentModification", "LimitExceeded", "OperationAborted":
		return http.StatusConflict
	}
	return http.StatusBadRequest // Throttling and ThrottlingException too
}
