package slackbot

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
)

// The modals that ask for nothing but a reason. Their private metadata is the
// click that opened them.
const (
	denyModal = "deny"
	whyBlock  = "why"
	whyInput  = "reason"
	maxReason = 2000 // characters, as in the record
)

// A reasonModal is one of them, by the action that opens it and is its callback.
type reasonModal struct {
	action               string
	title, label, submit string
	optional             bool
	could                func(*commands.Service, context.Context, commands.Call, click, string) error
	do                   func(*commands.Service, context.Context, commands.Call, click, string) (commands.Answer, error)
}

var reasons = map[string]reasonModal{
	actDeny: {
		action: denyModal, title: "Deny ", label: "Why? The person who asked is told.", submit: "Deny",
		could: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) error {
			return s.CouldDeny(ctx, call, c.ID, c.Revision, why)
		},
		do: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) (commands.Answer, error) {
			return s.Deny(ctx, call, c.ID, c.Revision, why)
		},
	},
	actRevoke: {
		action: actRevoke, title: "End ", label: "Why does it end before its time? The person who asked is told.", submit: "End it", optional: true,
		could: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) error {
			return s.CouldEnd(ctx, call, c.ID, why)
		},
		do: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) (commands.Answer, error) {
			return s.End(ctx, call, c.ID, why)
		},
	},
	actReview: {
		action: actReview, title: "Review ", label: "What did you find? It stays in the history.", submit: "Close review",
		could: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) error {
			return s.CouldReview(ctx, call, c.ID, why)
		},
		do: func(s *commands.Service, ctx context.Context, call commands.Call, c click, why string) (commands.Answer, error) {
			return s.Review(ctx, call, c.ID, why)
		},
	},
}

func (m reasonModal) view(c click) slack.ModalViewRequest {
	in := slack.NewPlainTextInputBlockElement(nil, whyInput)
	in.Multiline, in.MaxLength = true, maxReason
	block := slack.NewInputBlock(whyBlock, plain(m.label, 2000), nil, in)
	block.Optional = m.optional
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: m.action, PrivateMetadata: metadata(c),
		Title: plain(m.title+string(c.ID), 24), Submit: plain(m.submit, 24), Close: plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{block}},
	}
}

// submitReason takes the submitted modal. What is wrong with the reason is said
// beside the field, where the text is not lost; everything else is decided like a
// click on the message behind it.
func (b *Bot) submitReason(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var c click
	m, known := reasons[in.View.CallbackID]
	if !known || json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil {
		return
	}
	why := ""
	if in.View.State != nil {
		why = strings.TrimSpace(in.View.State.Values[whyBlock][whyInput].Value)
	}
	if no := refused(m.could(b.Service, ctx, call, c, why)); no != nil && m.could(b.Service, ctx, call, c, "?") == nil {
		ack(slack.NewErrorsViewSubmissionResponse(map[string]string{whyBlock: besideField(no)}))
		return
	}
	ack(nil)
	call.Causes = append(call.Causes, "view:"+in.View.ID) // sent twice, it counts once
	b.decided(ctx, in, c, allowed(in.View.CallbackID), func() (commands.Answer, error) { return m.do(b.Service, ctx, call, c, why) })
}
