package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// freshButton returns the button with which somebody can do anew what was not done in
// time, if a message of its own can carry it.
func freshButton(v commands.Verb, g grant.Grant) (slack.BlockElement, bool) {
	switch {
	case v == commands.Approve && (g.State == grant.Pending || g.Amendment != nil):
		return approveButton(g), true
	case v == commands.NarrowAndApprove && g.State == grant.Pending:
		return button(actChange, "Change…", g, ""), true
	case v == commands.Consent && g.NeedsConsent():
		return button(actConsent, "Yes, it is for me", g, ""), true
	case v == commands.Extend && g.State == grant.Active:
		return button(actExtend, "Extend…", g, ""), true
	}
	return nil, false
}

// replyLate tells somebody directly that an act was not done in time, with a fresh
// button. The message is in the grant's record, so that a click on it counts. It
// returns false if that is not possible: then the act is answered like any other.
func (b *Bot) replyLate(ctx context.Context, a act, no *grant.Refusal) bool {
	ids := a.ids()
	if len(ids) != 1 {
		return false
	}
	g, err := b.Service.Get(ctx, ids[0])
	if err != nil {
		return false
	}
	fresh, has := freshButton(a.Verb, g)
	if !has {
		return false
	}
	text := "`" + string(g.ID) + "`: " + refusal(no)
	m := message{text: text, blocks: []slack.Block{section(text), slack.NewActionBlock("again", fresh)}}
	channel, ts, err := b.api.PostMessageContext(ctx, a.User, m.options()...)
	if err != nil {
		b.Log.WarnContext(ctx, "telling of an act that came too late", "grant", g.ID, "err", err)
		return false
	}
	_, err = store.Update(ctx, b.Store, func(ctx context.Context) (grant.Change, error) {
		d, err := b.Store.Delivery(ctx, g.ID)
		d.Posts = append(d.Posts, grant.Post{Kind: postRetry, Event: len(g.History) - 1, Recipient: a.User, Channel: channel, TS: ts})
		return grant.Change{At: b.Now(), Deliveries: []grant.Delivery{d}}, err
	})
	if err != nil {
		b.Log.WarnContext(ctx, "recording a message with a fresh button", "grant", g.ID, "err", err)
	}
	return true
}
