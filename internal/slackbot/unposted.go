package slackbot

import (
	"context"
	"fmt"
	"strings"
)

// What is here sees to it that nobody is told that people decide who were never
// asked, because the bot cannot post where it should.

// noteAdminPost notes what came of a post to the admin channel. Where it cannot be posted
// to, nobody is asked to decide anything: that needs a person, and Ready says so.
func (b *Bot) noteAdminPost(ctx context.Context, to string, err error) {
	if to != b.AdminChannel {
		return
	}
	why := ""
	if err != nil {
		if !unreachable(err) {
			return // that passes
		}
		why = fmt.Sprintf("the admin channel %s cannot be posted to: %v (hint: invite the bot there, or set slack.admin_channel in the config to a channel that it is in)", to, err)
	}
	if before := b.noAdmin.Swap(&why); why != "" && (before == nil || *before != why) {
		b.Log.ErrorContext(ctx, "nobody can be asked to decide", "why", why)
	}
}

// unposted reports whether Slack has not taken the card yet, if there is to be one.
func (p *projection) unposted(ctx context.Context) bool {
	_, ts := p.thread(ctx)
	return ts == "" && !p.g.Urgent
}

// tellUnposted tells a requester what keeps the card from the people who decide, if
// it is something that somebody has to change: it may be that nobody else in Slack
// can be told.
func (p *projection) tellUnposted(ctx context.Context, event int) {
	if p.fault == nil || !unreachable(p.fault) {
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
