package slacksim

import (
	"slices"
	"strings"
)

// A Channel is a conversation: a channel, a direct message or a group message.
type Channel struct {
	ID       string
	Name     string
	Members  []string
	Private  bool
	Archived bool
	DM       bool // between the bot and one person
	Multi    bool // between the bot and several people
}

// conversations are the channels and direct messages with their messages.
type conversations struct {
	*core
	people   *people
	channels map[string]*room
	hidden   []*Message // the ephemerals; no history contains them
}

// A room is a conversation with its messages.
type room struct {
	Channel
	messages []*Message
	deleted  []string // timestamps of deleted messages
}

// AddChannel adds a public channel with the bot and these members.
func (cs *conversations) AddChannel(id, name string, members ...string) {
	cs.edit(func() {
		members := append([]string{cs.cfg.BotUserID}, members...)
		cs.channels[id] = &room{Channel: Channel{ID: id, Name: strings.TrimPrefix(name, "#"), Members: members}}
	})
}

// EditChannel changes a conversation, for example to archive it. It panics if
// the conversation does not exist.
func (cs *conversations) EditChannel(id string, edit func(*Channel)) {
	cs.edit(func() {
		ch, ok := cs.channels[id]
		if !ok {
			panic("slacksim: no channel " + id)
		}
		edit(&ch.Channel)
	})
}

// Join adds members to a channel.
func (cs *conversations) Join(channel string, users ...string) {
	cs.EditChannel(channel, func(c *Channel) {
		for _, u := range users {
			if !slices.Contains(c.Members, u) {
				c.Members = append(c.Members, u)
			}
		}
	})
}

// Leave removes members from a channel. They may include the bot.
func (cs *conversations) Leave(channel string, users ...string) {
	cs.EditChannel(channel, func(c *Channel) {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m string) bool { return slices.Contains(users, m) })
	})
}

// DeleteMessage deletes a message, as a workspace owner can.
func (cs *conversations) DeleteMessage(channel, ts string) {
	cs.edit(func() {
		ch := cs.channels[channel]
		if m := ch.find(ts); m != nil {
			ch.remove(m)
		}
	})
}

// Channels returns all conversations, including direct messages, sorted by id.
func (cs *conversations) Channels() []Channel {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var out []Channel
	for _, ch := range cs.channels {
		c := ch.Channel
		c.Members = slices.Clone(c.Members)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Channel) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// DM returns the id of the direct message between the bot and a user. It opens
// the conversation if necessary.
func (cs *conversations) DM(user string) string {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.directMessage(user).ID
}

// dmID is the id of the bot's direct message with user.
func dmID(user string) string { return "D" + strings.TrimPrefix(user, "U") }

// directMessage returns the bot's direct message with user, and creates it if
// necessary. The caller holds cs.mu.
func (cs *conversations) directMessage(user string) *room {
	id := dmID(user)
	ch, ok := cs.channels[id]
	if !ok {
		ch = &room{Channel: Channel{ID: id, Members: []string{cs.cfg.BotUserID, user}, DM: true, Private: true}}
		cs.channels[id] = ch
	}
	return ch
}

// has reports whether user is a member.
func (ch *room) has(user string) bool { return slices.Contains(ch.Members, user) }

// mayRead reports whether user can read ch. Members can. All other users can
// read a public channel, except guests and users from Slack Connect. The caller
// holds cs.mu.
func (cs *conversations) mayRead(ch *room, user string) bool {
	if ch.has(user) {
		return true
	}
	u, ok := cs.people.users[user]
	return ok && !ch.Private && !u.IsRestricted && !u.IsUltraRestricted && !u.IsStranger
}

// other returns the person at the other end of the bot's direct message.
func (ch *room) other(bot string) string {
	for _, m := range ch.Members {
		if m != bot {
			return m
		}
	}
	return ""
}

func (ch *room) remove(m *Message) {
	ch.messages = slices.DeleteFunc(ch.messages, func(x *Message) bool { return x == m })
	ch.deleted = append(ch.deleted, m.TS)
}

func (cs *conversations) channelRef(id string) object {
	ref := object{"id": id, "name": ""}
	if ch, ok := cs.channels[id]; ok {
		ref["name"] = ch.publicName()
	}
	return ref
}

// publicName is the conversation's name in payloads.
func (ch *room) publicName() string {
	switch {
	case ch.DM:
		return "directmessage"
	case ch.Private:
		return "privategroup"
	}
	return ch.Name
}
