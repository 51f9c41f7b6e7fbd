package slacksim

import (
	"slices"
	"strings"
)

// A User is a person or a bot of the workspace, or an outsider who is here
// through a shared channel.
type User struct {
	ID       string
	Name     string // default: the id in lower case
	RealName string // default: Name
	Email    string // shown only to a token with users:read.email
	TZ       string // default "Europe/London"
	TeamID   string // default: the workspace's

	EnterpriseID string   // the organisation's id, if the workspace belongs to one
	Teams        []string // the organisation's workspaces that have this user

	Deleted           bool
	IsAdmin           bool
	IsBot             bool
	IsRestricted      bool // a guest
	IsUltraRestricted bool // a guest of a single channel
	IsStranger        bool // from another workspace, through Slack Connect
}

// A Group is a user group ("subteam"). People mention it by its handle.
type Group struct {
	ID       string
	Handle   string
	Users    []string
	Disabled bool
}

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

type room struct {
	Channel
	messages []*Message
	deleted  []string // timestamps of deleted messages
}

func (ch *room) remove(m *Message) {
	ch.messages = slices.DeleteFunc(ch.messages, func(x *Message) bool { return x == m })
	ch.deleted = append(ch.deleted, m.TS)
}

// AddUser adds a user, or replaces the one with the same id.
func (w *Workspace) AddUser(u User) {
	if u.Name == "" {
		u.Name = strings.ToLower(u.ID)
	}
	if u.RealName == "" {
		u.RealName = u.Name
	}
	if u.TZ == "" {
		u.TZ = "Europe/London"
	}
	if u.TeamID == "" {
		u.TeamID = w.cfg.TeamID
	}
	w.mu.Lock()
	w.users[u.ID] = &u
	w.mu.Unlock()
	w.notify()
}

// EditUser changes a user, for example to deactivate them. It panics if the
// user does not exist.
func (w *Workspace) EditUser(id string, edit func(*User)) {
	w.edit(func() {
		u, ok := w.users[id]
		if !ok {
			panic("slacksim: no user " + id)
		}
		edit(u)
	})
}

// AddGroup adds a user group, or replaces the one with the same id.
func (w *Workspace) AddGroup(id, handle string, users ...string) {
	w.edit(func() { w.groups[id] = &Group{ID: id, Handle: handle, Users: users} })
}

// EditGroup changes a user group. It panics if the group does not exist.
func (w *Workspace) EditGroup(id string, edit func(*Group)) {
	w.edit(func() {
		g, ok := w.groups[id]
		if !ok {
			panic("slacksim: no group " + id)
		}
		edit(g)
	})
}

// AddChannel adds a public channel with the bot and these members.
func (w *Workspace) AddChannel(id, name string, members ...string) {
	w.edit(func() {
		members := append([]string{w.cfg.BotUserID}, members...)
		w.channels[id] = &room{Channel: Channel{ID: id, Name: strings.TrimPrefix(name, "#"), Members: members}}
	})
}

// EditChannel changes a conversation, for example to archive it. It panics if
// the conversation does not exist.
func (w *Workspace) EditChannel(id string, edit func(*Channel)) {
	w.edit(func() {
		ch, ok := w.channels[id]
		if !ok {
			panic("slacksim: no channel " + id)
		}
		edit(&ch.Channel)
	})
}

// Join adds members to a channel.
func (w *Workspace) Join(channel string, users ...string) {
	w.EditChannel(channel, func(c *Channel) {
		for _, u := range users {
			if !slices.Contains(c.Members, u) {
				c.Members = append(c.Members, u)
			}
		}
	})
}

// Leave removes members from a channel. They may include the bot.
func (w *Workspace) Leave(channel string, users ...string) {
	w.EditChannel(channel, func(c *Channel) {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m string) bool { return slices.Contains(users, m) })
	})
}

// DeleteMessage deletes a message, as a workspace owner can.
func (w *Workspace) DeleteMessage(channel, ts string) {
	w.edit(func() {
		ch := w.channels[channel]
		if m := ch.find(ts); m != nil {
			ch.remove(m)
		}
	})
}

// Users returns all users and the bot, sorted by id.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []User
	for _, u := range w.users {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Channels returns all conversations, including direct messages, sorted by id.
func (w *Workspace) Channels() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Channel
	for _, ch := range w.channels {
		c := ch.Channel
		c.Members = slices.Clone(c.Members)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Channel) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// DM returns the id of the direct message between the bot and a user. It opens
// the conversation if necessary.
func (w *Workspace) DM(user string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.directMessage(user).ID
}

// dmID is the id of the bot's direct message with user.
func dmID(user string) string { return "D" + strings.TrimPrefix(user, "U") }

func (w *Workspace) edit(f func()) {
	defer w.notify()
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// directMessage returns the bot's direct message with user, and creates it if
// necessary. The caller holds w.mu.
func (w *Workspace) directMessage(user string) *room {
	id := dmID(user)
	ch, ok := w.channels[id]
	if !ok {
		ch = &room{Channel: Channel{ID: id, Members: []string{w.cfg.BotUserID, user}, DM: true, Private: true}}
		w.channels[id] = ch
	}
	return ch
}

// has reports whether user is a member.
func (ch *room) has(user string) bool { return slices.Contains(ch.Members, user) }

// mayRead reports whether user can read ch. Members can. All other users can
// read a public channel, except guests and users from Slack Connect. The caller
// holds w.mu.
func (w *Workspace) mayRead(ch *room, user string) bool {
	if ch.has(user) {
		return true
	}
	u, ok := w.users[user]
	return ok && !ch.Private && !u.IsRestricted && !u.IsUltraRestricted && !u.IsStranger
}

// other returns the person at the other end of a direct message.
func (w *Workspace) other(ch *room) string {
	for _, m := range ch.Members {
		if m != w.cfg.BotUserID {
			return m
		}
	}
	return ""
}
