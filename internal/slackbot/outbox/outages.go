package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"s3share/internal/alarm"
)

// An outage is an operation that Slack refuses until a person repairs it.
type outage struct {
	key         string // of the place: a channel or a group
	cannot, can string // the operation, after "s3share"
	meanwhile   string // a sentence about the consequences
	otherwise   string // another remedy
}

// outages raises an alert about each channel that Slack does not let the bot post to, and about each
// user group that it does not let the bot read. If the admin channel itself is affected,
// [Admins.Ready] reports it, and each requester learns that no approver was notified.
type outages struct {
	admins *Admins
	log    *slog.Logger

	mu   sync.Mutex
	none bool // it is known that none lasts
}

// notePost records the result of a post.
func (o *outages) notePost(ctx context.Context, to string, err error) {
	switch {
	case to == o.admins.channel:
		o.admins.notePost(ctx, err)
	case isPerson(to) && IsPermanent(err) && SaidBySlack(err, personalCodes...):
	case isPerson(to):
		o.note(ctx, outage{key: "direct messages", cannot: "can't send direct messages",
			can:       "can send direct messages",
			otherwise: "ask your Slack administrator"}, err)
	default:
		o.note(ctx, outage{key: to, cannot: "can't post to " + to, can: "can post to " + to,
			meanwhile: " Until then, its cards are posted here.", otherwise: "name another channel in the rule"}, err)
	}
}

func isPerson(to string) bool { return strings.HasPrefix(to, "U") || strings.HasPrefix(to, "W") }

const membersMeanwhile = " Until then, members count only where the config lists them by id."

// groupCodes are refusals that affect all user groups.
var groupCodes = []string{"missing_scope", "plan_upgrade_required", "paid_teams_only", "no_permission",
	"permission_denied",
	"team_access_not_granted", "not_allowed_token_type"}

// noteGroup records the result of reading a user group. A refusal for all groups is reported once.
func (o *outages) noteGroup(ctx context.Context, group string, err error) {
	if err == nil || SaidBySlack(err, groupCodes...) {
		o.note(ctx, outage{key: "user groups", cannot: "can't read user groups", can: "can read user groups",
			meanwhile: membersMeanwhile,
			otherwise: "list people by id in the config"}, err)
	}
	if err != nil && SaidBySlack(err, groupCodes...) {
		return
	}
	o.note(ctx, outage{key: group, cannot: "can't read the user group " + group,
		can:       "can read the user group " + group,
		meanwhile: membersMeanwhile,
		otherwise: "list its people by id in the config"}, err)
}

// personalCodes are refusals that affect one person only.
var personalCodes = []string{"channel_not_found", "user_not_found", "user_disabled", "user_not_visible",
	"cannot_dm_bot"}

// note reports the begin of an outage after a permanent error, and its end after a success. A
// temporary error changes nothing.
func (o *outages) note(ctx context.Context, of outage, err error) {
	if err != nil && !IsPermanent(err) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil && o.none {
		return
	}
	ctx = context.WithoutCancel(ctx)
	lasting, readErr := o.admins.Raised(ctx)
	o.none = readErr == nil && !slices.ContainsFunc(slices.Collect(maps.Keys(lasting)), isOutage)
	_, raised := lasting[outageKey(of)]
	switch {
	case readErr != nil || raised != (err == nil):
	case err == nil:
		if failure := o.admins.End(ctx, outageKey(of), "s3share "+of.can+" again"); failure != nil {
			o.log.WarnContext(ctx, "recording the end of an outage", "place", of.key, "err", failure)
		}
	default:
		o.none = false
		o.log.ErrorContext(ctx, "Slack refuses a call until a person changes a setting", "place", of.key, "err", err)
		o.admins.report(ctx, alarm.Alert{Key: outageKey(of), Text: fmt.Sprintf("s3share %s: %s.%s To repair it, %s.",
			of.cannot, slackCode(err), of.meanwhile, remedy(err, of.otherwise))})
	}
}

const outagePrefix = "Slack refuses "

func outageKey(of outage) string { return outagePrefix + of.key }

func isOutage(key string) bool { return strings.HasPrefix(key, outagePrefix) }
