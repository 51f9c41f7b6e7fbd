package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/store"
)

// An outage is an operation that Slack refuses until a person repairs it.
type outage struct {
	key         string // of the place: a channel or a group
	cannot, can string // the operation, after "I"
	meanwhile   string // a sentence about the consequences
	otherwise   string // another remedy
}

// outages holds the channels that Slack does not let the bot post to, and the user groups that it
// does not let the bot read. The admin channel is told once about each, and once about its end. A
// note in the store keeps them over restarts. If the admin channel itself is affected,
// [Admins.Ready] reports it, and each requester learns that no approver was notified.
type outages struct {
	store  store.Store
	admins *Admins
	now    func() time.Time
	log    *slog.Logger

	mu     sync.Mutex
	none   bool // the note is known to be empty
	places map[string]since
}

type since struct {
	Why string
	At  time.Time
}

// outagesNote is the key of that note.
const outagesNote = "outages of Slack"

// notePost records the result of a post.
func (o *outages) notePost(ctx context.Context, to string, err error) {
	switch {
	case to == o.admins.channel:
		o.admins.notePost(ctx, err)
	case isPerson(to) && IsPermanent(err) && SaidBySlack(err, personalCodes...):
	case isPerson(to):
		o.note(ctx, outage{key: "direct messages", cannot: "can't send people direct messages",
			can:       "can send people direct messages",
			otherwise: "ask your Slack administrator"}, err)
	default:
		o.note(ctx, outage{key: to, cannot: "can't post to " + to, can: "can post to " + to,
			meanwhile: " Cards for it come here until I can.", otherwise: "name another channel in the rule"}, err)
	}
}

func isPerson(to string) bool { return strings.HasPrefix(to, "U") || strings.HasPrefix(to, "W") }

// groupCodes are refusals that affect all user groups.
var groupCodes = []string{"missing_scope", "plan_upgrade_required", "paid_teams_only", "no_permission",
	"permission_denied",
	"team_access_not_granted", "not_allowed_token_type"}

// noteGroup records the result of reading a user group. A refusal for all groups is reported once.
func (o *outages) noteGroup(ctx context.Context, group string, err error) {
	if err == nil || SaidBySlack(err, groupCodes...) {
		o.note(ctx, outage{key: "user groups", cannot: "can't read user groups", can: "can read user groups",
			meanwhile: " Until I can, their members count only where they are listed by id.",
			otherwise: "list people by id in the config"}, err)
	}
	if err != nil && SaidBySlack(err, groupCodes...) {
		return
	}
	o.note(ctx, outage{key: group, cannot: "can't read the user group " + group,
		can:       "can read the user group " + group,
		meanwhile: " Until I can, its members count only where they are listed by id.",
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
	note, readErr := o.load(ctx)
	o.none = readErr == nil && len(o.places) == 0
	if readErr != nil {
		return
	}
	now := o.now()
	began := time.Time{}
	if err != nil {
		began = now
	}
	watch := alarm.Resume(0, o.places[of.key].At)
	watch.Look(now, began, func(time.Duration) bool {
		o.log.ErrorContext(ctx, "Slack refuses the bot something for good", "place", of.key, "err", err)
		o.places[of.key] = since{Why: slackCode(err), At: now}
		text := fmt.Sprintf("I %s: %s.%s To mend it, %s.", of.cannot, slackCode(err), of.meanwhile, remedy(err, of.otherwise))
		return o.tell(ctx, of.key, note, text)
	}, func(took time.Duration) bool {
		delete(o.places, of.key)
		return o.tell(ctx, of.key, note, fmt.Sprintf("I %s again (resolved after %s).", of.can, lasted(took)))
	})
}

// tell stores the current outages and reports the change to the admin channel.
func (o *outages) tell(ctx context.Context, place string, note store.Document, text string) bool {
	changed, err := note.WithValue(o.places)
	if err == nil {
		err = o.store.Commit(ctx, store.Tx{At: o.now(), Documents: []store.Document{changed}})
	}
	if err != nil {
		o.log.WarnContext(ctx, "recording an outage", "place", place, "err", err)
		return false
	}
	o.none = len(o.places) == 0
	o.admins.Report(ctx, text)
	return true
}

// lasted formats a duration.
func lasted(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d min", max(1, int(d.Round(time.Minute).Minutes())))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}

func (o *outages) load(ctx context.Context) (store.Document, error) {
	o.places = map[string]since{}
	note, err := store.ReadDocument(ctx, o.store, outagesNote, &o.places)
	if errors.Is(err, store.ErrUnreadable) { // current outages are reported again
		o.places, err = map[string]since{}, nil
	}
	return note, err
}
