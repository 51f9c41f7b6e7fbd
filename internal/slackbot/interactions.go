package slackbot

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// actIn returns the act of an envelope. ok is false for reads and for clicks that open a modal.
func actIn(evt socketmode.Event) (a act, ok bool) {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		a, ok = typedAct(data)
	case slack.InteractionCallback:
		switch data.Type {
		case slack.InteractionTypeBlockActions:
			a, ok = pressedAct(data)
		case slack.InteractionTypeViewSubmission:
			a, ok = sentAct(data)
		}
		p := personOf(data)
		a.Team, a.User, a.Trigger = p.Team, p.User, data.TriggerID
	}
	return a, ok
}

func typedAct(data slack.SlashCommand) (a act, ok bool) {
	verb, ok := commands.TypedVerb(data.Text)
	return act{Verb: verb, Team: data.TeamID, User: data.UserID, Trigger: data.TriggerID, Reply: data.ResponseURL,
		Channel: data.ChannelID, Text: data.Text}, ok
}

// pressedAct returns the act of a button that has an immediate effect.
func pressedAct(in slack.InteractionCallback) (a act, ok bool) {
	if len(in.ActionCallback.BlockActions) == 0 || in.View.Type == slack.VTModal {
		return a, false
	}
	action := in.ActionCallback.BlockActions[0]
	if action.ActionID == blocks.ActRetry {
		return act{Reply: in.ResponseURL, Channel: in.Channel.ID, Action: blocks.ActRetry, Retry: action.Value}, true
	}
	verb, ok := map[string]commands.Verb{
		blocks.ActApprove: commands.Approve, blocks.ActEnd: commands.End, blocks.ActPutBack: commands.PutBack,
		blocks.ActConsent: commands.Consent, blocks.ActDecline: commands.Decline, blocks.ActCancel: commands.Cancel,
		blocks.ActOpen: commands.OpenCard,
	}[action.ActionID]
	c, read := readClick(in, action)
	if !ok || !read {
		return a, false
	}
	return act{Verb: verb, Reply: in.ResponseURL, Channel: in.Channel.ID, Action: action.ActionID, On: &c,
		Shown: shows(in.Message, c)}, true
}

// readClick reads a button; ok is false if its value or its message is unreadable.
func readClick(in slack.InteractionCallback, action *slack.BlockAction) (click, bool) {
	id, revision, ok := blocks.ParseValue(action.Value)
	c := click{ID: id, Revision: revision, Channel: in.Container.ChannelID, TS: in.Container.MessageTs}
	if c.Channel == "" {
		c.Channel = in.Channel.ID
	}
	if in.View.Type == slack.VTHomeTab {
		c.Channel, c.TS = "", ""
		return c, ok
	}
	return c, ok && c.TS != ""
}

// shows reports whether the message has a button for the click's grant.
func shows(m slack.Message, c click) bool {
	for _, block := range m.Blocks.BlockSet {
		if section, ok := block.(*slack.SectionBlock); ok && section.Accessory != nil {
			button := section.Accessory.ButtonElement
			if button != nil && strings.HasPrefix(button.Value, string(c.ID)+".") {
				return true
			}
		}
		actions, ok := block.(*slack.ActionBlock)
		if !ok || actions.Elements == nil {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok && strings.HasPrefix(button.Value, string(c.ID)+".") {
				return true
			}
		}
	}
	return false
}

// whose returns the person who sent an envelope, and where to answer.
func whose(evt socketmode.Event) (grant.Person, outbox.Place) {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		return grant.Person{Team: data.TeamID, User: data.UserID},
			outbox.Place{URL: data.ResponseURL, Channel: data.ChannelID, User: data.UserID}
	case slack.InteractionCallback:
		return personOf(data), outbox.Place{URL: data.ResponseURL, Channel: data.Channel.ID, User: data.User.ID}
	}
	return grant.Person{}, outbox.Place{}
}

func triggerOf(evt socketmode.Event) string {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		return data.TriggerID
	case slack.InteractionCallback:
		return data.TriggerID
	}
	return ""
}

// personOf returns the person who made an interaction.
func personOf(in slack.InteractionCallback) grant.Person {
	p := grant.Person{Team: in.User.TeamID, User: in.User.ID}
	if p.Team == "" {
		p.Team = in.Team.ID
	}
	return p
}

// sentAct returns the act of a submitted modal. It does not validate it.
func sentAct(in slack.InteractionCallback) (a act, ok bool) {
	fieldless := []string{blocks.DecisionCallback, blocks.EndAllCallback, blocks.ActRevoke}
	if in.View.State == nil && !slices.Contains(fieldless, in.View.CallbackID) {
		return a, false
	}
	v := blocks.ValuesOf(in.View)
	a = act{Action: in.View.CallbackID, View: in.View.ID}
	switch in.View.CallbackID {
	case blocks.RequestCallback:
		f := blocks.RequestValuesOf(in.View)
		a.Verb, a.Form = commands.Request, &f
		return a, true
	case blocks.GlassCallback:
		a.Verb, a.BreakGlass, a.Reason = commands.BreakGlass, new(blocks.BreakGlassValues), v.Text(blocks.FieldReason)
		return a, json.Unmarshal([]byte(in.View.PrivateMetadata), a.BreakGlass) == nil
	case blocks.BulkCallback:
		a.Verb = commands.ApproveSeveral
		a.Picks, ok = picked(v)
		return a, ok
	case blocks.DecisionCallback:
		return sentDecision(in, a)
	case blocks.EndAllCallback:
		return sentEndAll(in, a)
	}
	var c click
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil || c.ID == "" {
		return a, false
	}
	a.On, a.Channel = &c, c.Channel
	switch in.View.CallbackID {
	case blocks.NarrowCallback:
		n := blocks.NarrowValuesOf(in.View)
		if a.Verb, a.Narrow = commands.Narrow, &n; n.Approve {
			a.Verb = commands.NarrowAndApprove
		}
	case blocks.ExtendCallback:
		a.Verb, a.Reason = commands.Extend, v.Text(blocks.FieldReason)
		a.Term = v.Text(blocks.FieldOther)
		if a.OtherTerm = a.Term != ""; !a.OtherTerm {
			a.Term = v.Chosen(blocks.FieldTerm)
		}
	default:
		verb, known := reasons[in.View.CallbackID]
		if !known {
			return a, false
		}
		a.Verb, a.Reason = verb, v.Why()
	}
	return a, true
}

// picked returns the ticked items of a bulk approval. ok is false if one is unreadable.
func picked(v blocks.Values) (picks []pick, ok bool) {
	for _, value := range blocks.BulkTicked(v) {
		id, revision, ok := blocks.ParseValue(value)
		if !ok {
			return nil, false
		}
		picks = append(picks, pick{ID: id, Revision: revision})
	}
	return picks, true
}

// A decided holds the private metadata of the modal that confirms a typed decision.
type decided struct {
	Verb     commands.Verb
	ID       grant.ID
	Revision int

	Reply, Channel string // where the command was typed and is answered
}

// sentDecision reads the submitted modal into an act.
func sentDecision(in slack.InteractionCallback, a act) (act, bool) {
	var d decided
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &d) != nil || d.ID == "" || d.Verb != commands.Approve &&
		d.Verb != commands.Deny {
		return a, false
	}
	a.Verb, a.Picks, a.Reason = d.Verb, []pick{{d.ID, d.Revision}}, blocks.ValuesOf(in.View).Text(blocks.FieldReason)
	a.Reply, a.Channel = d.Reply, d.Channel
	return a, true
}
