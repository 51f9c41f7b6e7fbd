package slacksim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (w *Workspace) authTest(*request) (object, error) {
	return object{
		"url": "https://" + w.cfg.TeamDomain + ".slack.com/", "team": w.cfg.TeamName, "user": w.cfg.BotName,
		"team_id": w.cfg.TeamID, "user_id": w.cfg.BotUserID, "bot_id": w.cfg.BotID, "is_enterprise_install": false,
	}, nil
}

func (w *Workspace) teamInfo(*request) (object, error) {
	return object{"team": object{
		"id": w.cfg.TeamID, "name": w.cfg.TeamName, "domain": w.cfg.TeamDomain, "email_domain": "", "icon": object{},
	}}, nil
}

func (w *Workspace) botsInfo(r *request) (object, error) {
	if b := r.str("bot"); b != "" && b != w.cfg.BotID {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": object{
		"id": w.cfg.BotID, "deleted": false, "name": w.cfg.BotName, "updated": 0, "app_id": w.cfg.AppID,
		"user_id": w.cfg.BotUserID, "icons": object{},
	}}, nil
}

func (w *Workspace) usersInfo(r *request) (object, error) {
	u, ok := w.users[r.str("user")]
	if !ok {
		return nil, refuse("user_not_found")
	}
	return object{"user": w.profile(u)}, nil
}

func (w *Workspace) usersLookupByEmail(r *request) (object, error) {
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		u := w.users[id]
		if u.Email != "" && strings.EqualFold(u.Email, r.str("email")) && !u.Deleted {
			return object{"user": w.profile(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

// profile returns a user as in users.info. The email needs its own scope. A
// deactivated user has neither time zone nor role.
func (w *Workspace) profile(u *User) object {
	inner := object{"real_name": u.RealName, "display_name": u.Name, "real_name_normalized": u.RealName,
		"display_name_normalized": u.Name, "team": u.TeamID}
	if u.Email != "" && slices.Contains(w.cfg.Scopes, "users:read.email") {
		inner["email"] = u.Email
	}
	out := object{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"is_bot": u.IsBot, "is_app_user": false, "updated": 0, "profile": inner,
	}
	if u.Deleted {
		return out
	}
	if u.EnterpriseID != "" {
		out["enterprise_user"] = object{"id": u.ID, "enterprise_id": u.EnterpriseID, "enterprise_name": u.EnterpriseID,
			"is_admin": false, "is_owner": false, "is_primary_owner": false, "teams": u.Teams}
	}
	out["tz"], out["tz_label"], out["tz_offset"] = u.TZ, u.TZ, 0
	out["is_admin"], out["is_owner"], out["is_primary_owner"] = u.IsAdmin, false, false
	out["is_restricted"], out["is_ultra_restricted"] = u.IsRestricted || u.IsUltraRestricted, u.IsUltraRestricted
	if u.IsStranger {
		out["is_stranger"] = true
	}
	return out
}

func (w *Workspace) usergroupsUsersList(r *request) (object, error) {
	g, ok := w.groups[r.str("usergroup")]
	if !ok || (g.Disabled && !r.flag("include_disabled")) {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": append([]string{}, g.Users...)}, nil
}

func (w *Workspace) usergroupsList(r *request) (object, error) {
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		g := w.groups[id]
		if g.Disabled && !r.flag("include_disabled") {
			continue
		}
		deleted := 0
		if g.Disabled {
			deleted = int(w.cfg.Now().Unix())
		}
		out := object{
			"id": g.ID, "team_id": w.cfg.TeamID, "is_usergroup": true, "name": g.Handle, "handle": g.Handle,
			"description": "", "is_external": false, "date_delete": deleted, "user_count": len(g.Users),
		}
		if r.flag("include_users") {
			out["users"] = append([]string{}, g.Users...)
		}
		list = append(list, out)
	}
	return object{"usergroups": list}, nil
}

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
func (w *Workspace) visible(id, right string) (*room, error) {
	ch, ok := w.channels[id]
	if !ok || (ch.Private && !ch.has(w.cfg.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	return ch, w.need(ch.kind() + ":" + right)
}

func (w *Workspace) conversationsInfo(r *request) (object, error) {
	ch, err := w.visible(r.str("channel"), "read")
	if err != nil {
		return nil, err
	}
	out := w.conversation(ch)
	if r.flag("include_num_members") {
		out["num_members"] = len(ch.Members)
	}
	return object{"channel": out}, nil
}

func (w *Workspace) conversation(ch *room) object {
	if ch.DM { // a direct message has fewer fields than other conversations
		return object{
			"id": ch.ID, "created": 0, "is_im": true, "is_archived": ch.Archived, "is_org_shared": false,
			"context_team_id": w.cfg.TeamID, "user": w.other(ch),
		}
	}
	return object{
		"id": ch.ID, "created": 0, "is_im": false, "is_mpim": ch.Multi, "is_channel": ch.kind() == "channels",
		"is_group":   ch.kind() == "groups",
		"is_private": ch.Private, "is_archived": ch.Archived, "context_team_id": w.cfg.TeamID,
		"name": ch.Name, "name_normalized": ch.Name, "is_member": ch.has(w.cfg.BotUserID),
	}
}

func (w *Workspace) conversationsMembers(r *request) (object, error) {
	ch, err := w.visible(r.str("channel"), "read")
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
func (w *Workspace) conversationsHistory(r *request) (object, error) {
	ch, err := w.visible(r.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(w.cfg.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	list := []object{}
	for _, m := range slices.Backward(ch.messages) {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			continue // a reply in a thread
		}
		if r.between(m.TS) {
			list = append(list, w.wire(m))
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
func (w *Workspace) conversationsReplies(r *request) (object, error) {
	ch, err := w.visible(r.str("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(w.cfg.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	thread := ch.thread(r.str("ts"))
	if len(thread) == 0 {
		return nil, refuse("thread_not_found")
	}
	list := []object{}
	for _, m := range thread {
		list = append(list, w.wire(m))
	}
	return object{"messages": list, "has_more": false}, nil
}

func (w *Workspace) conversationsOpen(r *request) (object, error) {
	ch, err := w.openRoom(r)
	if err != nil {
		return nil, err
	}
	out := object{"id": ch.ID}
	if r.flag("return_im") {
		out = w.conversation(ch)
	}
	return object{"channel": out}, nil
}

func (w *Workspace) openRoom(r *request) (*room, error) {
	if id := r.str("channel"); id != "" {
		ch, ok := w.channels[id]
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
	if err := w.need(scope); err != nil {
		return nil, err
	}
	for _, id := range users {
		switch u, ok := w.users[id]; {
		case !ok:
			return nil, refuse("user_not_found")
		case u.Deleted:
			return nil, refuse("user_disabled")
		case u.IsBot:
			return nil, refuse("cannot_dm_bot")
		}
	}
	if len(users) == 1 {
		return w.directMessage(users[0]), nil
	}
	slices.Sort(users)
	id := "G" + strings.Join(users, "")
	if _, ok := w.channels[id]; !ok {
		w.channels[id] = &room{Channel: Channel{
			ID: id, Name: "mpdm", Members: append(users, w.cfg.BotUserID), Multi: true, Private: true}}
	}
	return w.channels[id], nil
}
