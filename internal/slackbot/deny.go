package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The modal that asks for the reason of a denial. Its private metadata is the
// click that opened it.
const (
	denyModal = "deny"
	whyBlock  = "why"
	whyInput  = "reason"
	maxReason = 2000 // characters, as in the record
)

// askQuickly is how long a click on Deny… may wait for anything before its modal
// is opened: the trigger lasts three seconds.
const askQuickly = time.Second

// askWhy opens the modal that asks for the reason. What is already known to stand
// against a denial is said instead, before somebody writes one in vain; what only
// Slack knows is asked when the reason is there.
func (b *Bot) askWhy(ctx context.Context, call commands.Call, to place, in slack.InteractionCallback, c click) {
	err := b.proved(ctx, c, allowed(actDeny), askQuickly)
	if err != nil && !errors.Is(err, errUnproved) {
		b.disown(ctx, to, in, c, err)
		return
	}
	if err := b.Service.CouldDeny(ctx, call, c.ID, c.Revision, "?"); err != nil {
		b.redrawIfStale(ctx, c, err)
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	view, err := whyView(c)
	if err == nil {
		_, err = b.api.OpenViewContext(ctx, in.TriggerID, view)
	}
	if err != nil {
		b.Log.WarnContext(ctx, "opening a modal", "grant", c.ID, "err", err)
		b.answer(ctx, to, commands.Answer{}, grant.Refuse("The form could not be opened.").WithHint("Press the button again, or type `/s3share deny %s <reason>`.", c.ID))
	}
}

func whyView(c click) (slack.ModalViewRequest, error) {
	meta, err := json.Marshal(c)
	input := slack.NewPlainTextInputBlockElement(nil, whyInput)
	input.Multiline, input.MaxLength = true, maxReason
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: denyModal, PrivateMetadata: string(meta),
		Title: plain("Deny "+string(c.ID), 24), Submit: plain("Deny", 24), Close: plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(whyBlock, plain("Why? The person who asked is told.", 2000), nil, input)}},
	}, err
}

// submitDenial takes the submitted modal. What is wrong with the reason is said
// beside the field, where the text is not lost; everything else is decided like a
// click on the message behind it.
func (b *Bot) submitDenial(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var c click
	if err := json.Unmarshal([]byte(in.View.PrivateMetadata), &c); err != nil {
		return
	}
	why := ""
	if in.View.State != nil {
		why = strings.TrimSpace(in.View.State.Values[whyBlock][whyInput].Value)
	}
	var no *grant.Refusal
	if err := b.Service.CouldDeny(ctx, call, c.ID, c.Revision, why); errors.As(err, &no) && b.Service.CouldDeny(ctx, call, c.ID, c.Revision, "?") == nil {
		ack(slack.NewErrorsViewSubmissionResponse(map[string]string{whyBlock: besideField(no)}))
		return
	}
	ack(nil)
	to := place{channel: c.Channel, user: in.User.ID}
	if err := b.proved(ctx, c, allowed(actDeny), proveWithin); err != nil {
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	answer, err := b.Service.Deny(ctx, call, c.ID, c.Revision, why)
	b.redrawIfStale(ctx, c, err)
	b.answer(ctx, to, answer, err)
}
