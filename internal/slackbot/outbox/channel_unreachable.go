package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// This file reports channels that Slack does not let the bot post to, and user groups that it does
// not let the bot read. The admin channel is told once about each, and once about its end. If the
// admin channel itself is affected, Ready reports it, and each requester learns that no approver
// was notified.

// notePost records the result of a post.
func (o *Outbox) notePost(ctx context.Context, to string, err error) {
	switch {
	case to == o.adminChannel:
		o.noteAdminPost(ctx, err)
	case isPerson(to) && IsPermanent(err) && SaidBySlack(err, personalCodes...):
	case isPerson(to):
		o.outages.note(ctx, o, outage{key: "direct messages", cannot: "can't send people direct messages",
			can:       "can send people direct messages",
			otherwise: "ask your Slack administrator"}, err)
	default:
		o.outages.note(ctx, o, outage{key: to, cannot: "can't post to " + to, can: "can post to " + to,
			meanwhile: " Cards for it come here until I can.", otherwise: "name another channel in the rule"}, err)
	}
}

// groupCodes are refusals that affect all user groups.
var groupCodes = []string{"missing_scope", "plan_upgrade_required", "paid_teams_only", "no_permission",
	"permission_denied",
	"team_access_not_granted", "not_allowed_token_type"}

// NoteGroup records the result of reading a user group. A refusal for all groups is reported once.
func (o *Outbox) NoteGroup(ctx context.Context, group string, err error) {
	if err == nil || SaidBySlack(err, groupCodes...) {
		o.outages.note(ctx, o, outage{key: "user groups", cannot: "can't read user groups", can: "can read user groups",
			meanwhile: " Until I can, their members count only where they are listed by id.",
			otherwise: "list people by id in the config"}, err)
	}
	if err != nil && SaidBySlack(err, groupCodes...) {
		return
	}
	o.outages.note(ctx, o, outage{key: group, cannot: "can't read the user group " + group,
		can:       "can read the user group " + group,
		meanwhile: " Until I can, its members count only where they are listed by id.",
		otherwise: "list its people by id in the config"}, err)
}

// personalCodes are refusals that affect one person only.
var personalCodes = []string{"channel_not_found", "user_not_found", "user_disabled", "user_not_visible",
	"cannot_dm_bot"}

// noteAdminPost records the result of a post to the admin channel.
func (o *Outbox) noteAdminPost(ctx context.Context, err error) {
	why := ""
	if err != nil {
		if !needsPerson(err) {
			return // temporary
		}
		why = fmt.Sprintf("the admin channel %s cannot be posted to: %v (hint: %s)", o.adminChannel, err,
			remedy(err, "set slack.admin_channel in the config to a channel that it is in"))
	}
	if before := o.noAdmin.Swap(&why); why != "" && (before == nil || *before != why) {
		o.log.ErrorContext(ctx, "nobody can be asked to decide", "why", why)
	}
}

// Ready returns why the admin channel cannot be posted to; nil means no known reason.
func (o *Outbox) Ready() error {
	if why := o.noAdmin.Load(); why != nil && *why != "" {
		return errors.New(*why)
	}
	return nil
}

// remedy returns the remedy for a channel that the bot cannot post to.
func remedy(err error, otherwise string) string {
	switch {
	case SaidBySlack(err, "not_in_channel", "channel_not_found"):
		return "invite the bot there, or " + otherwise
	case SaidBySlack(err, "is_archived"):
		return "unarchive it, or " + otherwise
	case SaidBySlack(err, tokenCodes...):
		return "reinstall the app and use its bot token as SLACK_BOT_TOKEN"
	case SaidBySlack(err, "missing_scope"):
		return "reinstall the app with the scopes in manifest.yml"
	case SaidBySlack(err, "plan_upgrade_required"):
		return "move Slack to a paid plan, or list people by id in the config"
	case SaidBySlack(err, "messages_tab_disabled"):
		return "turn on the app's Messages tab, as in manifest.yml"
	}
	return "look up the reason in Slack's documentation and let the app do this, or " + otherwise
}

// An outage is an operation that Slack refuses until a person repairs it.
type outage struct {
	key         string // of the place: a channel or a group
	cannot, can string // the operation, after "I"
	meanwhile   string // a sentence about the consequences
	otherwise   string // another remedy
}

// outages holds the outages that the admin channel was told. A note in the store keeps them over
// restarts.
type outages struct {
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

// note reports the begin of an outage after a permanent error, and its end after a success. A
// temporary error changes nothing.
func (o *outages) note(ctx context.Context, out *Outbox, of outage, err error) {
	if err != nil && !IsPermanent(err) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil && o.none {
		return
	}
	ctx = context.WithoutCancel(ctx)
	note, readErr := o.load(ctx, out.store)
	o.none = readErr == nil && len(o.places) == 0
	if readErr != nil {
		return
	}
	now := out.now()
	began := time.Time{}
	if err != nil {
		began = now
	}
	watch := alarm.Resume(0, o.places[of.key].At)
	watch.Look(now, began, func(time.Duration) bool {
		out.log.ErrorContext(ctx, "Slack refuses the bot something for good", "place", of.key, "err", err)
		o.places[of.key] = since{Why: slackCode(err), At: now}
		text := fmt.Sprintf("I %s: %s.%s To mend it, %s.", of.cannot, slackCode(err), of.meanwhile, remedy(err, of.otherwise))
		return o.tell(ctx, out, of.key, note, text)
	}, func(took time.Duration) bool {
		delete(o.places, of.key)
		return o.tell(ctx, out, of.key, note, fmt.Sprintf("I %s again (resolved after %s).", of.can, lasted(took)))
	})
}

// tell stores the current outages and reports the change to the admin channel.
func (o *outages) tell(ctx context.Context, out *Outbox, place string, note store.Document, text string) bool {
	changed, err := note.WithValue(o.places)
	if err == nil {
		err = out.store.Commit(ctx, store.Tx{At: out.now(), Documents: []store.Document{changed}})
	}
	if err != nil {
		out.log.WarnContext(ctx, "recording an outage", "place", place, "err", err)
		return false
	}
	o.none = len(o.places) == 0
	out.Report(ctx, text)
	return true
}

// lasted formats a duration.
func lasted(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d min", max(1, int(d.Round(time.Minute).Minutes())))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}

func (o *outages) load(ctx context.Context, db store.Store) (store.Document, error) {
	o.places = map[string]since{}
	note, err := store.ReadDocument(ctx, db, outagesNote, &o.places)
	if errors.Is(err, store.ErrUnreadable) { // current outages are reported again
		o.places, err = map[string]since{}, nil
	}
	return note, err
}

// unposted reports whether a card should exist that Slack has not accepted yet.
func (p *delivery) unposted(ctx context.Context) bool {
	_, ts := p.thread(ctx)
	return ts == "" && !p.g.BreakGlass
}

// tellUnposted tells the requester why the card did not reach the approvers, if a person has to
// repair it: Slack may let the bot reach only the requester.
func (p *delivery) tellUnposted(ctx context.Context, event int) {
	if p.fault == nil || !needsPerson(p.fault) {
		return
	}
	name, on := blocks.Subject(p.g)
	text := fmt.Sprintf("Your request `%s`, that %s may %s %s, is complete, but nobody has been asked to decide: Slack "+
		"does not let me post where I should (%s). Please tell those who run s3share. I keep trying until it lapses, %s.",
		p.g.ID, name, blocks.Verb(p.g.Level.Name), on, blocks.Safe(strings.TrimSpace(p.fault.Error()), 200),
		blocks.When(p.g.LapsesAt))
	n := toPerson(blocks.Notice{Kind: blocks.PostAlert, To: blocks.ToRequester, Message: blocks.Message{Text: text}},
		p.g.Requester)
	if p.sent(n.key(event)) {
		return
	}
	if err := p.send(ctx, n, event); err != nil {
		p.fail(err)
	}
}
