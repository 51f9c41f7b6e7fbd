package awsaccess

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Class is what a failed call means for the one who made it.
type Class string

const (
	Gone      Class = "gone"      // no such bucket or principal: final
	Limit     Class = "limit"     // a limit of AWS: final
	Malformed Class = "malformed" // the policy was refused for its content
	Denied    Class = "denied"    // somebody may repair a role meanwhile
	Retry     Class = "retry"     // nothing has happened; try again
	Unknown   Class = "unknown"   // it may have taken effect
)

// An Error is a failed call.
type Error struct {
	Class                    Class
	Op, Account              string
	Code, Message, RequestID string
	Err                      error
}

func (e *Error) Error() string {
	s := e.Op + " in " + e.Account + ": " + e.Code
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error: "" for nil, Unknown for one that is
// not of this package.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Unknown
}

// codes sorts AWS's error codes. S3's policy errors are not modelled; these are
// the ones its documentation and recorded replies show.
var codes = []struct {
	class Class
	codes []string
}{
	{Gone, []string{"NoSuchBucket", "NoSuchEntity", "NoSuchEntityException"}},
	{Limit, []string{"LimitExceeded", "LimitExceededException", "PolicyTooLarge", "EntityTooLarge"}},
	{Malformed, []string{"MalformedPolicy", "MalformedPolicyDocument", "InvalidPolicyDocument"}},
	{Denied, []string{"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "MethodNotAllowed", "UnauthorizedAccess",
		"UnauthorizedOperation", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
		"ExpiredTokenException", "Forbidden", "InvalidBucketOwnerAWSAccountID", "RegionDisabledException", "UnmodifiableEntity"}},
	{Retry, []string{"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown", "PriorRequestNotComplete",
		"ConcurrentModification", "EntityTemporarilyUnmodifiable", "OperationAborted", "RequestTimeTooSkewed", "ServiceUnavailable"}},
}

// sorted turns an error of the SDK into one of this package.
func sorted(err error, op string, a *account, write bool) error {
	e := &Error{Op: op, Account: a.Name, Err: err, Class: Unknown}
	var assume assumeError
	if errors.As(err, &assume) {
		e.Op, write = "AssumeRole", false // the call itself was never made
		err = assume.error
	}
	var response *awshttp.ResponseError
	status := 0
	if errors.As(err, &response) {
		e.RequestID, status = response.ServiceRequestID(), response.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
		e.Class = classOfCode(e.Code, status, write)
		if e.Class == Malformed && strings.Contains(strings.ToLower(e.Message), "size") {
			e.Class = Limit
		}
		return e
	}
	e.Code, e.Message = "NoReply", brief(err)
	switch {
	case status >= 400 && status < 500:
		e.Class, e.Code = Denied, fmt.Sprintf("Status%d", status)
	case !write, neverSent(err):
		e.Class = Retry
	}
	return e
}

// classOfCode sorts a reply. A server error to a write without a code that says
// that it was not looked at may have taken effect.
func classOfCode(code string, status int, write bool) Class {
	for _, c := range codes {
		if slices.Contains(c.codes, code) {
			return c.class
		}
	}
	switch {
	case status == 403 || status == 405 || status == 401:
		return Denied
	case status == 429 || status == 503:
		return Retry
	case status >= 500 && write:
		return Unknown
	case status >= 500:
		return Retry
	case status == 0 && write:
		return Unknown
	}
	return Retry
}

// neverSent reports whether no connection could be made.
func neverSent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED)
}

// brief says what went wrong without the SDK's layers and without addresses
// that carry a query.
func brief(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if errors.Is(err, context.Canceled) {
		return "stopped before the answer came"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
