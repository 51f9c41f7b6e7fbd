package awsaccess

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// classes maps AWS's error codes to classes. IAM's codes occur with and without
// the suffix "Exception"; see [classOfCode].
//
// LimitExceeded is a Limit. It is a throttle in other AWS services, but a quota
// in IAM, so a retry does not help.
var classes = map[Class][]string{
	Gone:            {"NoSuchBucket", "NoSuchEntity"},
	MembershipLimit: {"LimitExceeded", "PolicyTooLarge"},
	Malformed:       {"MalformedPolicy", "MalformedPolicyDocument", "InvalidPolicyDocument"},
	Denied: {"AccessDenied", "AllAccessDisabled", "MethodNotAllowed", "UnauthorizedAccess", "UnauthorizedOperation",
		"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch", "NotImplemented"},
	Retry: append([]string{
		"ConcurrentModification", "EntityTemporarilyUnmodifiable", "OperationAborted",
		// The bot's credentials or clock: the next call has newer ones.
		"ExpiredToken", "TokenRefreshRequired", "RequestExpired", "RequestTimeTooSkewed",
		// S3 stopped waiting for the rest of the request, so it has not acted.
		"RequestTimeout",
		// Sent to the wrong region.
		"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint",
	}, throttles...),
}

// throttles are documented to reject a request before it acts, so they are
// [Retry] even with the status 503.
var throttles = []string{"SlowDown", "Throttling", "Throttled", "ThrottledException", "RequestThrottled",
	"RequestLimitExceeded", "TooManyRequests", "BandwidthLimitExceeded", "PriorRequestNotComplete"}

var codes, throttled = func() (map[string]Class, map[string]bool) {
	sorted, throttling := map[string]Class{}, map[string]bool{}
	for class, list := range classes {
		for _, code := range list {
			sorted[strings.TrimSuffix(code, "Exception")] = class
		}
	}
	for _, code := range throttles {
		throttling[strings.TrimSuffix(code, "Exception")] = true
	}
	return sorted, throttling
}()

func classOfCode(code string) (Class, bool) {
	class, ok := codes[strings.TrimSuffix(code, "Exception")]
	return class, ok
}

// limitWords are texts of limits that have no code of their own.
var limitWords = []string{"Cannot exceed quota", "exceeds the maximum allowed", "Maximum policy size"}

// sortRead classifies the failure of a call that changes nothing.
func sortRead(e *Error, err error) Class {
	status := statusOf(err)
	if class, ok := sortRefusal(e, status); ok {
		return class
	}
	return sortStatus(status)
}

// sortWrite classifies the failure of a write. sent reports whether it had a
// connection.
//
// Every 5xx except a throttle is Unknown. S3 and IAM document InternalError,
// ServiceUnavailable and ServiceFailure as failures on their side, without
// saying what was done by then. If one counted as "nothing happened", access
// could exist without a record. Unknown only costs a read.
func sortWrite(e *Error, err error, sent bool) Class {
	if !sent {
		return Retry
	}
	status := statusOf(err)
	if class, ok := sortRefusal(e, status); ok {
		return class
	}
	if e.Err == nil && (status >= 300 && status < 500 || status == 501) {
		return sortStatus(status)
	}
	return Unknown
}

// sortRefusal classifies by the code of AWS's answer, if the code is
// sufficient.
func sortRefusal(e *Error, status int) (Class, bool) {
	if e.Err != nil {
		return "", false
	}
	class, ok := classOfCode(e.Code)
	switch {
	case status >= 500 && status != 501:
		return Retry, throttled[strings.TrimSuffix(e.Code, "Exception")]
	case class != Denied && worded(e.Message, limitWords):
		return MembershipLimit, true
	}
	return class, ok
}

// sortStatus classifies a refusal by its status alone. Every refusal except a
// missing permission is retried, because nothing has happened. People are
// alerted if it keeps failing.
func sortStatus(status int) Class {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed:
		return Denied
	case http.StatusNotImplemented: // S3-compatible storage that lacks the operation
		return Denied
	}
	return Retry
}

func worded(message string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
}

// statusOf returns the HTTP status of the answer; 0 without an answer.
func statusOf(err error) int {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil && answered.Response.Response != nil {
		return answered.Response.StatusCode
	}
	return 0
}

// assuming returns err's failed AssumeRole on the way to a call, or nil.
func assuming(err error) error {
	for err != nil {
		var op *smithy.OperationError
		if !errors.As(err, &op) {
			return nil
		}
		if op.OperationName == "AssumeRole" {
			return op
		}
		err = op.Err
	}
	return nil
}
