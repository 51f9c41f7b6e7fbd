package slackbot

import (
	"context"

	"s3share/internal/commands"
	"s3share/internal/slackbot/blocks"
)

// A reasoned is an action with a modal that asks only for a reason.
type reasoned struct {
	verb  commands.Verb
	could func(*commands.Prechecks, context.Context, commands.Invocation, click, string) error
}

// reasons are these actions. Each is also the callback of its modal.
var reasons = map[string]reasoned{
	blocks.ActDeny: {commands.Deny,
		func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanDeny(ctx, call, c.ID, c.Revision, why)
		}},
	blocks.ActRevoke: {commands.End,
		func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanEnd(ctx, call, c.ID, why)
		}},
	blocks.ActReview: {commands.Review,
		func(p *commands.Prechecks, ctx context.Context, call commands.Invocation, c click, why string) error {
			return p.CanReview(ctx, call, c.ID, why)
		}},
}
