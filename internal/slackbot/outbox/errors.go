package outbox

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
)

// There are three kinds of errors of a Slack call: the outcome is unknown; it had no effect and may
// succeed later; it had no effect and will be refused again. Codes that are not listed here are of
// the last kind, so that an unknown code is not retried forever.
var (
	// unknownCodes leave the outcome unknown.
	unknownCodes = []string{"internal_error", "fatal_error", "request_timeout", "service_unavailable"}
	// transientCodes are temporary refusals (docs.slack.dev/reference/methods/chat.postMessage).
	transientCodes = []string{"ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org",
		"org_login_required", "external_channel_migrating", "accesslimited"}
	// unreachableCodes mean that a channel or person cannot be reached until a setting in Slack is
	// changed.
	unreachableCodes = []string{"channel_not_found", "not_in_channel", "is_archived", "user_not_found", "cannot_dm_bot",
		"user_disabled", "messages_tab_disabled", "restricted_action", "user_not_visible",
		"restricted_action_read_only_channel",
		"restricted_action_thread_only_channel", "channel_is_limited_access", "access_denied", "team_access_not_granted",
		"ekm_access_denied"}
	// tokenCodes mean that Slack refuses all calls with this token, so no other channel or form of
	// a message helps.
	tokenCodes = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
		"not_allowed_token_type", "team_disabled", "user_removed_from_team", "app_uninstalled"}
	// fatalCodes refuse a token or an app until it is reconfigured.
	fatalCodes = slices.Concat(tokenCodes,
		[]string{"missing_scope", "no_permission", "team_access_not_granted", "link_disabled"})
	// lostCodes mean that a message can never be changed again.
	lostCodes = []string{"message_not_found", "thread_not_found", "is_inactive", "cant_update_message",
		"edit_window_closed"}
)

// IsPermanent reports whether Slack refused a message permanently. Another channel or a plainer
// form may succeed.
func IsPermanent(err error) bool {
	var said slack.SlackErrorResponse
	return errors.As(err, &said) && !slices.Contains(unknownCodes, said.Err) &&
		!slices.Contains(transientCodes, said.Err) &&
		!slices.Contains(tokenCodes, said.Err)
}

// IsFatal reports whether Slack refuses the token or the app.
func IsFatal(err error) bool { return SaidBySlack(err, fatalCodes...) }

// needsPerson reports whether a post fails until a person changes a setting.
func needsPerson(err error) bool { return IsPermanent(err) || SaidBySlack(err, tokenCodes...) }

// refusedBySlack reports whether Slack refused a call, so that it certainly had no effect.
func refusedBySlack(err error) bool {
	var said slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &said):
		return !slices.Contains(unknownCodes, said.Err)
	case errors.As(err, &status):
		return status.Code < 500 || status.Code == http.StatusServiceUnavailable
	}
	return isLimited(err)
}

// Unreachable reports whether a channel or person cannot be reached until a setting in Slack is
// changed.
func Unreachable(err error) bool { return SaidBySlack(err, unreachableCodes...) }

// lost reports whether a message can never be changed again: it was deleted, or the bot has lost
// its channel.
func lost(err error) bool { return Unreachable(err) || SaidBySlack(err, lostCodes...) }

// SaidBySlack reports whether err is one of some Slack error codes.
func SaidBySlack(err error, words ...string) bool {
	var said slack.SlackErrorResponse
	return errors.As(err, &said) && slices.Contains(words, said.Err)
}

// slackCode returns the code of Slack's refusal.
func slackCode(err error) string {
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return said.Err
	}
	return err.Error()
}

func isLimited(err error) bool {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	return errors.As(err, &limited) || errors.As(err, &status) && status.Code == http.StatusTooManyRequests
}

// leastWait is the shortest wait after a rate limit. Slack sometimes sends Retry-After: 0, or no
// value.
const leastWait = time.Second

// LimitedFor returns the wait that Slack requests.
func LimitedFor(err error) (wait time.Duration, limited bool) {
	var after *slack.RateLimitedError
	if errors.As(err, &after) {
		return max(leastWait, after.RetryAfter), true
	}
	return leastWait, isLimited(err)
}

// neverSent reports whether a call did not reach Slack.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// callBackoff is for calls that Slack did not accept.
var callBackoff = backoff.Backoff{First: time.Second, Max: 5 * time.Minute, Jitter: 0.2}

// retryAfter returns the pause before a retry: Slack's value, or a growing one.
func retryAfter(err error, tries int) time.Duration {
	if wait, limited := LimitedFor(err); limited {
		return wait
	}
	return callBackoff.Pause(tries)
}
