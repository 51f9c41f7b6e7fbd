package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The callbacks of the shortcuts in manifest.yml.
const (
	requestShortcut = "request_access"
	requestHere     = "request_access_here" // of the message shortcut
)

const readWithin = 30 * time.Second // for work that changes nothing

// read acknowledges at once, and handles an envelope that changes nothing.
func (in *incoming) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	if in.by.User != "" {
		end, ok := in.r.acts.beginRead(in.by.User)
		if !ok {
			in.r.log.WarnContext(ctx, "a person has too many reads under way: one more was refused", "person", in.by.User)
			in.ack(ctx, refusedInAck(in.evt, grant.Refuse("Nothing was done: you "+
				"already have %d clicks and commands waiting for an answer.", mostReads).WithHint("Try again in a moment.")))
			return
		}
		defer end()
	}
	call := commands.Invocation{By: in.by}
	switch data := in.evt.Data.(type) {
	case slack.SlashCommand:
		in.ack(ctx, nil)
		in.readCommand(ctx, call, data)
	case slackevents.EventsAPIEvent:
		in.ack(ctx, nil)
		if opened, ok := data.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok && opened.Tab == "home" &&
			opened.User != "" {
			in.r.homes.opens(grant.Person{Team: data.TeamID, User: opened.User}, in.r.now())
		}
	case slack.InteractionCallback:
		if data.Type == slack.InteractionTypeBlockSuggestion {
			in.ack(ctx, in.r.forms.suggestions(ctx, call, data))
			return
		}
		in.ack(ctx, nil)
		in.opened(ctx, call, data)
	default:
		in.ack(ctx, nil)
	}
}

// readCommand answers a command that changes nothing, or opens its modal.
func (in *incoming) readCommand(ctx context.Context, call commands.Invocation, data slack.SlashCommand) {
	o := in.opening(data.TriggerID)
	switch verb, _ := commands.TypedVerb(data.Text); verb {
	case "":
		in.r.modals.openForm(ctx, call, o, blocks.RequestValues{})
		return
	case commands.Approve, commands.Deny:
		in.r.modals.openDecision(ctx, call, o, data.Text)
		return
	case commands.EndAll:
		in.r.modals.openEndAll(ctx, call, o, data.Text)
		return
	case commands.BreakGlass:
		o.failed = "Nothing was opened: I couldn't show you the confirmation."
		in.r.modals.openModal(ctx, o.or("Type it again."), func(ctx context.Context) (slack.ModalViewRequest, error) {
			answer, err := in.r.service.Command(ctx, call, data.Text)
			if err != nil || answer.Confirm == nil {
				return slack.ModalViewRequest{}, err
			}
			return blocks.GlassView(*answer.Confirm), nil
		})
		return
	}
	answer, err := in.r.service.Command(ctx, call, data.Text)
	in.r.answers.answer(ctx, in.place, answer, err)
}

// opened opens the modal of a click or a shortcut. It refuses an unknown one.
func (in *incoming) opened(ctx context.Context, call commands.Invocation, data slack.InteractionCallback) {
	switch {
	case data.Type == slack.InteractionTypeBlockActions && len(data.ActionCallback.BlockActions) > 0:
		in.pressed(ctx, call, data, data.ActionCallback.BlockActions[0])
	case data.Type == slack.InteractionTypeShortcut && data.CallbackID == requestShortcut:
		in.r.modals.openForm(ctx, call, in.opening(data.TriggerID), blocks.RequestValues{})
	case data.Type == slack.InteractionTypeMessageAction && data.CallbackID == requestHere:
		in.r.modals.openFormFrom(ctx, call, in.opening(data.TriggerID), data)
	case data.Type == slack.InteractionTypeViewClosed: // no form requests this event, and nothing follows
	default:
		in.tellUnreadable(ctx, data, "a click or a shortcut")
	}
}

// pressed handles a button that decides nothing.
func (in *incoming) pressed(ctx context.Context, call commands.Invocation, data slack.InteractionCallback,
	action *slack.BlockAction) {
	switch {
	case action.ActionID == blocks.ActSeveral:
		in.r.modals.openBulkApprove(ctx, call, in.opening(data.TriggerID))
		return
	case action.ActionID == blocks.ActRetry:
		in.r.modals.openRetry(ctx, call, in.opening(data.TriggerID), action.Value)
		return
	case action.ActionID == blocks.ActNext || action.ActionID == blocks.ActPrev:
		answer, err := in.r.service.Page(ctx, call, action.Value)
		in.r.answers.turn(ctx, in.place, answer, err)
		return
	case action.ActionID == blocks.ActForm:
		in.r.modals.openForm(ctx, call, in.opening(data.TriggerID), blocks.RequestValues{})
		return
	case data.View.Type == slack.VTModal && data.View.CallbackID == blocks.RequestCallback:
		in.r.formUpdates.note(ctx, actionInForm(call, data, action))
		return
	case data.View.Type == slack.VTModal && data.View.CallbackID == blocks.NarrowCallback:
		in.r.forms.relabelNarrow(ctx, data)
		return
	case data.View.Type == slack.VTModal:
		in.tellUnreadable(ctx, data, "an action in a form")
		return
	}
	c, ok := readClick(data, action)
	if !ok || !opens(action.ActionID) {
		in.logUnreadable(ctx, data, "a button")
		in.r.answers.answer(ctx, in.place, commands.Answer{}, errUnknownMessage())
		return
	}
	in.r.modals.openOn(ctx, call, in.opening(data.TriggerID), data, c, action.ActionID)
}
