package slacksim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"s3share/internal/sim/slacksim"
)

// The real client uploads a table as a file to a direct message.
func TestUploadToADirectMessage(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	dm, _, _, err := b.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0RITA"}})
	if err != nil {
		t.Fatal(err)
	}
	const csv = "grant,ends\nG1,17:02\n"
	f, err := b.UploadFile(slack.UploadFileParameters{
		Filename: "grants.csv", Title: "Grants", FileSize: len(csv), Content: csv, Channel: dm.ID, InitialComment: "Here they are.",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := w.DMs("U0RITA")
	if len(got) != 1 || got[0].Text != "Here they are." || len(got[0].Files) != 1 {
		t.Fatalf("the message: %s", pretty(got))
	}
	if file := got[0].Files[0]; string(file.Content) != csv || file.Name != "grants.csv" || file.Title != "Grants" || file.ID != f.ID {
		t.Errorf("the file: %+v", file)
	}
	history, err := b.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: dm.ID})
	if err != nil || len(history.Messages) != 1 || len(history.Messages[0].Files) != 1 || history.Messages[0].Files[0].Size != len(csv) {
		t.Errorf("history: %v %s", err, pretty(history))
	}
}

func TestRefusedUploads(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	begin := func() (id, url string) {
		got := call(t, b, "files.getUploadURLExternal", "xoxb-bot", form, "filename=a.csv&length=3")
		id, _ = got["file_id"].(string)
		url, _ = got["upload_url"].(string)
		return id, url
	}
	send := func(url, body string) string {
		resp, err := http.Post(url, "application/octet-stream", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return strings.TrimSpace(string(text))
	}
	complete := func(id, channel string) any {
		return call(t, b, "files.completeUploadExternal", "xoxb-bot", js, `{"files":[{"id":"`+id+`"}],"channel_id":"`+channel+`"}`)["error"]
	}
	id, url := begin()
	for _, c := range []struct{ what, got, want string }{
		{"too long", send(url, "abcd"), "length_mismatch"},
		{"elsewhere", send(b.url+"/upload/v1/none", "abc"), "no_such_upload"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if got := complete(id, "C0ADMIN"); got != "file_not_found" {
		t.Errorf("completing what was not sent: %v", got)
	}
	if got := send(url, "abc"); got != "OK - 3" {
		t.Errorf("sending: %q", got)
	}
	if got := send(url, "abc"); got != "no_such_upload" {
		t.Errorf("sending twice: %q", got)
	}
	for channel, want := range map[string]any{"U0RITA": "channel_not_found", "C0NONE": "channel_not_found"} {
		if got := complete(id, channel); got != want {
			t.Errorf("sharing in %s: %v, want %v", channel, got, want)
		}
	}
	if got := complete(id, "C0ADMIN"); got != nil || len(w.Messages("C0ADMIN")) != 1 {
		t.Errorf("sharing: %v", got)
	}
	if got := complete(id, "C0ADMIN"); got != "file_not_found" {
		t.Errorf("sharing twice: %v", got)
	}
	for _, body := range []string{"length=3", "filename=a", "filename=a&length=0"} {
		if got := call(t, b, "files.getUploadURLExternal", "xoxb-bot", form, body); got["error"] != "invalid_arguments" {
			t.Errorf("%s: %v", body, got)
		}
	}
	bare, c := newWorkspace(t, slacksim.Config{Scopes: []string{"chat:write"}})
	if got := call(t, c, "files.getUploadURLExternal", "xoxb-bot", form, "filename=a.csv&length=3"); got["needed"] != "files:write" {
		t.Errorf("without the scope: %v (%v)", got, bare.Rejected())
	}
}

func TestThreads(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	ch, ts, _ := b.PostMessage("C0ADMIN", says("card"))
	_, other, _ := b.PostMessage("C0ADMIN", says("another"))
	_, reply, err := b.PostMessage("C0ADMIN", says("approved"), slack.MsgOptionTS(ts))
	if err != nil {
		t.Fatal(err)
	}
	texts := func(of []slacksim.Message) string {
		var out []string
		for _, m := range of {
			out = append(out, m.Text)
		}
		return strings.Join(out, ", ")
	}
	if got := texts(w.Replies(ch, ts)); got != "card, approved" {
		t.Errorf("the thread: %s", got)
	}
	if m, _ := w.Message(ch, reply); m.ThreadTS != ts {
		t.Errorf("the reply hangs on %q", m.ThreadTS)
	}
	replies, _, _, err := b.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: ch, Timestamp: ts})
	if err != nil || len(replies) != 2 || replies[1].ThreadTimestamp != ts {
		t.Errorf("conversations.replies: %v %s", err, pretty(replies))
	}
	if p := replies[0]; p.ReplyCount != 1 || p.LatestReply != reply || p.ThreadTimestamp != ts || len(p.ReplyUsers) != 1 {
		t.Errorf("what the card shows of its thread: %s", pretty(p))
	}
	history, _ := b.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch})
	if len(history.Messages) != 2 || history.Messages[0].Timestamp != other {
		t.Errorf("the history holds replies: %s", pretty(history.Messages))
	}
	after, _ := b.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch, Oldest: ts})
	with, _ := b.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch, Oldest: ts, Inclusive: true})
	if len(after.Messages) != 1 || len(with.Messages) != 2 {
		t.Errorf("after the first: %d, with it: %d", len(after.Messages), len(with.Messages))
	}
	link, err := b.GetPermalink(&slack.PermalinkParameters{Channel: ch, Ts: ts})
	if want := "https://acme.slack.com/archives/C0ADMIN/p" + strings.ReplaceAll(ts, ".", ""); err != nil || link != want {
		t.Errorf("permalink: %v %s, want %s", err, link, want)
	}
	if got := call(t, b, "conversations.replies", "xoxb-bot", form, "channel="+ch+"&ts=1.1"); got["error"] != "thread_not_found" {
		t.Errorf("no such thread: %v", got)
	}
	hidden, _ := b.PostEphemeral("C0ADMIN", "U0RITA", says("psst"))
	w.Dismiss(w.Ephemerals("U0RITA")[0])
	if len(w.Ephemerals("U0RITA")) != 0 {
		t.Errorf("%s was dismissed and is there", hidden)
	}
}
