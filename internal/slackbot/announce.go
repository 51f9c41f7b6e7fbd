package slackbot

import (
	"context"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// Announce posts a person's act that affects everything, and its reason, to the admin channel. A
// lost post is not retried: the audit log has the act.
func (b *Bot) Announce(ctx context.Context, by grant.Person, did, why string) {
	text := ":rotating_light: " + blocks.Mention(by) + " " + blocks.Safe(did, 1000)
	if why != "" {
		text += " Why: " + blocks.Safe(why, 2000)
	}
	b.alert(ctx, text, true)
}
