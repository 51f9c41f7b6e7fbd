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

func (m *Message) copy() Message {
	c := *m
	c.Blocks, c.Metadata = clone(m.Blocks), clone(m.Metadata)
	c.History = slices.Clone(m.History)
	return c
}

// Messages returns the messages in a channel, oldest first, without ephemerals.
func (cs *conversations) Messages(channel string) []Message {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	ch, ok := cs.channels[channel]
	if !ok {
		return nil
	}
	return copies(ch.messages)
}

// Message returns one message of a channel.
func (cs *conversations) Message(channel, ts string) (Message, bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if ch, ok := cs.channels[channel]; ok {
		if m := ch.find(ts); m != nil {
			return m.copy(), true
		}
	}
	return Message{}, false
}

// Replies returns a thread: the parent message, then the replies, oldest first.
// It is empty if the parent does not exist.
func (cs *conversations) Replies(channel, ts string) []Message {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	ch, ok := cs.channels[channel]
	if !ok {
		return nil
	}
	return copies(ch.thread(ts))
}

// Dismiss removes an ephemeral, as its reader can.
func (cs *conversations) Dismiss(m Message) {
	cs.edit(func() {
		cs.hidden = slices.DeleteFunc(cs.hidden, func(x *Message) bool { return x.Channel == m.Channel && x.TS == m.TS })
	})
}

// Ephemerals returns the ephemerals that user sees, in all channels, oldest
// first.
func (cs *conversations) Ephemerals(user string) []Message {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var out []Message
	for _, m := range cs.hidden {
		if m.To == user {
			out = append(out, m.copy())
		}
	}
	return out
}

// DMs returns the direct messages between the bot and user, oldest first.
func (cs *conversations) DMs(user string) []Message { return cs.Messages(dmID(user)) }

func copies(in []*Message) []Message {
	out := make([]Message, len(in))
	for i, m := range in {
		out[i] = m.copy()
	}
	return out
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

func (ch *room) find(ts string) *Message {
	for _, m := range ch.messages {
		if m.TS == ts {
			return m
		}
	}
	return nil
}
