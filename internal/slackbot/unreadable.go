package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The person gets an answer to an unreadable interaction, for example from an outdated form or a
// forgery. Its kind and length are logged, but never its text.

// tellUnreadable answers an unreadable interaction. why is a constant, for the log.
func (in *incoming) tellUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.logUnreadable(ctx, data, why)
	no := grant.Refuse("Nothing was done: I could not read what that button or shortcut asks for.").
		WithHint("Open it afresh, or type `/s3share help`.")
	in.r.answers.answer(ctx, in.place, commands.Answer{}, no)
}

func (in *incoming) logUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.r.log.WarnContext(ctx, "an interaction cannot be read", "why", why,
		"type", knownType(data.Type), "person", in.by.User, "actions", len(data.ActionCallback.BlockActions),
		"callback", len(data.CallbackID)+len(data.View.CallbackID))
}

// knownType returns the type of an interaction, for the log.
func knownType(t slack.InteractionType) slack.InteractionType {
	switch t {
	case slack.InteractionTypeBlockActions, slack.InteractionTypeBlockSuggestion, slack.InteractionTypeShortcut,
		slack.InteractionTypeMessageAction,
		slack.InteractionTypeViewSubmission, slack.InteractionTypeViewClosed, slack.InteractionTypeInteractionMessage,
		slack.InteractionTypeDialogSubmission, slack.InteractionTypeDialogCancellation, slack.InteractionTypeDialogSuggestion:
		return t
	}
	return "unknown"
}

// unreadableForm replaces an unreadable submitted form.
func unreadableForm() *slack.ViewSubmissionResponse {
	view := blocks.UnreadableView()
	return slack.NewUpdateViewSubmissionResponse(&view)
}
