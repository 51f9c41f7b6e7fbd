package awssim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// A Fault makes calls of one operation fail, or runs a test's hooks around
// them. Its fields combine.
type Fault struct {
	// Times is the number of calls that the fault affects. Zero means all until
	// healed.
	Times int

	// Refuse answers with this error code instead of acting: Throttling,
	// SlowDown, ServiceUnavailable, AccessDenied, InternalError, or any other.
	// Status is the HTTP status; zero means AWS's status for the code.
	Refuse  string
	Status  int
	Message string

	// LoseReply lets the call act, then cuts the connection.
	LoseReply bool

	// DelayBefore waits before acting. If the client disconnects in that time,
	// the call changes nothing. DelayAfter waits after acting, before the
	// reply.
	DelayBefore, DelayAfter time.Duration

	// Before runs before the call acts. After runs once it has acted, before
	// the client gets the reply, and sees the status. The simulator holds no
	// lock meanwhile, so both may use it, change it, or wait.
	Before, After func(Call)

	// Match, if set, selects the affected calls.
	Match func(Call) bool
}

type fault struct {
	op string
	Fault
	left int
}

// callFaults are the faults that are not healed yet.
type callFaults struct {
	*core
	faults []*fault
}

// Fault makes calls of op fail until heal is called; "*" means all operations.
// Several faults of one operation apply together.
func (cf *callFaults) Fault(op string, f Fault) (heal func()) {
	cf.mu.Lock()
	defer cf.mu.Unlock()
	added := &fault{op: op, Fault: f, left: f.Times}
	cf.faults = append(cf.faults, added)
	return func() {
		cf.mu.Lock()
		defer cf.mu.Unlock()
		cf.faults = without(cf.faults, added)
	}
}

// Heal ends the faults set for op; "*" ends all faults.
func (cf *callFaults) Heal(op string) {
	cf.mu.Lock()
	defer cf.mu.Unlock()
	cf.faults = slices.DeleteFunc(cf.faults, func(f *fault) bool { return op == "*" || f.op == op })
}

// faultsFor returns the faults that affect this call, and counts the call.
func (cf *callFaults) faultsFor(c Call) (met []Fault) {
	cf.mu.Lock()
	list := slices.Clone(cf.faults)
	cf.mu.Unlock()
	for _, f := range list {
		if f.op != "*" && f.op != c.Op || f.Match != nil && !f.Match(c) {
			continue
		}
		if cf.take(f) {
			met = append(met, f.Fault)
		}
	}
	return met
}

// take counts one affected call. It is false if another call took the last one
// or the fault is healed.
func (cf *callFaults) take(f *fault) bool {
	cf.mu.Lock()
	defer cf.mu.Unlock()
	if !slices.Contains(cf.faults, f) {
		return false
	}
	if f.Times > 0 {
		if f.left--; f.left == 0 {
			cf.faults = without(cf.faults, f)
		}
	}
	return true
}

// before applies faults ahead of the call. It returns their refusal, and false
// if the client has disconnected.
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

// after applies faults once the call has acted. It is false if the reply must
// not be sent.
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

// The HTTP status of each error code that is not 400, by service. The source is
// each service's model; for S3, whose model has no statuses, it is the guide.
var (
	queryStatus = map[string]int{
		"AccessDenied": 403, "InvalidClientTokenId": 403, "ExpiredToken": 403, "OptInRequired": 403,
		"SignatureDoesNotMatch": 403, "MissingAuthenticationToken": 403, "RegionDisabledException": 403,
		"IDPRejectedClaim": 403, "InvalidAuthenticationCode": 403, "NoSuchEntity": 404, "NotSupportedService": 404,
		"ReportInProgress": 404, "ConcurrentModification": 409, "DeleteConflict": 409, "EntityAlreadyExists": 409,
		"EntityTemporarilyUnmodifiable": 409, "LimitExceeded": 409, "DuplicateCertificate": 409,
		"ReportGenerationLimitExceeded": 409, "ReportExpired": 410, "ReportNotPresent": 410, "ServiceFailure": 500,
		"InternalFailure": 500, "InternalError": 500, "PolicyEvaluation": 500, "ServiceUnavailable": 503,
		"RequestLimitExceeded": 503,
	}
	s3Status = map[string]int{
		"AccessDenied": 403, "AccountProblem": 403, "AllAccessDisabled": 403, "InvalidAccessKeyId": 403,
		"InvalidObjectState": 403, "SignatureDoesNotMatch": 403, "RequestTimeTooSkewed": 403,
		"ObjectNotInActiveTierError": 403, "NoSuchBucket": 404, "NoSuchBucketPolicy": 404, "NoSuchKey": 404,
		"NoSuchUpload": 404, "NoSuchVersion": 404, "NoSuchPublicAccessBlockConfiguration": 404,
		"OwnershipControlsNotFoundError": 404, "ServerSideEncryptionConfigurationNotFoundError": 404,
		"MethodNotAllowed": 405, "BucketAlreadyExists": 409, "BucketAlreadyOwnedByYou": 409, "BucketNotEmpty": 409,
		"OperationAborted": 409, "ConditionalRequestConflict": 409, "PreconditionFailed": 412, "InvalidRange": 416,
		"InternalError": 500, "NotImplemented": 501, "ServiceUnavailable": 503, "SlowDown": 503, "Busy": 503,
	}
)

// statusOf returns a service's HTTP status for an error code. It is 400 for
// most codes, including Throttling, and for all codes of KMS except its
// internal failures.
func statusOf(service, code string) int {
	table := queryStatus
	switch service {
	case "s3":
		table = s3Status
	case "kms":
		table = map[string]int{"KMSInternalException": 500, "DependencyTimeoutException": 500, "InternalFailure": 500,
			"ServiceUnavailable": 503}
	}
	if status, ok := table[code]; ok {
		return status
	}
	return http.StatusBadRequest
}
