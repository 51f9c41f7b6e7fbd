package slacksim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

func says(s string) slack.MsgOption { return slack.MsgOptionText(s, false) }

func section(s string) slack.MsgOption {
	return slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", s, false, false), nil, nil))
}

func card(label string) slack.MsgOption {
	return slack.MsgOptionBlocks(slack.NewActionBlock("decide", slack.NewButtonBlockElement("approve", "G1", slack.NewTextBlockObject("plain_text", label, false, false)).WithStyle("primary")))
}

func TestPostTargets(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	w.AddChannel("C0SECRET", "secret", "U0ADA")
	w.EditChannel("C0SECRET", func(c *slacksim.Channel) { c.Private, c.Members = true, []string{"U0ADA"} })
	w.AddChannel("C0OLD", "old")
	w.EditChannel("C0OLD", func(c *slacksim.Channel) { c.Archived = true })
	w.AddChannel("C0OTHER", "other")
	w.Leave("C0OTHER", "U0BOT")
	dm, _, _, err := b.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0RITA"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ to, goes, refused string }{
		{"C0ADMIN", "C0ADMIN", ""},
		{"#s3-admins", "C0ADMIN", ""},
		{"U0RITA", dm.ID, ""},
		{dm.ID, dm.ID, ""},
		{"C0NONE", "", "channel_not_found"},
		{"U0NONE", "", "channel_not_found"},
		{"C0SECRET", "", "channel_not_found"},
		{"C0OTHER", "", "not_in_channel"},
		{"C0OLD", "", "is_archived"},
		{"U0BOT", "", "cannot_dm_bot"},
	} {
		ch, _, err := b.PostMessage(c.to, says("x"))
		if ch != c.goes || (err == nil) != (c.refused == "") || (err != nil && err.Error() != c.refused) {
			t.Errorf("post to %s: went to %q, %v, want %q, %q", c.to, ch, err, c.goes, c.refused)
		}
	}
	if n := len(w.DMs("U0RITA")); n != 2 || w.DM("U0RITA") != dm.ID {
		t.Errorf("rita has %d direct messages, want 2", n)
	}
}

func TestOpenRefuses(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	w.AddUser(slacksim.User{ID: "U0GONE", Deleted: true})
	for user, want := range map[string]string{"U0NONE": "user_not_found", "U0GONE": "user_disabled", "U0BOT": "cannot_dm_bot"} {
		if _, _, _, err := b.OpenConversation(&slack.OpenConversationParameters{Users: []string{user}}); err == nil || err.Error() != want {
			t.Errorf("opening a conversation with %s: %v, want %s", user, err, want)
		}
	}
}

func TestPostKeepsItsContent(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	text := "a &amp; b &lt;!channel&gt;"
	_, first, err := b.PostMessage("C0ADMIN", says(text), section("*hi*"), slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "grant", EventPayload: map[string]any{"id": "G1"}}))
	if err != nil {
		t.Fatal(err)
	}
	_, second, _ := b.PostMessage("C0ADMIN", says("again"))
	if first != "1800000000.000000" || second <= first {
		t.Errorf("timestamps %s, %s", first, second)
	}
	m, _ := w.Message("C0ADMIN", first)
	payload, _ := m.Metadata["event_payload"].(map[string]any)
	if m.Text != text || m.User != "U0BOT" || m.Plain() != "*hi*" || payload["id"] != "G1" || m.UnfurlLinks || !m.UnfurlMedia {
		t.Errorf("kept: %s", pretty(m))
	}
	if id, _ := m.Blocks[0]["block_id"].(string); id == "" {
		t.Error("the block was given no block_id")
	}
}

func TestRefusedPosts(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for body, want := range map[string]string{
		`{"channel":"C0ADMIN"}`:                                                       "no_text",
		`{"channel":"C0ADMIN","text":"x","thread_ts":"1.2"}`:                          "thread_not_found",
		`{"channel":"C0ADMIN","text":"x","metadata":{"event_type":"x"}}`:              "invalid_metadata_format",
		`{"channel":"C0ADMIN","text":"x","blocks":"["}`:                               "invalid_blocks_format",
		`{"channel":"C0ADMIN","text":"x","blocks":[{"type":"nonsense"}]}`:             "invalid_blocks",
		`{"channel":"C0ADMIN","text":"x","metadata":` + bigMetadata + `}`:             "metadata_too_large",
		`{"channel":"C0ADMIN","blocks":[{"type":"header","text":{"type":"mrkdwn"}}]}`: "invalid_blocks",
	} {
		if got := call(t, b, "chat.postMessage", "xoxb-bot", js, body); got["error"] != want {
			t.Errorf("%.80s: %v, want %s", body, got["error"], want)
		}
	}
}

// Four sections of 2,900 characters are each valid, but too long together.
func TestBlocksTooLongTogether(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	long := slack.MsgOptionBlocks(slices.Repeat([]slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("x", 2900), false, false), nil, nil)}, 4)...)
	if _, _, err := b.PostMessage("C0ADMIN", says("x"), long); err == nil || err.Error() != "msg_blocks_too_long" {
		t.Errorf("posted: %v, want msg_blocks_too_long", err)
	}
	if _, err := b.PostEphemeral("C0ADMIN", "U0RITA", says("x"), long); err == nil || err.Error() != "msg_blocks_too_long" {
		t.Errorf("posted for one person: %v, want msg_blocks_too_long", err)
	}
	ch, ts, err := b.PostMessage("C0ADMIN", says("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.UpdateMessage(ch, ts, says("x"), long); err == nil || err.Error() != "msg_blocks_too_long" {
		t.Errorf("updated: %v, want msg_blocks_too_long", err)
	}
	if n := len(w.Messages("C0ADMIN")); n != 1 {
		t.Errorf("%d messages stand, want 1", n)
	}
}

var bigMetadata = `{"event_type":"x","event_payload":{"a":"` + strings.Repeat("x", 16_000) + `"}}`

func TestUpdate(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	ch, ts, _ := b.PostMessage("C0ADMIN", says("v1"), card("Approve"), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"id": "1"}}))
	update := func(channel, ts string, o ...slack.MsgOption) string {
		if _, _, _, err := b.UpdateMessage(channel, ts, o...); err != nil {
			return err.Error()
		}
		return ""
	}
	theirs := w.As("U0ADA").Say("C0ADMIN", "mine")
	hidden, err := b.PostEphemeral("C0ADMIN", "U0RITA", says("psst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, channel, ts, text, want string
	}{
		{"another author's", ch, theirs.TS, "x", "cant_update_message"},
		{"an ephemeral", ch, hidden, "x", "message_not_found"},
		{"nothing", ch, "1.1", "x", "message_not_found"},
		{"nowhere", "C0NONE", ts, "x", "channel_not_found"},
		{"by a person's id", "U0RITA", ts, "x", "channel_not_found"},
		{"too long", ch, ts, strings.Repeat("ä", 4001), "msg_too_long"},
		{"just fits", ch, ts, strings.Repeat("ä", 4000), ""},
	} {
		if got := update(c.channel, c.ts, says(c.text)); got != c.want {
			t.Errorf("updating %s: %q, want %q", c.what, got, c.want)
		}
	}
	m, _ := w.Message(ch, ts)
	if len(m.Blocks) != 0 || m.Metadata == nil {
		t.Errorf("text alone removes the blocks and keeps the metadata: %s", pretty(m))
	}
	if update(ch, ts, says("v3"), card("Deny")) != "" {
		t.Fatal("cannot update")
	}
	m, _ = w.Message(ch, ts)
	if m.Edited != 2 || len(m.History) != 2 || m.History[0].Text != "v1" || len(m.History[0].Blocks) != 1 || m.Buttons()[0].Label != "Deny" {
		t.Errorf("history: %s", pretty(m))
	}
	if _, _, err := b.DeleteMessage(ch, ts); err != nil || len(w.Messages(ch)) != 1 {
		t.Errorf("deleting: %v", err)
	}
	if _, _, err := b.DeleteMessage(ch, theirs.TS); err == nil || err.Error() != "cant_delete_message" {
		t.Errorf("deleting another author's message: %v", err)
	}
}

func TestRichTextStaysRichText(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	rich := slack.MsgOptionBlocks(slack.NewRichTextBlock("r", slack.NewRichTextSection(slack.NewRichTextSectionTextElement("x", nil))))
	ch, ts, err := b.PostMessage("C0ADMIN", rich)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := b.UpdateMessage(ch, ts, section("plain")); err == nil || err.Error() != "block_mismatch" {
		t.Errorf("rich text became a section: %v", err)
	}
}

func TestEphemeral(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	w.AddUser(slacksim.User{ID: "U0OUT"})
	if _, err := b.PostEphemeral("C0ADMIN", "U0RITA", says("psst")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.PostEphemeral("C0ADMIN", "U0OUT", says("psst")); err == nil || err.Error() != "user_not_in_channel" {
		t.Errorf("to a user outside the channel: %v", err)
	}
	if got := w.Ephemerals("U0RITA"); len(got) != 1 || got[0].Text != "psst" || !got[0].Ephemeral {
		t.Errorf("rita sees %s", pretty(got))
	}
	history, err := b.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0ADMIN"})
	if err != nil || len(history.Messages)+len(w.Messages("C0ADMIN"))+len(w.Ephemerals("U0ADA")) != 0 {
		t.Errorf("others see it: %v %s", err, pretty(history))
	}
}

// respond posts to a response URL and returns the error, or "" for ok.
func respond(t *testing.T, url string, body map[string]any) string {
	t.Helper()
	raw, _ := json.Marshal(body)
	resp, err := http.Post(url, js, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct{ Error string }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Error
}

func TestResponseURL(t *testing.T) {
	var later atomic.Int64
	w, b := newWorkspace(t, slacksim.Config{Now: func() time.Time { return time.Unix(1_800_000_000+later.Load(), 0) }})
	b.connect(t, w, ackAll)
	url := w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "").ResponseURL()
	if err := slack.PostWebhook(url, &slack.WebhookMessage{Text: "only you", ReplaceOriginal: true}); err != nil {
		t.Fatal(err)
	}
	if got := respond(t, url, map[string]any{"text": "all of you", "response_type": "in_channel"}); got != "" {
		t.Error(got)
	}
	if e, m := w.Ephemerals("U0RITA"), w.Messages("C0ADMIN"); len(e) != 1 || e[0].Text != "only you" || len(m) != 1 || m[0].Text != "all of you" {
		t.Errorf("ephemerals %s, messages %s", pretty(e), pretty(m))
	}
	for i, want := range []string{"", "", "", "used_url"} {
		if got := respond(t, url, map[string]any{"text": "more"}); got != want {
			t.Errorf("use %d: %q, want %q", i+3, got, want)
		}
	}
	url = w.ResponseURL("C0ADMIN", "U0RITA")
	later.Add(30*60 + 1)
	if got := respond(t, url, map[string]any{"text": "late"}); got != "expired_url" {
		t.Errorf("after half an hour: %q", got)
	}
	if got := respond(t, w.URL()+"/commands/T/1/x", map[string]any{"text": "made up"}); got == "" {
		t.Error("a made-up URL works")
	}
}

// An ephemeral can be changed or removed only through the response URL of a
// press on it.
func TestResponseURLOfAMessage(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	if _, err := b.PostEphemeral("C0ADMIN", "U0RITA", says("sure?"), card("Sure")); err != nil {
		t.Fatal(err)
	}
	if d := w.As("U0ADA").Press(t.Context(), w.Ephemerals("U0RITA")[0], "Sure"); d.EnvelopeID != "" || d.Error == "" {
		t.Errorf("ada pressed what only rita sees: %s", pretty(d))
	}
	d := w.As("U0RITA").Press(t.Context(), w.Ephemerals("U0RITA")[0], "Sure")
	if _, _, err := b.PostMessage("", slack.MsgOptionReplaceOriginal(d.ResponseURL()), says("done")); err != nil {
		t.Fatal(err)
	}
	if e := w.Ephemerals("U0RITA"); len(e) != 1 || e[0].Text != "done" || len(e[0].Blocks) != 0 {
		t.Errorf("after replacing: %s", pretty(e))
	}
	if got := respond(t, d.ResponseURL(), map[string]any{"delete_original": true}); got != "" || len(w.Ephemerals("U0RITA")) != 0 {
		t.Errorf("after deleting: %q", got)
	}
}

func TestAnswerInTheAck(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
		c, _ := e.Data.(slack.SlashCommand)
		_ = sm.Ack(*e.Request, map[string]any{"text": "you said " + c.Text})
	})
	w.As("U0RITA").Slash(t.Context(), "C0ADMIN", "/s3share", "<hi>")
	if e := w.Ephemerals("U0RITA"); len(e) != 1 || e[0].Text != "you said &lt;hi&gt;" {
		t.Errorf("rita sees %s", pretty(e))
	}
}

// Payloads have all fields that the documentation names.
func TestPayloads(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	ch, ts, _ := b.PostMessage("C0ADMIN", says("card"), card("Approve"))
	m, _ := w.Message(ch, ts)
	rita := w.As("U0RITA")

	slash := rita.Slash(t.Context(), "C0ADMIN", "/s3share", "list").Payload
	hasFields(t, slash, "token", "api_app_id", "is_enterprise_install", "response_url", "trigger_id")
	wantFields(t, slash, map[string]string{
		"team_id": "T0TEAM", "team_domain": "acme", "channel_id": "C0ADMIN", "channel_name": "s3-admins",
		"user_id": "U0RITA", "user_name": "rita", "command": "/s3share", "text": "list",
	})

	press := rita.Press(t.Context(), m, "approve").Payload
	hasFields(t, press, "token", "api_app_id", "trigger_id", "response_url", "state/values")
	wantFields(t, press, map[string]string{
		"type": "block_actions", "user/id": "U0RITA", "user/username": "rita", "user/name": "rita", "user/team_id": "T0TEAM",
		"team/id": "T0TEAM", "team/domain": "acme", "container/type": "message", "container/message_ts": ts, "container/channel_id": ch,
		"channel/id": ch, "channel/name": "s3-admins", "message/ts": ts, "message/text": "card", "message/user": "U0BOT",
		"actions/0/action_id": "approve", "actions/0/block_id": "decide", "actions/0/value": "G1", "actions/0/style": "primary",
		"actions/0/type": "button", "actions/0/text/text": "Approve",
	})
	hasFields(t, press, "actions/0/action_ts", "message/blocks/0/elements/0/action_id")

	if d := rita.Slash(t.Context(), w.DM("U0RITA"), "/s3share", ""); d.Payload["channel_name"] != "directmessage" {
		t.Errorf("in a direct message: %s", pretty(d.Payload))
	}
	if d := rita.Press(t.Context(), m, "Deny"); d.Error != `there is no button "Deny": there are Approve` {
		t.Errorf("pressing what is not there: %q", d.Error)
	}
	for _, s := range []slacksim.Delivery{rita.Shortcut(t.Context(), "open"), rita.MessageShortcut(t.Context(), m, "about")} {
		hasFields(t, s.Payload, "callback_id", "trigger_id", "action_ts", "user/id")
		if !s.Acked {
			t.Errorf("shortcut: %s", s.Error)
		}
	}
}

// at finds a value by a path of names and indexes.
func at(x any, path string) any {
	for _, step := range strings.Split(path, "/") {
		switch v := x.(type) {
		case map[string]any:
			x = v[step]
		case []any:
			if step != "0" || len(v) == 0 {
				return nil
			}
			x = v[0]
		default:
			return nil
		}
	}
	return x
}

func hasFields(t *testing.T, payload map[string]any, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if v := at(payload, p); v == nil || v == "" {
			t.Errorf("the payload has no %s: %s", p, pretty(payload))
		}
	}
}

func wantFields(t *testing.T, payload map[string]any, want map[string]string) {
	t.Helper()
	for p, v := range want {
		if got := at(payload, p); got != v {
			t.Errorf("the payload's %s is %v, want %s", p, got, v)
		}
	}
}
