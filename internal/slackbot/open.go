package slackbot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// askQuickly is how long a click that opens a modal may wait for anything before
// it is opened: the trigger lasts three seconds.
const askQuickly = time.Second

// opens reports whether a button opens a modal.
func opens(action string) bool {
	return slices.Contains([]string{actDeny, actChange, actDetails, actExtend, actRevoke, actReview, actAgain}, action)
}

// open opens the modal of a button. What is already known to stand against it is
// said instead, before somebody fills it in in vain; what only Slack knows is
// asked when it is sent.
func (b *Bot) open(ctx context.Context, call commands.Call, to place, in slack.InteractionCallback, c click, action string) {
	err := b.proved(ctx, c, allowed(action), askQuickly)
	if err != nil && !errors.Is(err, errUnproved) {
		b.disown(ctx, to, in, c, err)
		return
	}
	view, err := b.modal(ctx, call, c, action)
	if err != nil {
		b.redrawIfStale(ctx, c, err)
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	if _, err := b.api.OpenViewContext(ctx, in.TriggerID, view); err != nil {
		b.Log.WarnContext(ctx, "opening a modal", "grant", c.ID, "err", err)
		b.answer(ctx, to, commands.Answer{}, grant.Refuse("The form could not be opened.").WithHint("Press the button again, or type %s.", typedInstead(action, c.ID)))
	}
}

// modal returns the modal of a button, or what stands against it.
func (b *Bot) modal(ctx context.Context, call commands.Call, c click, action string) (slack.ModalViewRequest, error) {
	g, err := b.Service.Get(ctx, c.ID)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	switch action {
	case actAgain:
		others, err := b.askedWith(ctx, g)
		return b.form(call, again(g, others...)), err
	case actDetails:
		return b.detailsView(ctx, call, g), nil
	case actChange:
		return b.changeView(g, c), b.Service.CouldChange(ctx, call, c.ID, c.Revision, commands.Smaller{})
	case actExtend:
		return b.extendView(g, c), b.Service.CouldExtend(ctx, call, c.ID, "", "")
	}
	ask := reasons[action]
	return ask.view(c), ask.could(b.Service, ctx, call, c, "?")
}

func typedInstead(action string, id grant.ID) string {
	switch action {
	case actDeny:
		return "`/s3share deny " + string(id) + " <reason>`"
	case actExtend:
		return "`/s3share extend " + string(id) + " <term>`"
	case actRevoke:
		return "`/s3share end " + string(id) + " <reason>`"
	case actReview:
		return "`/s3share review " + string(id) + " <what you found>`"
	}
	return "`/s3share show " + string(id) + "`"
}
