package slackbot

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"s3share/internal/grant"
)

// This file tells people of channels that Slack does not let the bot post to.
// The admin channel hears once of each other channel, and of its end. If it is
// the admin channel itself, Ready says so, and each requester is told that no
// approver was notified.

// notePost notes the result of a post.
func (b *Bot) notePost(ctx context.Context, to string, err error) {
	switch {
	case to == b.AdminChannel:
		b.noteAdminPost(ctx, err)
	case isPerson(to) && isPermanent(err) && saidBySlack(err, personalCodes...):
	case isPerson(to):
		b.unreached.note(ctx, b, directMessages, err)
	default:
		b.unreached.note(ctx, b, to, err)
	}
}

// personalCodes are refusals that are about one person, and not about messages
// to people in general.
var personalCodes = []string{"channel_not_found", "user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"}

// noteAdminPost notes the result of a post to the admin channel.
func (b *Bot) noteAdminPost(ctx context.Context, err error) {
	why := ""
	if err != nil {
		if !needsPerson(err) {
			return // that passes
		}
		why = fmt.Sprintf("the admin channel %s cannot be posted to: %v (hint: %s)", b.AdminChannel, err, remedy(err, "set slack.admin_channel in the config to a channel that it is in"))
	}
	if before := b.noAdmin.Swap(&why); why != "" && (before == nil || *before != why) {
		b.Log.ErrorContext(ctx, "nobody can be asked to decide", "why", why)
	}
}

// remedy says how to mend a channel that Slack does not let the bot post to.
func remedy(err error, otherwise string) string {
	switch {
	case saidBySlack(err, "not_in_channel", "channel_not_found"):
		return "invite the bot there, or " + otherwise
	case saidBySlack(err, "is_archived"):
		return "unarchive it, or " + otherwise
	case saidBySlack(err, tokenCodes...):
		return "reinstall the app and use its bot token as SLACK_BOT_TOKEN"
	case saidBySlack(err, "missing_scope"):
		return "reinstall the app with the scopes in manifest.yml"
	case saidBySlack(err, "messages_tab_disabled"):
		return "turn on the app's Messages tab, as in manifest.yml"
	}
	return "let the app post messages there, or " + otherwise
}

// directMessages stands for the place of all messages to people.
const directMessages = "direct messages"

// unreached is the channels that cannot be posted to, and since when. A note of
// the store keeps it over restarts.
type unreached struct {
	mu     sync.Mutex
	read   bool
	places map[string]unreachedPlace
}

type unreachedPlace struct {
	Why   string
	Since time.Time
}

// unreachedNote is the key of that note.
const unreachedNote = "unreachable channels"

// note tells the admin channel of a place that begins or ceases to be
// unreachable. An error that passes says neither.
func (u *unreached) note(ctx context.Context, b *Bot, place string, err error) {
	if err != nil && !isPermanent(err) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	note, readErr := u.load(ctx, b.Store)
	before, known := u.places[place]
	if readErr != nil || known == (err != nil) {
		return
	}
	now := b.Now()
	text := fmt.Sprintf("I can't post to %s: %v. Cards for it come here until I can. To mend it, %s.", place, err, remedy(err, "name another channel in the rule"))
	if err == nil {
		text = fmt.Sprintf("I can post to %s again (resolved after %s).", place, lasted(now.Sub(before.Since)))
		delete(u.places, place)
	} else {
		if place == directMessages {
			text = fmt.Sprintf("I can't send people direct messages: %v. To mend it, %s.", err, remedy(err, "ask your Slack administrator"))
		}
		b.Log.ErrorContext(ctx, "a channel cannot be posted to", "channel", place, "err", err)
		u.places[place] = unreachedPlace{Why: err.Error(), Since: now}
	}
	changed, err := note.With(u.places)
	if err == nil {
		err = b.Store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{changed}})
	}
	if err != nil {
		b.Log.WarnContext(ctx, "recording an unreachable channel", "channel", place, "err", err)
		u.read = false
		return
	}
	b.report(ctx, text)
}

// lasted is how long something lasted, for people.
func lasted(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d min", max(1, int(d.Round(time.Minute).Minutes())))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
}

func (u *unreached) load(ctx context.Context, store grant.Store) (grant.Note, error) {
	if u.read && len(u.places) == 0 {
		return grant.Note{Key: unreachedNote}, nil
	}
	u.places = map[string]unreachedPlace{}
	note, err := grant.ReadNote(ctx, store, unreachedNote, &u.places)
	u.read = err == nil
	return note, err
}

// unposted reports whether Slack has not taken the card yet, if there is to be one.
func (p *projection) unposted(ctx context.Context) bool {
	_, ts := p.thread(ctx)
	return ts == "" && !p.g.Urgent
}

// tellUnposted tells a requester why the card did not reach the approvers, if a
// person has to mend it: the requester may be the only one whom Slack lets the
// bot tell.
func (p *projection) tellUnposted(ctx context.Context, event int) {
	if p.fault == nil || !needsPerson(p.fault) {
		return
	}
	name, on := about(p.g)
	text := fmt.Sprintf("Your request `%s`, that %s may %s %s, is complete, but nobody has been asked to decide: Slack does not let me post where I should (%s). Please tell those who run s3share. I keep trying until it lapses, %s.",
		p.g.ID, name, verb(p.g.Level.Name), on, safe(strings.TrimSpace(p.fault.Error()), 200), when(p.g.LapsesAt))
	n := toPerson(notice{kind: postAlert, to: toRequester, message: message{text: text}}, p.g.Requester)
	if p.sent(n.key(event)) {
		return
	}
	if err := p.send(ctx, n, event); err != nil {
		p.missed(err)
	}
}
