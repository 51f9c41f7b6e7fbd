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
			refusal = f.refusal(c.Service)
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

func (f Fault) refusal(service string) *apiError {
	e := &apiError{status: f.Status, code: f.Refuse, message: f.Message}
	if e.status == 0 {
		e.status = statusOf(service, f.Refuse)
	}
	if e.message == "" {
		e.message = "The call was refused by a fault of the simulator."
	}
	return e
}

// The HTTP status of each error code that is not 400, by service: from the
// services' models, and for S3, whose model names none, from its guide.
var (
	queryStatus = map[string]int{
		"AccessDenied": 403, "InvalidClientTokenId": 403, "ExpiredToken": 403, "OptInRequired": 403, "SignatureDoesNotMatch": 403,
		"MissingAuthenticationToken": 403, "RegionDisabledException": 403, "IDPRejectedClaim": 403, "InvalidAuthenticationCode": 403,
		"NoSuchEntity": 404, "NotSupportedService": 404, "ReportInProgress": 404,
		"ConcurrentModification": 409, "DeleteConflict": 409, "EntityAlreadyExists": 409, "EntityTemporarilyUnmodifiable": 409,
		"LimitExceeded": 409, "DuplicateCertificate": 409, "ReportGenerationLimitExceeded": 409, "ReportExpired": 410, "ReportNotPresent": 410,
		"ServiceFailure": 500, "InternalFailure": 500, "InternalError": 500, "PolicyEvaluation": 500, "ServiceUnavailable": 503, "RequestLimitExceeded": 503,
	}
	s3Status = map[string]int{
		"AccessDenied": 403, "AccountProblem": 403, "AllAccessDisabled": 403, "InvalidAccessKeyId": 403, "InvalidObjectState": 403, "SignatureDoesNotMatch": 403,
		"RequestTimeTooSkewed": 403, "ObjectNotInActiveTierError": 403, "NoSuchBucket": 404, "NoSuchBucketPolicy": 404, "NoSuchKey": 404, "NoSuchUpload": 404,
		"NoSuchVersion": 404, "NoSuchPublicAccessBlockConfiguration": 404, "OwnershipControlsNotFoundError": 404,
		"ServerSideEncryptionConfigurationNotFoundError": 404, "MethodNotAllowed": 405,
		"BucketAlreadyExists": 409, "BucketAlreadyOwnedByYou": 409, "BucketNotEmpty": 409, "OperationAborted": 409, "ConditionalRequestConflict": 409,
		"PreconditionFailed": 412, "InvalidRange": 416, "InternalError": 500, "NotImplemented": 501, "ServiceUnavailable": 503, "SlowDown": 503, "Busy": 503,
	}
)

// statusOf is the status that a service sends with an error code. 400 is what
// most have, Throttling among them, and all of KMS's but its own failures.
func statusOf(service, code string) int {
	table := queryStatus
	switch service {
	case "s3":
		table = s3Status
	case "kms":
		table = map[string]int{"KMSInternalException": 500, "DependencyTimeoutException": 500, "InternalFailure": 500, "ServiceUnavailable": 503}
	}
	if status, ok := table[code]; ok {
		return status
	}
	return http.StatusBadRequest
}
