package slackbot

import (
	"context"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// Announce tells the admin channel what somebody did to everything, and why. It
// is best effort: the audit log has it too.
func (b *Bot) Announce(ctx context.Context, by grant.Person, did, why string) {
	text := ":rotating_light: " + blocks.Mention(by) + " " + blocks.Safe(did, 1000)
	if why != "" {
		text += " Why: " + blocks.Safe(why, 2000)
	}
	b.alert(ctx, text, true)
}
