package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/slack-go/slack"

	"s3share/internal/alarm"
	"s3share/internal/backoff"
	"s3share/internal/slackbot/blocks"
)

// Admins is the admin channel, which operators read. Its board keeps the alerts that need a person,
// until their condition has ended, and the message of a freeze. Announcements, and alerts about the
// store itself, are posted directly.
type Admins struct {
	channel string
	api     *slack.Client
	limiter *rateLimiter
	alarm.Board
	log     *slog.Logger
	refused atomic.Pointer[string] // why it cannot be posted to; "" or nil: no known reason
}

// Announce posts an escaped text about a person's act that affects everything. A lost post is not
// retried: the audit log has the act.
func (a *Admins) Announce(ctx context.Context, text string) { a.alert(ctx, text, true) }

// AnnounceStart is Announce for an act that lasts, such as a freeze. The board keeps its message for
// the end, and posts it if this post fails. An act that the board has already is not posted again.
func (a *Admins) AnnounceStart(ctx context.Context, one alarm.Alert) {
	if lasting, err := a.Raised(ctx); err == nil && !lasting[one.Key].IsZero() {
		return
	}
	m, unsure := a.post(ctx, one.Text, true)
	if err := a.Adopt(ctx, one, m, unsure); err != nil {
		a.log.ErrorContext(ctx, "an announcement stays without its end", "alert", one.Text, "err", err)
	}
}

// AnnounceEnd ends what AnnounceStart began under the keys with a prefix, and reports whether there
// was such an announcement.
func (a *Admins) AnnounceEnd(ctx context.Context, prefix, act, why string) (ended bool) {
	n, err := a.EndByAct(ctx, prefix, act, why)
	if err != nil {
		a.log.ErrorContext(ctx, "an announcement stays without its end", "act", act, "err", err)
	}
	return err == nil && n > 0
}

// Escape makes Admins an [alarm.Channel].
func (a *Admins) Escape(text string) string { return blocks.Safe(text, 3500) }

// Alert posts a line to the admin channel, and reports whether Slack accepted it.
func (a *Admins) Alert(ctx context.Context, text string) (posted bool) {
	return a.alert(ctx, blocks.Safe(text, 3500), false)
}

// report raises an alert, and logs it if it cannot be stored.
func (a *Admins) report(ctx context.Context, one alarm.Alert) {
	if err := a.Raise(ctx, one); err != nil {
		a.log.ErrorContext(ctx, "an alert is lost", "alert", one.Text, "err", err)
	}
}

// RunBoard posts the alerts of the board until ctx ends. A call in flight ends with linger.
func (a *Admins) RunBoard(ctx, linger context.Context) { a.Board.Run(ctx, linger, a) }

// Post posts an escaped line for the board. Its errors are those of [alarm.Channel].
func (a *Admins) Post(ctx context.Context, text string, thread alarm.Message, urgent bool) (alarm.Message, error) {
	channel, holder := cmp.Or(thread.Channel, a.channel), rand.Text()
	if urgent {
		a.limiter.prioritize(channel, holder)
	}
	if !a.limiter.wait(ctx, channel, holder, awaited) {
		return alarm.Message{}, ctx.Err()
	}
	m := blocks.Message{Text: text, Thread: thread.TS}
	in, ts, err := a.api.PostMessageContext(ctx, channel, m.Options()...)
	if channel == a.channel {
		a.notePost(ctx, err)
	}
	if wait, limited := LimitedFor(err); limited {
		a.limiter.pushBack(channel, wait)
	}
	switch {
	case err == nil:
		return alarm.Message{Channel: in, TS: ts}, nil
	case thread.TS != "" && (lost(err) || IsPermanent(err)):
		err = errors.Join(alarm.ErrLost, err)
	case refusedBySlack(err) || neverSent(err):
		err = errors.Join(alarm.ErrRefused, err)
	}
	return alarm.Message{}, err
}

// Edit changes an alert that was posted before to an escaped text.
func (a *Admins) Edit(ctx context.Context, m alarm.Message, text string) error {
	if !a.limiter.wait(ctx, updating, m.Channel+" "+m.TS, awaited) {
		return ctx.Err()
	}
	line := blocks.Message{Text: text}
	_, _, _, err := a.api.UpdateMessageContext(ctx, m.Channel, m.TS, line.Options()...)
	if wait, limited := LimitedFor(err); limited {
		a.limiter.pauseUpdates(wait)
	}
	if lost(err) || IsPermanent(err) {
		return errors.Join(alarm.ErrLost, err)
	}
	return err
}

// Urge is Alert for an urgent line, which goes before all others.
func (a *Admins) Urge(ctx context.Context, text string) (posted bool) {
	return a.alert(ctx, blocks.Safe(text, 3500), true)
}

// alert posts an escaped line to the admin channel; urgent ones go first.
func (a *Admins) alert(ctx context.Context, text string, urgent bool) (posted bool) {
	m, _ := a.post(ctx, text, urgent)
	return m.TS != ""
}

// post is alert, and returns the message. The zero message means that Slack accepted none. unsure
// means that another copy may exist.
func (a *Admins) post(ctx context.Context, text string, urgent bool) (m alarm.Message, unsure bool) {
	for try := range 3 {
		holder := rand.Text()
		if urgent {
			a.limiter.prioritize(a.channel, holder)
		}
		if !a.limiter.wait(ctx, a.channel, holder, awaited) {
			return m, unsure
		}
		in, ts, err := a.api.PostMessageContext(ctx, a.channel, blocks.Message{Text: text}.Options()...)
		a.notePost(ctx, err)
		if err == nil {
			return alarm.Message{Channel: in, TS: ts}, unsure
		}
		unsure = unsure || !refusedBySlack(err) && !neverSent(err)
		if IsPermanent(err) {
			return m, unsure
		}
		a.log.WarnContext(ctx, "posting an alert", "try", try+1, "err", err)
		if !backoff.Wait(ctx, retryAfter(err, try)) {
			return m, unsure
		}
	}
	return m, unsure
}

// notePost records the result of a post to the admin channel.
func (a *Admins) notePost(ctx context.Context, err error) {
	why := ""
	if err != nil {
		if !needsPerson(err) {
			return // temporary
		}
		why = fmt.Sprintf("the admin channel %s cannot be posted to: %v (hint: %s)", a.channel, err,
			remedy(err, "set slack.admin_channel in the config to a channel that it is in"))
	}
	if before := a.refused.Swap(&why); why != "" && (before == nil || *before != why) {
		a.log.ErrorContext(ctx, "approvers cannot be notified", "why", why)
	}
}

// Ready returns why the admin channel cannot be posted to; nil means no known reason.
func (a *Admins) Ready() error {
	if why := a.refused.Load(); why != nil && *why != "" {
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
