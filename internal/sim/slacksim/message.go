package slacksim

import (
	"slices"
	"strings"
	"time"
)

// A Message is something in a conversation as people see it now.
type Message struct {
	Channel   string
	TS        string
	ThreadTS  string // of the message it answers in a thread
	User      string // who wrote it
	Ephemeral bool   // seen by To alone, and in no history
	To        string
	Text      string
	Blocks    []map[string]any
	Metadata  map[string]any

	UnfurlLinks bool // whether Slack would fetch the links in it
	UnfurlMedia bool

	Edited  int       // how often it was changed
	History []Version // what it was before, oldest first
}

// A Version is what a message said before it was changed.
type Version struct {
	Text   string
	Blocks []map[string]any
	Until  time.Time // when it was changed
}

// A Button is a button as it stands on a message or a view.
type Button struct {
	Label    string
	ActionID string
	BlockID  string
	Value    string
	Style    string
	URL      string
	Confirm  string // all text of the dialog that asks again; "" if there is none
}

// Plain is all that a person would read: the text of the blocks, line by
// line, or the text if there are no blocks.
func (m Message) Plain() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	return plainText(m.Blocks)
}

// Buttons returns the buttons in the order in which they stand.
func (m Message) Buttons() []Button { return buttonsOf(m.Blocks) }

// Button returns the button with this label or action id.
func (m Message) Button(name string) (Button, bool) { return findButton(m.Blocks, name) }

// Messages returns what stands in a channel now, oldest first; ephemerals are not in it.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, ok := w.channels[channel]
	if !ok {
		return nil
	}
	return copies(ch.messages)
}

// Message returns one message of a channel.
func (w *Workspace) Message(channel, ts string) (Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch, ok := w.channels[channel]; ok {
		if m := ch.find(ts); m != nil {
			return m.copy(), true
		}
	}
	return Message{}, false
}

// Ephemerals returns what user alone was shown, in any channel, oldest first.
func (w *Workspace) Ephemerals(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, m := range w.hidden {
		if m.To == user {
			out = append(out, m.copy())
		}
	}
	return out
}

// DMs returns the direct messages between the bot and user, oldest first.
func (w *Workspace) DMs(user string) []Message { return w.Messages(dmID(user)) }

func copies(in []*Message) []Message {
	out := make([]Message, len(in))
	for i, m := range in {
		out[i] = m.copy()
	}
	return out
}

func (m *Message) copy() Message {
	c := *m
	c.Blocks, c.Metadata = clone(m.Blocks), clone(m.Metadata)
	c.History = slices.Clone(m.History)
	return c
}

func (ch *room) find(ts string) *Message {
	for _, m := range ch.messages {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// wire is the message as the API and interaction payloads show it.
func (w *Workspace) wire(m *Message) object {
	out := object{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text, "team": w.cfg.TeamID}
	if m.User == w.cfg.BotUserID {
		out["bot_id"], out["app_id"] = w.cfg.BotID, w.cfg.AppID
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if m.Edited > 0 && len(m.Blocks) == 0 { // docs: not shown where blocks are used
		out["edited"] = object{"user": m.User, "ts": m.TS}
	}
	return clone(out)
}

// plainText walks blocks and joins what is readable, one line for each text.
func plainText(blocks []object) string {
	var lines []string
	for _, b := range blocks {
		lines = readable(lines, b)
	}
	return strings.Join(lines, "\n")
}

// reading is the order in which the parts of a block or element are read.
var reading = []string{"title", "text", "label", "fields", "alt_text", "accessory", "element", "elements", "hint", "initial_value", "placeholder", "options", "rows", "blocks"}

func readable(lines []string, x any) []string {
	switch v := x.(type) {
	case object:
		if v["type"] == "text" || v["type"] == "link" || v["type"] == "rich_text_section" {
			if run := richText(v); run != "" {
				return append(lines, run)
			}
		}
		for _, part := range reading {
			if v[part] != nil {
				lines = readable(lines, v[part])
			}
		}
		if v["type"] == "user" {
			lines = append(lines, "<@"+asString(v["user_id"])+">")
		}
		return lines
	case []any:
		for _, item := range v {
			lines = readable(lines, item)
		}
	case string:
		if v != "" {
			lines = append(lines, v)
		}
	}
	return lines
}

// richText reads the runs of a rich text section as one line.
func richText(v object) string {
	if t := asString(v["text"]); t != "" {
		return t
	}
	if u := asString(v["url"]); u != "" {
		return u
	}
	if u := asString(v["user_id"]); u != "" {
		return "<@" + u + ">"
	}
	var b strings.Builder
	for _, e := range objects(v["elements"]) {
		b.WriteString(richText(e))
	}
	return b.String()
}

func asString(x any) string {
	s, _ := x.(string)
	return s
}

// textOf is the text of a text object.
func textOf(x any) string {
	o, _ := x.(object)
	return asString(o["text"])
}

// interactive calls visit for each element of the blocks that can be acted on.
func interactive(blocks []object, visit func(block, element object)) {
	for _, b := range blocks {
		var all []object
		for _, part := range []string{"accessory", "element"} {
			if e, ok := b[part].(object); ok {
				all = append(all, e)
			}
		}
		for _, e := range append(all, objects(b["elements"])...) {
			switch e["type"] {
			case "image", "plain_text", "mrkdwn", "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted":
			default:
				visit(b, e)
			}
		}
	}
}

func buttonsOf(blocks []object) []Button {
	var out []Button
	interactive(blocks, func(b, e object) {
		if e["type"] != "button" {
			return
		}
		button := Button{
			Label: textOf(e["text"]), ActionID: asString(e["action_id"]), BlockID: asString(b["block_id"]),
			Value: asString(e["value"]), Style: asString(e["style"]), URL: asString(e["url"]),
		}
		if c, ok := e["confirm"].(object); ok {
			button.Confirm = strings.Join([]string{textOf(c["title"]), textOf(c["text"]), textOf(c["confirm"]), textOf(c["deny"])}, "\n")
		}
		out = append(out, button)
	})
	return out
}

func findButton(blocks []object, name string) (Button, bool) {
	for _, b := range buttonsOf(blocks) {
		if b.Label == name || b.ActionID == name {
			return b, true
		}
	}
	return Button{}, false
}

// identify returns a copy of blocks in which everything that Slack gives an id has one.
func (w *Workspace) identify(blocks []object) []object {
	if len(blocks) == 0 {
		return nil
	}
	blocks = clone(blocks)
	for _, b := range blocks {
		if asString(b["block_id"]) == "" {
			b["block_id"] = w.id(mixed, 5)
		}
	}
	interactive(blocks, func(_, e object) {
		if asString(e["action_id"]) == "" {
			e["action_id"] = w.id(mixed, 5)
		}
	})
	return blocks
}
