package slacksim

import (
	"slices"
	"time"
)

// A Message is a message as people see it now.
type Message struct {
	Channel   string
	TS        string
	ThreadTS  string // timestamp of the thread's first message; "" outside threads
	User      string // the author
	Ephemeral bool   // visible to To only, and in no history
	To        string
	Text      string
	Blocks    []map[string]any
	Metadata  map[string]any
	Files     []File

	UnfurlLinks bool // whether Slack would unfurl its links
	UnfurlMedia bool

	Edited  int       // number of edits
	History []Version // earlier versions, oldest first
}

// A Version is the content of a message before an edit.
type Version struct {
	Text   string
	Blocks []map[string]any
	Until  time.Time // time of the edit
}

// A Button is a button on a message or a view.
type Button struct {
	Label    string
	ActionID string
	BlockID  string
	Value    string
	Style    string
	URL      string
	Confirm  string // all text of the confirmation dialog; "" for none
}

// Plain returns the text that a person reads: the texts of the blocks, one per
// line, or the message's text if it has no blocks.
func (m Message) Plain() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	return plainText(m.Blocks)
}

// Buttons returns the buttons in their order.
func (m Message) Buttons() []Button { return buttonsOf(m.Blocks) }

// Button returns the button with this label or action id.
func (m Message) Button(name string) (Button, bool) { return findButton(m.Blocks, name) }

// Messages returns the messages in a channel, oldest first, without ephemerals.
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

// Replies returns a thread: the parent message, then the replies, oldest first.
// It is empty if the parent does not exist.
func (w *Workspace) Replies(channel, ts string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, ok := w.channels[channel]
	if !ok {
		return nil
	}
	return copies(ch.thread(ts))
}

func (ch *room) thread(ts string) []*Message {
	var out []*Message
	for _, m := range ch.messages {
		if m.TS == ts || m.ThreadTS == ts {
			out = append(out, m)
		}
	}
	return out
}

// Dismiss removes an ephemeral, as its reader can.
func (w *Workspace) Dismiss(m Message) {
	w.edit(func() {
		w.hidden = slices.DeleteFunc(w.hidden, func(x *Message) bool { return x.Channel == m.Channel && x.TS == m.TS })
	})
}

// Ephemerals returns the ephemerals that user sees, in all channels, oldest
// first.
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

// wire returns the message as in API answers and interaction payloads.
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
	if ch, ok := w.channels[m.Channel]; ok && m.ThreadTS == "" {
		ch.threadFields(m, out)
	}
	if len(m.Files) > 0 {
		files := []object{}
		for _, f := range m.Files {
			files = append(files, w.fileWire(f))
		}
		out["files"], out["upload"] = files, true
	}
	if m.Edited > 0 && len(m.Blocks) == 0 { // docs: absent if there are blocks
		out["edited"] = object{"user": m.User, "ts": m.TS}
	}
	return clone(out)
}

// threadFields adds the fields that describe a message's thread.
func (ch *room) threadFields(m *Message, out object) {
	replies := ch.thread(m.TS)
	if len(replies) < 2 {
		return
	}
	replies = replies[1:]
	users := []string{}
	for _, r := range replies {
		if !slices.Contains(users, r.User) {
			users = append(users, r.User)
		}
	}
	out["thread_ts"], out["reply_count"], out["latest_reply"] = m.TS, len(replies), replies[len(replies)-1].TS
	out["reply_users"], out["reply_users_count"] = users, len(users)
}

// identify returns a copy of blocks as Slack stores them: missing ids are
// assigned and texts are settled.
func (w *Workspace) identify(blocks []object) []object {
	if len(blocks) == 0 {
		return nil
	}
	blocks = clone(blocks)
	w.identifyBlocks(blocks)
	interactive(blocks, func(_, e object) {
		if asString(e["action_id"]) == "" {
			e["action_id"] = w.id(mixed, 5)
		}
	})
	for _, b := range blocks {
		settle(b)
	}
	return blocks
}

func (w *Workspace) identifyBlocks(blocks []object) {
	for _, b := range blocks {
		if asString(b["block_id"]) == "" {
			b["block_id"] = w.id(mixed, 5)
		}
		w.identifyBlocks(within(b))
	}
}
