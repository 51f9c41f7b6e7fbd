package slackbot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// A click is a button of a message, as the envelope proved it.
type click struct {
	ID       grant.ID
	Revision int
	Channel  string
	TS       string
}

const denyModal = "deny"

// interact takes a click or a submitted modal.
func (b *Bot) interact(ctx context.Context, envelope string, in slack.InteractionCallback, ack func(any)) {
	call := commands.Call{By: grant.Person{Team: teamOf(in), User: in.User.ID}, Causes: causes(envelope, in.TriggerID)}
	if b.seen.again(time.Now(), call.Causes...) {
		ack(nil)
		return
	}
	switch in.Type {
	case slack.InteractionTypeBlockActions:
		ack(nil)
		for _, action := range in.ActionCallback.BlockActions {
			b.press(ctx, call, in, action)
		}
	case slack.InteractionTypeViewSubmission:
		b.submit(ctx, call, in, ack)
	default:
		ack(nil)
	}
}

func teamOf(in slack.InteractionCallback) string {
	if in.User.TeamID != "" {
		return in.User.TeamID
	}
	return in.Team.ID
}

// allowed are the kinds of post that each action may be pressed on.
func allowed(action string) []string {
	switch action {
	case actApprove, actDeny:
		return []string{postCard}
	case actEnd:
		return []string{postGranted, postWarning, postDrift}
	case actPutBack:
		return []string{postDrift}
	}
	return nil
}

func (b *Bot) press(ctx context.Context, call commands.Call, in slack.InteractionCallback, action *slack.BlockAction) {
	to := place{url: in.ResponseURL, channel: in.Channel.ID, user: in.User.ID}
	c, ok := readClick(in, action)
	kinds := allowed(action.ActionID)
	if !ok || kinds == nil {
		b.answer(ctx, to, commands.Answer{}, notOurs())
		return
	}
	if action.ActionID == actDeny { // before anything slow: the trigger lasts three seconds
		b.askWhy(ctx, to, in.TriggerID, c)
		return
	}
	if err := b.proved(ctx, c, kinds); err != nil {
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	var answer commands.Answer
	var err error
	switch action.ActionID {
	case actApprove:
		answer, err = b.Service.Approve(ctx, call, c.ID, c.Revision)
	case actEnd:
		answer, err = b.Service.End(ctx, call, c.ID, "")
	case actPutBack:
		answer, err = b.Service.PutBack(ctx, call, c.ID)
	}
	b.answer(ctx, to, answer, err)
}

func readClick(in slack.InteractionCallback, action *slack.BlockAction) (click, bool) {
	id, revision, found := strings.Cut(action.Value, ".")
	n, err := strconv.Atoi(revision)
	c := click{ID: grant.ID(id), Revision: n, Channel: in.Container.ChannelID, TS: in.Container.MessageTs}
	if c.Channel == "" {
		c.Channel = in.Channel.ID
	}
	return c, found && err == nil && c.TS != ""
}

func notOurs() error {
	return grant.Refuse("That button is not on a message that I posted for this request.").WithHint("Use the card, or type the command.")
}

// proved returns a refusal unless the bot itself posted the message for that
// grant. A click that overtakes the answer to the post waits for it.
func (b *Bot) proved(ctx context.Context, c click, kinds []string) error {
	b.posts.wait(ctx, c.ID)
	d, err := b.Store.Delivery(ctx, c.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(d.Posts, func(p grant.Post) bool {
		return p.Channel == c.Channel && p.TS == c.TS && slices.Contains(kinds, p.Kind)
	}) {
		return nil
	}
	return notOurs()
}

const (
	whyBlock = "why"
	whyInput = "reason"
)

// askWhy opens the modal that asks for the reason of a denial.
func (b *Bot) askWhy(ctx context.Context, to place, trigger string, c click) {
	meta, err := json.Marshal(c)
	if err != nil {
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	input := slack.NewPlainTextInputBlockElement(nil, whyInput)
	input.Multiline, input.MaxLength = true, 2000
	_, err = b.api.OpenViewContext(ctx, trigger, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: denyModal, PrivateMetadata: string(meta),
		Title: plain("Deny "+string(c.ID), 24), Submit: plain("Deny", 24), Close: plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(whyBlock, plain("Why? The person who asked is told.", 2000), nil, input)}},
	})
	if err != nil {
		b.Log.WarnContext(ctx, "opening a modal", "err", err)
		b.answer(ctx, to, commands.Answer{}, grant.Refuse("The form could not be opened.").WithHint("Press the button again, or type `/s3share deny %s <reason>`.", c.ID))
	}
}

// submit takes a submitted modal. What is wrong with the reason is said beside
// the field; everything else is decided like a click on the message behind it.
func (b *Bot) submit(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var c click
	if in.View.CallbackID != denyModal || json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil {
		ack(nil)
		return
	}
	why := ""
	if in.View.State != nil {
		why = strings.TrimSpace(in.View.State.Values[whyBlock][whyInput].Value)
	}
	if n := len([]rune(why)); n == 0 || n > 2000 {
		ack(slack.NewErrorsViewSubmissionResponse(map[string]string{whyBlock: "Say why, in up to 2,000 characters."}))
		return
	}
	ack(nil)
	to := place{channel: c.Channel, user: in.User.ID}
	if err := b.proved(ctx, c, allowed(actDeny)); err != nil {
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	answer, err := b.Service.Deny(ctx, call, c.ID, c.Revision, why)
	b.answer(ctx, to, answer, err)
}
