package slacksim

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// A draft is the content of a message before it is posted.
type draft struct {
	text        string
	blocks      []object
	hasBlocks   bool // true for an empty list too
	attached    bool
	metadata    object
	thread      string
	unfurlLinks bool
	unfurlMedia bool
}

func readDraft(r *request) (draft, error) {
	d := draft{text: r.str("text"), thread: r.str("thread_ts")}
	d.unfurlLinks = r.args["unfurl_links"] == nil || r.flag("unfurl_links")
	d.unfurlMedia = r.args["unfurl_media"] == nil || r.flag("unfurl_media")
	blocks, given, err := r.structure("blocks")
	if err != nil {
		return d, err
	}
	if given {
		if problems := validateBlocks(blocks); len(problems) > 0 {
			return d, invalidBlocks(problems)
		}
		d.hasBlocks, d.blocks = true, objects(blocks)
	}
	if _, d.attached, err = r.structure("attachments"); err != nil {
		return d, err
	}
	if d.metadata, err = readMetadata(r); err != nil {
		return d, err
	}
	if d.text == "" && len(d.blocks) == 0 && !d.attached {
		return d, refuse("no_text")
	}
	return d, nil
}

// readMessage reads a draft for the chat methods. They refuse blocks whose
// texts are too long together; a response URL accepts them.
func readMessage(r *request) (draft, error) {
	d, err := readDraft(r)
	if err != nil {
		return d, err
	}
	n := 0
	for _, b := range d.blocks {
		if b["type"] != "markdown" { // markdown blocks have their own limit, MaxMarkdownText
			n += textLength(b)
		}
	}
	if n > MaxBlocksText {
		return d, refuse("msg_blocks_too_long")
	}
	return d, nil
}

// textLength counts the characters of all texts inside a block.
func textLength(x any) (n int) {
	switch x := x.(type) {
	case []any:
		for _, item := range x {
			n += textLength(item)
		}
	case object:
		for key, value := range x {
			if s, ok := value.(string); ok && key == "text" {
				n += utf8.RuneCountInString(s)
			}
			n += textLength(value)
		}
	}
	return n
}

func readMetadata(r *request) (object, error) {
	x, given, err := r.structure("metadata")
	if err != nil || !given {
		return nil, err
	}
	m, ok := x.(object)
	_, payload := m["event_payload"].(object)
	if !ok || asString(m["event_type"]) == "" || !payload {
		return nil, refuse("invalid_metadata_format")
	}
	if b, _ := json.Marshal(m); len(b) > MaxMetadataSize {
		return nil, refuse("metadata_too_large")
	}
	return m, nil
}

// post adds a message from the bot to ch.
func (cs *conversations) post(ch *room, d draft) *Message {
	m := cs.write(ch.ID, cs.cfg.BotUserID, d)
	ch.messages = append(ch.messages, m)
	return m
}

// whisper shows user an ephemeral message from the bot. No history contains it.
func (cs *conversations) whisper(ch *room, user string, d draft) *Message {
	m := cs.write(ch.ID, cs.cfg.BotUserID, d)
	m.Ephemeral, m.To = true, user
	cs.hidden = append(cs.hidden, m)
	return m
}

func (cs *conversations) write(channel, author string, d draft) *Message {
	return &Message{
		Channel: channel, TS: cs.stamp(), ThreadTS: d.thread, User: author,
		Text: cutText(mutate(d.text, true)), Blocks: cs.identify(d.blocks), Metadata: d.metadata,
		UnfurlLinks: d.unfurlLinks, UnfurlMedia: d.unfurlMedia,
	}
}

func cutText(s string) string {
	if utf8.RuneCountInString(s) <= MaxMessageText {
		return s
	}
	return string([]rune(s)[:MaxMessageText])
}

// rewrite replaces a message's content. Text without blocks removes the blocks.
// Metadata that is not given stays.
func (cs *conversations) rewrite(m *Message, d draft) {
	m.History = append(m.History, Version{Text: m.Text, Blocks: m.Blocks, Until: cs.cfg.Now()})
	m.Edited++
	if d.text != "" || !d.hasBlocks {
		m.Text = mutate(d.text, true)
	}
	m.Blocks = cs.identify(d.blocks)
	if d.metadata != nil {
		m.Metadata = d.metadata
	}
}

// roomFor finds the conversation to post to by channel id, channel name, or
// user id for a direct message.
func (cs *conversations) roomFor(name string) (*room, error) {
	if ch, ok := cs.channels[name]; ok {
		return ch, nil
	}
	if u, ok := cs.people.users[name]; ok {
		if u.IsBot {
			return nil, refuse("cannot_dm_bot")
		}
		if u.Deleted {
			return nil, refuse("channel_not_found")
		}
		return cs.directMessage(name), nil
	}
	for _, ch := range cs.channels {
		if ch.Name != "" && ch.Name == strings.TrimPrefix(name, "#") {
			return ch, nil
		}
	}
	return nil, refuse("channel_not_found")
}

// mayPost returns a refusal if the bot cannot post in ch.
func (cs *conversations) mayPost(ch *room) error {
	switch {
	case !ch.has(cs.cfg.BotUserID) && ch.Private:
		return refuse("channel_not_found")
	case !ch.has(cs.cfg.BotUserID) && !slices.Contains(cs.cfg.Scopes, "chat:write.public"):
		return refuse("not_in_channel")
	case ch.Archived:
		return refuse("is_archived")
	}
	return nil
}

func (cs *conversations) chatPostMessage(r *request) (object, error) {
	ch, err := cs.roomFor(r.str("channel"))
	if err != nil {
		return nil, err
	}
	if err := cs.mayPost(ch); err != nil {
		return nil, err
	}
	d, err := readMessage(r)
	if err != nil {
		return nil, err
	}
	switch {
	case d.thread == "" || ch.find(d.thread) != nil:
	case slices.Contains(ch.deleted, d.thread):
		d.thread = "" // accepted, but shown in the channel
	default:
		return nil, refuse("thread_not_found")
	}
	m := cs.post(ch, d)
	return object{"channel": ch.ID, "ts": m.TS, "message": cs.wire(m)}, nil
}

func (cs *conversations) chatPostEphemeral(r *request) (object, error) {
	ch, ok := cs.channels[r.str("channel")]
	if !ok {
		return nil, refuse("channel_not_found")
	}
	if err := cs.mayPost(ch); err != nil {
		return nil, err
	}
	user := r.str("user")
	if u, ok := cs.people.users[user]; !ok || u.Deleted || !ch.has(user) {
		return nil, refuse("user_not_in_channel")
	}
	d, err := readMessage(r)
	if err != nil {
		return nil, err
	}
	m := cs.whisper(ch, user, d)
	return object{"message_ts": m.TS}, nil
}

// ownMessage finds a message that the bot may change. It does not find
// ephemerals, because no history contains them
// (docs.slack.dev/reference/methods/chat.postEphemeral).
func (cs *conversations) ownMessage(r *request, refused string) (*room, *Message, error) {
	ch, ok := cs.channels[r.str("channel")]
	if !ok || (ch.Private && !ch.has(cs.cfg.BotUserID)) {
		return nil, nil, refuse("channel_not_found")
	}
	m := ch.find(r.str("ts"))
	if m == nil {
		return nil, nil, refuse("message_not_found")
	}
	if m.User != cs.cfg.BotUserID {
		return nil, nil, refuse(refused)
	}
	return ch, m, nil
}

func (cs *conversations) chatUpdate(r *request) (object, error) {
	ch, m, err := cs.ownMessage(r, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, refuse("is_inactive")
	}
	if utf8.RuneCountInString(r.str("text")) > MaxUpdateText {
		return nil, refuse("msg_too_long")
	}
	d, err := readMessage(r)
	if err != nil {
		return nil, err
	}
	if hasRichText(m.Blocks) && d.hasBlocks && !hasRichText(d.blocks) {
		return nil, refuse("block_mismatch")
	}
	cs.rewrite(m, d)
	message := cs.wire(m)
	delete(message, "ts") // the answer has ts beside the message, not inside it
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": message}, nil
}

func hasRichText(blocks []object) bool {
	return slices.ContainsFunc(blocks, func(b object) bool { return b["type"] == "rich_text" })
}

func (cs *conversations) chatDelete(r *request) (object, error) {
	ch, m, err := cs.ownMessage(r, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	ch.remove(m)
	return object{"channel": ch.ID, "ts": m.TS}, nil
}

func (cs *conversations) chatGetPermalink(r *request) (object, error) {
	ch, ok := cs.channels[r.str("channel")]
	if !ok {
		return nil, refuse("channel_not_found")
	}
	m := ch.find(r.str("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	link := "https://" + cs.cfg.TeamDomain + ".slack.com/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	return object{"channel": ch.ID, "permalink": link}, nil
}
