package awsaccess

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// classes sorts the codes of AWS's refusals. Codes of IAM come with and without
// "Exception", depending on who wrote them down; see [classOfCode].
//
// Limit holds LimitExceeded although elsewhere in AWS that code is a throttle:
// in IAM it is a quota, which trying again does not move.
var classes = map[Class][]string{
	Gone:      {"NoSuchBucket", "NoSuchEntity"},
	Limit:     {"LimitExceeded", "PolicyTooLarge"},
	Malformed: {"MalformedPolicy", "MalformedPolicyDocument", "InvalidPolicyDocument"},
	Denied: {"AccessDenied", "AllAccessDisabled", "MethodNotAllowed", "UnauthorizedAccess", "UnauthorizedOperation",
		"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch", "NotImplemented"},
	Retry: append([]string{
		"ConcurrentModification", "EntityTemporarilyUnmodifiable", "OperationAborted",
		// Our credentials or our clock: the next call has newer ones.
		"ExpiredToken", "TokenRefreshRequired", "RequestExpired", "RequestTimeTooSkewed",
		// S3 gave up waiting for the rest of the request, so it has not acted.
		"RequestTimeout",
		// Sent to the wrong region.
		"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint",
	}, throttles...),
}

// throttles are documented to refuse a request before it acts, so they are
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

// limitWords are how AWS words a limit for which it has no code of its own.
var limitWords = []string{"Cannot exceed quota", "exceeds the maximum allowed", "Maximum policy size"}

// sortRead sorts the failure of a call that changes nothing.
func sortRead(e *Error, err error) Class {
	status := statusOf(err)
	if class, ok := sortRefusal(e, status); ok {
		return class
	}
	return sortStatus(status)
}

// sortWrite sorts the failure of a write, of which sent says whether a
// connection for it was had.
//
// Any 5xx but a throttle is Unknown. S3 and IAM document InternalError,
// ServiceUnavailable and ServiceFailure as failures on their side and promise
// nothing about what had been done by then; taking one for "nothing happened"
// could leave access that no record knows of, while Unknown costs a read.
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

// sortRefusal sorts by the code of AWS's answer, if that says it all.
func sortRefusal(e *Error, status int) (Class, bool) {
	if e.Err != nil {
		return "", false
	}
	class, ok := classOfCode(e.Code)
	switch {
	case status >= 500 && status != 501:
		return Retry, throttled[strings.TrimSuffix(e.Code, "Exception")]
	case class != Denied && worded(e.Message, limitWords):
		return Limit, true
	}
	return class, ok
}

// sortStatus sorts a refusal of which only the status means something. What is
// no question of permission is tried again, because nothing has happened; that
// it goes on failing is told to people in time.
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

// statusOf returns the HTTP status of the answer; 0 if there was none.
func statusOf(err error) int {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil && answered.Response.Response != nil {
		return answered.Response.StatusCode
	}
	return 0
}

// assuming returns the failure of the AssumeRole on the way to a call, if that
// is what err is.
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
