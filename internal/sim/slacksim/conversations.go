package slacksim

import (
	"slices"
	"strconv"
	"strings"
)

// kind returns the family of the conversation as used in scope names.
func (ch *room) kind() string {
	switch {
	case ch.DM:
		return "im"
	case ch.Multi:
		return "mpim"
	case ch.Private:
		return "groups"
	}
	return "channels"
}

// visible finds a conversation that the bot can see. It requires the scope
// family:right, such as channels:read.
func (cs *conversations) visible(id, right string) (*room, error) {
	ch, ok := cs.channels[id]
	if !ok || (ch.Private && !ch.has(cs.cfg.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	return ch, cs.need(ch.kind() + ":" + right)
}

func (cs *conversations) conversationsInfo(r *request) (object, error) {
	ch, err := cs.visible(r.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	out := cs.conversation(ch)
	if r.flag("include_num_members") {
		out["num_members"] = len(ch.Members)
	}
	return object{"channel": out}, nil
}

func (cs *conversations) conversation(ch *room) object {
	if ch.DM { // a direct message has fewer fields than other conversations
		return object{
			"id": ch.ID, "created": 0, "is_im": true, "is_archived": ch.Archived, "is_org_shared": false,
			"context_team_id": cs.cfg.TeamID, "user": ch.other(cs.cfg.BotUserID),
		}
	}
	return object{
		"id": ch.ID, "created": 0, "is_im": false, "is_mpim": ch.Multi, "is_channel": ch.kind() == "channels",
		"is_group":   ch.kind() == "groups",
		"is_private": ch.Private, "is_archived": ch.Archived, "context_team_id": cs.cfg.TeamID,
		"name": ch.Name, "name_normalized": ch.Name, "is_member": ch.has(cs.cfg.BotUserID),
	}
}

func (cs *conversations) conversationsMembers(r *request) (object, error) {
	ch, err := cs.visible(r.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	from, err := strconv.Atoi("0" + strings.TrimPrefix(r.str("cursor"), "at:"))
	if err != nil || from > len(ch.Members) {
		return nil, refuse("invalid_cursor")
	}
	limit, err := strconv.Atoi(r.str("limit"))
	if err != nil || limit <= 0 {
		limit = 100
	}
	to, next := min(from+limit, len(ch.Members)), ""
	if to < len(ch.Members) {
		next = "at:" + strconv.Itoa(to)
	}
	return object{"members": append([]string{}, ch.Members[from:to]...), "response_metadata": object{"next_cursor": next}},
		nil
}

// conversationsHistory answers with one page, newest message first, as Slack
// does.
func (cs *conversations) conversationsHistory(r *request) (object, error) {
	ch, err := cs.visible(r.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(cs.cfg.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	list := []object{}
	for _, m := range slices.Backward(ch.messages) {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			continue // a reply in a thread
		}
		if r.between(m.TS) {
			list = append(list, cs.wire(m))
		}
	}
	return object{"messages": list, "has_more": false}, nil
}

// between reports whether a timestamp is in the requested span. The ends are
// included only if the call says inclusive.
func (r *request) between(ts string) bool {
	oldest, latest := r.str("oldest"), r.str("latest")
	if r.flag("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || ts > oldest) && (latest == "" || ts < latest)
}

// conversationsReplies answers with one page, the parent message first.
func (cs *conversations) conversationsReplies(r *request) (object, error) {
	ch, err := cs.visible(r.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(cs.cfg.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	thread := ch.thread(r.str("ts"))
	if len(thread) == 0 {
		return nil, refuse("thread_not_found")
	}
	list := []object{}
	for _, m := range thread {
		list = append(list, cs.wire(m))
	}
	return object{"messages": list, "has_more": false}, nil
}

func (cs *conversations) conversationsOpen(r *request) (object, error) {
	ch, err := cs.openRoom(r)
	if err != nil {
		return nil, err
	}
	out := object{"id": ch.ID}
	if r.flag("return_im") {
		out = cs.conversation(ch)
	}
	return object{"channel": out}, nil
}

func (cs *conversations) openRoom(r *request) (*room, error) {
	if id := r.str("channel"); id != "" {
		ch, ok := cs.channels[id]
		if !ok || !(ch.DM || ch.Multi) {
			return nil, refuse("channel_not_found")
		}
		return ch, nil
	}
	var users []string
	for _, u := range strings.Split(r.str("users"), ",") {
		if u = strings.TrimSpace(u); u != "" {
			users = append(users, u)
		}
	}
	if len(users) == 0 {
		return nil, refuse("users_list_not_supplied")
	}
	scope := "im:write"
	if len(users) > 1 {
		scope = "mpim:write"
	}
	if err := cs.need(scope); err != nil {
		return nil, err
	}
	for _, id := range users {
		switch u, ok := cs.people.users[id]; {
		case !ok:
			return nil, refuse("user_not_found")
		case u.Deleted:
			return nil, refuse("user_disabled")
		case u.IsBot:
			return nil, refuse("cannot_dm_bot")
		}
	}
	if len(users) == 1 {
		return cs.directMessage(users[0]), nil
	}
	slices.Sort(users)
	id := "G" + strings.Join(users, "")
	if _, ok := cs.channels[id]; !ok {
		cs.channels[id] = &room{Channel: Channel{
			ID: id, Name: "mpdm", Members: append(users, cs.cfg.BotUserID), Multi: true, Private: true}}
	}
	return cs.channels[id], nil
}
