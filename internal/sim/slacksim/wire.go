package slacksim

import "slices"

// wire returns the message as in API answers and interaction payloads.
func (cs *conversations) wire(m *Message) object {
	out := object{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text, "team": cs.cfg.TeamID}
	if m.User == cs.cfg.BotUserID {
		out["bot_id"], out["app_id"] = cs.cfg.BotID, cs.cfg.AppID
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
	if ch, ok := cs.channels[m.Channel]; ok && m.ThreadTS == "" {
		ch.threadFields(m, out)
	}
	if len(m.Files) > 0 {
		files := []object{}
		for _, f := range m.Files {
			files = append(files, f.wire(cs.cfg))
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
