package outbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func TestErrorsAreOfOneKind(t *testing.T) {
	said := func(code string) error { return fmt.Errorf("posting: %w", slack.SlackErrorResponse{Err: code}) }
	for _, c := range []struct {
		err                        error
		permanent, refused, person bool
	}{
		{said("invalid_blocks"), true, true, true},
		{said("msg_blocks_too_long"), true, true, true},
		{said("not_in_channel"), true, true, true},
		{said("missing_scope"), true, true, true},
		{said("restricted_action_thread_only_channel"), true, true, true},
		{said("ekm_access_denied"), true, true, true},
		{said("plan_upgrade_required"), true, true, true},
		{said("a_code_of_tomorrow"), true, true, true},
		{said("token_revoked"), false, true, true},
		{said("invalid_auth"), false, true, true},
		{said("ratelimited"), false, true, false},
		{said("team_added_to_org"), false, true, false},
		{said("internal_error"), false, false, false},
		{said("fatal_error"), false, false, false},
		{slack.StatusCodeError{Code: http.StatusServiceUnavailable}, false, true, false},
		{slack.StatusCodeError{Code: http.StatusBadGateway}, false, false, false},
		{slack.StatusCodeError{Code: http.StatusTooManyRequests}, false, true, false},
		{&slack.RateLimitedError{}, false, true, false},
		{errors.New("connection reset"), false, false, false},
		{nil, false, false, false},
	} {
		if IsPermanent(c.err) != c.permanent || refusedBySlack(c.err) != c.refused || needsPerson(c.err) != c.person {
			t.Errorf("%v: permanent %v, refused %v, needs a person %v", c.err, IsPermanent(c.err), refusedBySlack(c.err), needsPerson(c.err))
		}
	}
}

func TestARateLimitLastsASecondAtLeast(t *testing.T) {
	for _, err := range []error{&slack.RateLimitedError{}, &slack.RateLimitedError{RetryAfter: time.Millisecond}, slack.StatusCodeError{Code: 429}} {
		if wait, limited := LimitedFor(err); !limited || wait != time.Second {
			t.Errorf("%#v: %v, %v", err, wait, limited)
		}
	}
	if wait, _ := LimitedFor(&slack.RateLimitedError{RetryAfter: time.Minute}); wait != time.Minute {
		t.Errorf("a minute is %v", wait)
	}
}

// A call was never sent only if no connection was made: a connection that breaks later leaves the
// outcome unknown.
func TestNeverSent(t *testing.T) {
	for op, want := range map[string]bool{"dial": true, "read": false, "write": false} {
		if got := neverSent(&net.OpError{Op: op, Err: io.EOF}); got != want {
			t.Errorf("after a failed %s: %v", op, got)
		}
	}
}
