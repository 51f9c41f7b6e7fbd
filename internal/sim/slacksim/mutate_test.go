package slacksim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/sim/slacksim"
)

// Posted texts, and the texts that Slack returns.
func TestPostedTextIsMutated(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	for _, c := range []struct{ posted, kept string }{
		{"plain", "plain"},
		{"ä & ö", "ä &amp; ö"},
		{"a &amp; b &lt;!channel&gt;", "a &amp; b &lt;!channel&gt;"},
		{"a &nbsp; b", "a &amp;nbsp; b"},
		{"1 < 2 > 1", "1 &lt; 2 &gt; 1"},
		{"<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"},
		{"<@U0ADA> <!here> <!subteam^S0PLATFORM> <#C0ADMIN|s3-admins>", "<@U0ADA> <!here> <!subteam^S0PLATFORM> <#C0ADMIN|s3-admins>"},
		{"<@U0ADA|ada>", "<@U0ADA>"},
		{"<!date^1800000000^{time}|17:05>", "<!date^1800000000^{time}|17:05>"},
		{"see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."},
		{"<https://x.example/?a&b|here>", "<https://x.example/?a&amp;b|here>"},
		{"run `curl https://x.example/ > a` now", "run `curl https://x.example/ &gt; a` now"},
		{"http is a word", "http is a word"},
	} {
		if _, _, err := b.PostMessage("C0ADMIN", says(c.posted), section(c.posted)); err != nil {
			t.Fatal(err)
		}
		all := w.Messages("C0ADMIN")
		m := all[len(all)-1]
		if m.Text != c.kept || m.Plain() != c.kept {
			t.Errorf("%q came back as %q, in a block as %q, want %q", c.posted, m.Text, m.Plain(), c.kept)
		}
	}
}

// Slack fills in the fields that the app omitted, and does not link verbatim
// text.
func TestPostedBlocksAreFilledIn(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[
		{"type":"header","block_id":"h","text":{"type":"plain_text","text":"R & D"}},
		{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"https://x.example/","verbatim":true},"fields":[{"type":"mrkdwn","text":"f"}]},
		{"type":"table","block_id":"t","rows":[[{"type":"raw_text","text":"a < b"},{"type":"raw_number","value":1,"text":"1"}]]},
		{"type":"container","block_id":"c","title":{"type":"plain_text","text":"C","emoji":false},"child_blocks":[{"type":"divider"},
			{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]}]}`)
	m := w.Messages("C0ADMIN")[0]
	blocks := m.Blocks
	if diff := cmp.Diff([]map[string]any{
		{"type": "header", "block_id": "h", "text": map[string]any{"type": "plain_text", "text": "R & D", "emoji": true}},
		{
			"type": "section", "block_id": "s", "text": map[string]any{"type": "mrkdwn", "text": "https://x.example/", "verbatim": true},
			"fields": []any{map[string]any{"type": "mrkdwn", "text": "f", "verbatim": false}},
		},
	}, blocks[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := at(blocks[2]["rows"], "0/0/text"); got != "a < b" {
		t.Errorf("a cell reads %q", got)
	}
	if got := at(blocks[3], "title/emoji"); got != false {
		t.Errorf("emoji was false and is %v", got)
	}
	if got := at(blocks[3], "child_blocks/0/block_id"); got == nil {
		t.Error("a block in a container has no id")
	}
	b1, ok := m.Button("Go")
	if !ok || b1.BlockID == "" {
		t.Errorf("the button in the container: %+v", b1)
	}
}
