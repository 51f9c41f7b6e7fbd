package awsaccess

import (
	"errors"
	"regexp"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Class is the meaning of a failed call for its caller.
type Class string

const (
	Gone            Class = "gone"      // the bucket or principal does not exist: final
	MembershipLimit Class = "limit"     // a limit of AWS: final
	Malformed       Class = "malformed" // AWS rejected the contents of the policy
	Denied          Class = "denied"    // refused until a role, a policy or the config is repaired; nothing has happened
	Retry           Class = "retry"     // nothing has happened, and a retry may help
	Unknown         Class = "unknown"   // a write that may have taken effect
)

// Error is a failed call. Its text contains no credentials.
type Error struct {
	Class     Class
	Op        string // such as PutBucketPolicy, or AssumeRole on the way to it
	Account   string // its name, or its id if it has none
	Code      string // AWS's, or one of NoAccount, WrongAccount, BadReply, NoAnswer, NotSent
	Status    int    // HTTP status of AWS's answer; 0 if there was none
	Message   string
	RequestID string // of AWS, if it answered
	Err       error  // the local failure; nil if AWS refused
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Account != "" {
		b.WriteString(" in " + e.Account)
	}
	b.WriteString(": " + e.Code)
	if e.Message != "" && e.Message != e.Code {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error: "" for nil, and [Unknown] for an error
// of another package, which is the safe assumption.
func ClassOf(err error) Class {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return Unknown
}

// newError keeps the parts of an SDK error that may be shown and logged. It
// drops AWS's raw answer, which could quote the signed request.
func newError(op, account string, err error) *Error {
	e := &Error{Op: op, Account: account}
	var answered *awshttp.ResponseError
	if errors.As(err, &answered) {
		e.RequestID, e.Status = redact(answered.RequestID), answered.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = redact(api.ErrorCode()), redact(api.ErrorMessage())
		return e
	}
	e.Code, e.Err = "NoAnswer", err
	e.Message = redact(cause(err).Error())
	return e
}

// cause removes the SDK's wrappers around an error: operation and attempts.
func cause(err error) error {
	for {
		var op *smithy.OperationError
		if !errors.As(err, &op) || op.Err == nil {
			return err
		}
		err = op.Err
	}
}

var secrets = regexp.MustCompile(`(?i)x-amz-security-token[:=]?\s*\S*|(AKIA|ASIA)[0-9A-Z]{8,}|` +
	`(secret|signature|token)=\S+|[0-9A-Za-z/+]{40}[0-9A-Za-z/+=]{60,}`)

// redact removes text that must not reach a log. AWS answers a wrong signature
// with the expected canonical request, including the session token.
func redact(s string) string {
	for _, from := range []string{"The Canonical String for this request", "The canonical string for this request"} {
		s, _, _ = strings.Cut(s, from)
	}
	s = secrets.ReplaceAllString(strings.TrimSpace(s), "[redacted]")
	if r := []rune(s); len(r) > 500 {
		return string(r[:500]) + "…"
	}
	return s
}
