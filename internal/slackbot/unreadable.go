package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// An interaction that cannot be read, sent by an older form or forged, is told to its
// person and logged with its kind and its length alone: never with its text.

// tellUnreadable says that nothing came of an interaction. why is a constant, for the log.
func (in *incoming) tellUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.logUnreadable(ctx, data, why)
	in.answer(ctx, in.place, commands.Answer{}, grant.Refuse("Nothing was done: I could not read what that button or shortcut asks for.").
		WithHint("Open it afresh, or type `/s3share help`."))
}

func (in *incoming) logUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.Log.WarnContext(ctx, "an interaction cannot be read", "why", why, "type", knownType(data.Type), "person", in.by.User,
		"actions", len(data.ActionCallback.BlockActions), "callback", len(data.CallbackID)+len(data.View.CallbackID))
}

// knownType is the type of an interaction, for the log.
func knownType(t slack.InteractionType) slack.InteractionType {
	switch t {
	case slack.InteractionTypeBlockActions, slack.InteractionTypeBlockSuggestion, slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction,
		slack.InteractionTypeViewSubmission, slack.InteractionTypeViewClosed, slack.InteractionTypeInteractionMessage,
		slack.InteractionTypeDialogSubmission, slack.InteractionTypeDialogCancellation, slack.InteractionTypeDialogSuggestion:
		return t
	}
	return "unknown"
}

// unreadableForm replaces a submitted form that cannot be read. What was typed is lost, so
// it says that nothing was done.
func unreadableForm() *slack.ViewSubmissionResponse {
	view := sayingView("Nothing was done: I could not read this form. An update of s3share may have changed it. Close it, open it afresh and send it again.")
	return slack.NewUpdateViewSubmissionResponse(&view)
}
