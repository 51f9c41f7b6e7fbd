package slacksim

import (
	"fmt"
	"slices"
)

// verificationToken is the deprecated token in payloads.
const verificationToken = "verification-token"

// slashPayload returns the payload of a slash command, or the problem that
// prevents sending it.
func (p Person) slashPayload(channel, command, text string) (payload object, problem string) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	u, ch, problem := p.present(channel)
	if problem != "" {
		return nil, problem
	}
	known := p.w.cfg.Commands == nil || slices.Contains(p.w.cfg.Commands, command)
	if !known || p.w.need("commands") != nil {
		return nil, fmt.Sprintf("%s is not a valid command.", command)
	}
	return object{
		"token": verificationToken, "team_id": p.w.cfg.TeamID, "team_domain": p.w.cfg.TeamDomain,
		"channel_id": ch.ID, "channel_name": ch.publicName(), "user_id": u.ID, "user_name": u.Name,
		"command": command, "text": text, "api_app_id": p.w.cfg.AppID, "is_enterprise_install": "false",
		"response_url": p.w.newResponseURL(ch.ID, u.ID, ""), "trigger_id": p.w.newTrigger(u.ID, ""),
	}, ""
}

// present finds the person and the channel, or a problem.
func (p Person) present(channel string) (u *User, ch *room, problem string) {
	u, ok := p.w.users[p.ID]
	switch {
	case !ok:
		return nil, nil, "there is no user " + p.ID
	case u.Deleted:
		return nil, nil, p.ID + " is deactivated"
	}
	ch, ok = p.w.channels[channel]
	if !ok || !ch.has(p.ID) {
		return nil, nil, p.ID + " is not in channel " + channel
	}
	return u, ch, ""
}

// interaction returns the fields that all interaction payloads share. The
// caller holds w.mu.
func (p Person) interaction(kind string) object {
	name, team := p.ID, p.w.cfg.TeamID
	if u, ok := p.w.users[p.ID]; ok {
		name, team = u.Name, u.TeamID
	}
	return object{
		"type": kind, "token": verificationToken, "api_app_id": p.w.cfg.AppID,
		"user":       object{"id": p.ID, "username": name, "name": name, "team_id": team},
		"team":       object{"id": p.w.cfg.TeamID, "domain": p.w.cfg.TeamDomain},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

// actionPayload returns the payload of block_actions, or the problem that
// prevents sending it.
func (p Person) actionPayload(s surface, action object) (payload object, problem string) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if u, ok := p.w.users[p.ID]; !ok || u.Deleted {
		return nil, p.ID + " is nobody here"
	}
	action["action_ts"] = p.w.stamp()
	payload = p.interaction("block_actions")
	payload["actions"] = []any{action}
	if s.view != nil {
		return payload, p.actOnView(payload, s.view)
	}
	return payload, p.actOnMessage(payload, s.message, action)
}

func (p Person) actOnMessage(payload object, m *Message, action object) (problem string) {
	ch, ok := p.w.channels[m.Channel]
	if !ok || (m.Ephemeral && m.To != p.ID) || !p.w.mayRead(ch, p.ID) {
		return p.ID + " cannot see this message"
	}
	container := object{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.Ephemeral}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"] = container
	payload["channel"] = p.w.channelRef(m.Channel)
	payload["trigger_id"] = p.w.newTrigger(p.ID, "")
	payload["response_url"] = p.w.newResponseURL(m.Channel, p.ID, m.TS)
	state := initialState(m.Blocks)
	if of := state[asString(action["block_id"])]; of[asString(action["action_id"])] != nil {
		name, _ := stateField(asString(action["type"]))
		of[asString(action["action_id"])] = object{"type": action["type"], name: action[name]}
	}
	payload["state"] = object{"values": state}
	if !m.Ephemeral { // the payload for an ephemeral has only the container
		payload["message"] = p.w.wire(m)
	}
	return ""
}

func (p Person) actOnView(payload object, seen *View) (problem string) {
	v, ok := p.w.views[seen.ID]
	if !ok || v.User != p.ID {
		return p.ID + " does not have this view open"
	}
	inModal := v.ID
	if v.Type == "home" {
		inModal = ""
	}
	payload["container"] = object{"type": "view", "view_id": v.ID}
	payload["view"] = p.w.viewWire(v)
	payload["trigger_id"] = p.w.newTrigger(p.ID, inModal)
	return ""
}

// shortcutPayload returns the payload of a shortcut. The shortcut is global if
// on is nil.
func (p Person) shortcutPayload(kind, callbackID string, on *Message) (payload object, problem string) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if u, ok := p.w.users[p.ID]; !ok || u.Deleted {
		return nil, p.ID + " is nobody here"
	}
	if p.w.need("commands") != nil {
		return nil, "the app has no shortcuts: it lacks the scope commands"
	}
	payload = p.interaction(kind)
	payload["callback_id"], payload["action_ts"] = callbackID, p.w.stamp()
	payload["trigger_id"] = p.w.newTrigger(p.ID, "")
	if on == nil {
		return payload, ""
	}
	ch, ok := p.w.channels[on.Channel]
	if !ok || on.Ephemeral || !p.w.mayRead(ch, p.ID) {
		return nil, p.ID + " cannot see this message"
	}
	payload["message_ts"], payload["message"] = on.TS, p.w.wire(on)
	payload["channel"] = p.w.channelRef(on.Channel)
	payload["response_url"] = p.w.newResponseURL(on.Channel, p.ID, on.TS)
	return payload, ""
}

// responseURLs creates a response URL for each conversation chosen in a field
// with response_url_enabled. The caller holds w.mu.
func (p Person) responseURLs(v *View) []any {
	out := []any{}
	interactive(v.Blocks, func(b, e object) {
		name, _ := stateField(asString(e["type"]))
		id, action := asString(b["block_id"]), asString(e["action_id"])
		chosen := asString(v.State[id][action][name])
		if e["response_url_enabled"] == true && chosen != "" {
			out = append(out, object{
				"block_id": id, "action_id": action, "channel_id": chosen, "response_url": p.w.newResponseURL(chosen, p.ID, "")})
		}
	})
	return out
}

// homePayload returns the event app_home_opened.
func (p Person) homePayload(tab string) object {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	now := p.w.cfg.Now()
	event := object{
		"type": "app_home_opened", "user": p.ID, "channel": p.w.directMessage(p.ID).ID, "tab": tab, "event_ts": p.w.stamp(),
	}
	if v, ok := p.w.views[p.w.homes[p.ID]]; ok && tab == "home" {
		event["view"] = p.w.viewWire(v)
	}
	return object{
		"token": verificationToken, "team_id": p.w.cfg.TeamID, "api_app_id": p.w.cfg.AppID, "type": "event_callback",
		"event": event, "event_id": "Ev" + p.w.id(upper, 10), "event_time": now.Unix(), "is_ext_shared_channel": false,
		"authorizations": []any{object{
			"enterprise_id": nil, "team_id": p.w.cfg.TeamID, "user_id": p.w.cfg.BotUserID, "is_bot": true,
			"is_enterprise_install": false,
		}},
	}
}
