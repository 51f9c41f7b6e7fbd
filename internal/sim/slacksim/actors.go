package slacksim

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A Person acts as one user of the workspace.
type Person struct {
	w  *Workspace
	ID string
}

// As returns a Person for a user id. The user may be added later.
func (w *Workspace) As(user string) Person { return Person{w, user} }

// nothingSent is the [Delivery] of an act that Slack's client refused to send.
func nothingSent(format string, args ...any) Delivery {
	return Delivery{Error: fmt.Sprintf(format, args...)}
}

// Say posts a person's message in a channel and returns it. It panics if the
// channel does not exist.
func (p Person) Say(channel, text string) Message {
	var out Message
	p.w.edit(func() {
		ch, ok := p.w.channels[channel]
		if !ok {
			panic("slacksim: no channel " + channel)
		}
		m := p.w.write(channel, p.ID, draft{text: text})
		ch.messages = append(ch.messages, m)
		out = m.copy()
	})
	return out
}

// Slash types a command in a channel and waits for the app's ack. It sends the
// text unescaped. An answer in the ack is shown only if the ack arrives in
// time.
func (p Person) Slash(ctx context.Context, channel, command, text string) Delivery {
	payload, problem := p.slashPayload(channel, command, text)
	if problem != "" {
		return Delivery{Error: problem}
	}
	d := p.w.deliver(ctx, p.w.seal("slash_commands", payload, 0))
	if d.Error != "" {
		return p.w.saw(d, fmt.Sprintf("%s failed with the error %q", command, d.Error))
	}
	if len(d.Ack) > 0 {
		if err := p.answerInAck(channel, d.Ack); err != nil {
			return p.w.saw(d, fmt.Sprintf("%s failed with the error %q", command, err.Error()))
		}
	}
	return d
}

// answerInAck shows the message from the ack of a slash command.
func (p Person) answerInAck(channel string, answer object) error {
	r := &request{method: "ack", args: answer}
	d, err := readDraft(r)
	p.w.edit(func() {
		if refused, ok := err.(*refusal); ok {
			p.w.rejected = append(p.w.rejected, Rejection{"ack", refused.code, refused.messages()})
			return
		}
		ch := p.w.channels[channel]
		if r.str("response_type") == "in_channel" {
			p.w.post(ch, d)
			return
		}
		p.w.whisper(ch, p.ID, d)
	})
	return err
}

// A Surface holds buttons and fields: a [Message] or a [View].
type Surface interface{ surface() surface }

type surface struct {
	blocks  []object
	message *Message
	view    *View
}

// id is unique among all surfaces.
func (s surface) id() string {
	if s.view != nil {
		return s.view.ID
	}
	return s.message.Channel + " " + s.message.TS
}

func (m Message) surface() surface { return surface{blocks: m.Blocks, message: &m} }
func (v View) surface() surface    { return surface{blocks: v.Blocks, view: &v} }

// Press presses the button with this label or action id, and confirms if the
// button asks for it. The surface is a copy and may be stale. Two people who
// press at the same time are tested that way.
func (p Person) Press(ctx context.Context, on Surface, button string) Delivery {
	s := on.surface()
	var names []string
	var block, element object
	interactive(s.blocks, func(b, e object) {
		if e["type"] != "button" {
			return
		}
		names = append(names, textOf(e["text"]))
		if element == nil && (textOf(e["text"]) == button || asString(e["action_id"]) == button) {
			block, element = b, e
		}
	})
	if element == nil {
		return nothingSent("there is no button %q: there are %s", button, strings.Join(names, ", "))
	}
	return p.act(ctx, s, block, element, pressed(element))
}

// pressed returns the action that the payload contains for a button.
func pressed(element object) object {
	action := object{"type": element["type"], "text": element["text"]}
	for _, f := range []string{"value", "style", "url", "confirm"} {
		if v, ok := element[f]; ok {
			action[f] = v
		}
	}
	return clone(action)
}

// Act uses the element with these ids: a button, a menu, a picker, or a text
// field that dispatches. State is the element's new state as in state.values,
// such as {"selected_option": {"value": "8h"}}. It is nil for a button.
func (p Person) Act(ctx context.Context, on Surface, blockID, actionID string, state map[string]any) Delivery {
	s := on.surface()
	var block, element object
	interactive(s.blocks, func(b, e object) {
		if asString(b["block_id"]) == blockID && asString(e["action_id"]) == actionID {
			block, element = b, e
		}
	})
	switch {
	case element == nil:
		return nothingSent("there is no element %s in block %s", actionID, blockID)
	case element["type"] == "button":
		return p.act(ctx, s, block, element, pressed(element))
	}
	return p.choose(ctx, s, block, element, func(e object) (object, error) { return enterState(e, state) })
}

// Select chooses in the menu, picker, radio buttons or checkboxes with this
// action id, placeholder or block id. Options are given by label or value,
// people and channels by id. Commas separate several choices. A view keeps the
// choice; a message does not. A text is pasted, and Enter is pressed.
func (p Person) Select(ctx context.Context, on Surface, menu, choice string) Delivery {
	s := on.surface()
	var block, element object
	interactive(s.blocks, func(b, e object) {
		fits := asString(e["action_id"]) == menu || textOf(e["placeholder"]) == menu || asString(b["block_id"]) == menu ||
			textOf(b["label"]) == menu
		if element == nil && e["type"] != "button" && fits {
			block, element = b, e
		}
	})
	if element == nil {
		return nothingSent("there is no menu %q", menu)
	}
	if fetches(element) {
		p.suggest(ctx, s, block, element, choice)
	}
	return p.choose(ctx, s, block, element, func(e object) (object, error) { return enter(e, choice) })
}

// choose sets the state of an element and sends an action to the app. An
// element whose value is only sent with the whole form sends no action.
func (p Person) choose(ctx context.Context, s surface, block, element object,
	enter func(object) (object, error)) Delivery {
	var with object
	p.w.edit(func() { with = p.w.offered(p.ID, s.id(), block, element) })
	action, err := enter(with)
	if err != nil {
		return nothingSent("%s", err)
	}
	if hasState(asString(element["type"])) && s.view != nil {
		p.keep(s.view, block, element, action)
	}
	if block["type"] == "input" && block["dispatch_action"] != true {
		return Delivery{}
	}
	return p.act(ctx, s, block, element, clone(action))
}

// keep stores the state of an element in an open view.
func (p Person) keep(v *View, block, element, state object) {
	p.w.edit(func() {
		if open, ok := p.w.views[v.ID]; ok {
			if of := open.State[asString(block["block_id"])]; of != nil {
				of[asString(element["action_id"])] = state
			}
		}
	})
}

func (p Person) act(ctx context.Context, s surface, block, element, action object) Delivery {
	action["action_id"], action["block_id"] = element["action_id"], block["block_id"]
	payload, problem := p.actionPayload(s, action)
	if problem != "" {
		return Delivery{Error: problem}
	}
	d := p.w.deliver(ctx, p.w.seal("interactive", payload, 0))
	if d.Error != "" {
		return p.w.saw(d, "Something went wrong: "+d.Error)
	}
	return d
}

// OpenHome opens the app's Home tab. The delivery is empty if the app does not
// subscribe to app_home_opened.
func (p Person) OpenHome(ctx context.Context) Delivery { return p.openTab(ctx, "home") }

// OpenMessages opens the conversation with the app. Slack sends the event
// app_home_opened for this tab too.
func (p Person) OpenMessages(ctx context.Context) Delivery { return p.openTab(ctx, "messages") }

func (p Person) openTab(ctx context.Context, tab string) Delivery {
	if p.w.cfg.Events != nil && !slices.Contains(p.w.cfg.Events, "app_home_opened") {
		return Delivery{}
	}
	return p.w.event(ctx, p.homePayload(tab))
}

// Shortcut runs a global shortcut of the app.
func (p Person) Shortcut(ctx context.Context, callbackID string) Delivery {
	return p.shortcut(ctx, "shortcut", callbackID, nil)
}

// MessageShortcut runs a message shortcut of the app. Ephemeral messages have
// no shortcuts.
func (p Person) MessageShortcut(ctx context.Context, m Message, callbackID string) Delivery {
	return p.shortcut(ctx, "message_action", callbackID, &m)
}

func (p Person) shortcut(ctx context.Context, kind, callbackID string, on *Message) Delivery {
	payload, problem := p.shortcutPayload(kind, callbackID, on)
	if problem != "" {
		return Delivery{Error: problem}
	}
	d := p.w.deliver(ctx, p.w.seal("interactive", payload, 0))
	if d.Error != "" {
		return p.w.saw(d, "Something went wrong: "+d.Error)
	}
	return d
}
