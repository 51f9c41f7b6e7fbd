package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/slackbot/blocks"
)

// The modals that ask only for a reason. Their private metadata is the click that opened them.
const (
	denyModal = "deny"
	whyBlock  = "why"
	whyInput  = "reason"
)

// A reasonModal is one of them. Its action is also its callback.
type reasonModal struct {
	action               string
	title, label, submit string
	optional             bool
	verb                 commands.Verb
	could                func(*commands.Prechecks, context.Context, commands.Invocation, click, string) error
}

var reasons = map[string]reasonModal{
	blocks.ActDeny: {
		action: denyModal, title: "Deny ", label: "Why? The person who asked is told.", submit: "Deny",
		verb: commands.Deny,
		could: func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanDeny(ctx, call, c.ID, c.Revision, why)
		},
	},
	blocks.ActRevoke: {
		action: blocks.ActRevoke, title: "End ", label: "Why does it end before its time? The person who asked is told.",
		submit: "End it", optional: true,
		verb: commands.End,
		could: func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanEnd(ctx, call, c.ID, why)
		},
	},
	blocks.ActReview: {
		action: blocks.ActReview, title: "Review ", label: "What did you find? It stays in the history.",
		submit: "Close review",
		verb:   commands.Review,
		could: func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanReview(ctx, call, c.ID, why)
		},
	},
}

func (m reasonModal) view(c click) slack.ModalViewRequest {
	in := slack.NewPlainTextInputBlockElement(nil, whyInput)
	in.Multiline, in.MaxLength = true, blocks.MaxReason
	block := slack.NewInputBlock(whyBlock, blocks.Plain(m.label, 2000), nil, in)
	block.Optional = m.optional
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: m.action, PrivateMetadata: metadata(c),
		Title: blocks.Plain(m.title+string(c.ID), 24), Submit: blocks.Plain(m.submit, 24), Close: blocks.Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{block}},
	}
}
