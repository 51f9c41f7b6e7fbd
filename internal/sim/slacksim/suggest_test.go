package slacksim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

// pickers is a form with each type of element that has a value.
const pickers = `{"type":"modal","callback_id":"all","title":{"type":"plain_text","text":"All"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
{"type":"input","block_id":"text","label":{"type":"plain_text","text":"Text"},"element":{"type":"plain_text_input","action_id":"x","multiline":true}},
{"type":"input","block_id":"email","optional":true,"label":{"type":"plain_text","text":"Email"},"element":{"type":"email_text_input","action_id":"x"}},
{"type":"input","block_id":"url","optional":true,"label":{"type":"plain_text","text":"URL"},"element":{"type":"url_text_input","action_id":"x"}},
{"type":"input","block_id":"number","optional":true,"label":{"type":"plain_text","text":"Number"},"element":{"type":"number_input","action_id":"x","is_decimal_allowed":false,"min_value":"1","max_value":"90"}},
{"type":"input","block_id":"level","label":{"type":"plain_text","text":"Level"},"element":{"type":"static_select","action_id":"x","options":[
  {"text":{"type":"plain_text","text":"read, list"},"value":"read"},{"text":{"type":"plain_text","text":"write"},"value":"write"}]}},
{"type":"input","block_id":"levels","label":{"type":"plain_text","text":"Levels"},"element":{"type":"multi_static_select","action_id":"x","max_selected_items":2,"option_groups":[
  {"label":{"type":"plain_text","text":"few"},"options":[{"text":{"type":"plain_text","text":"one"},"value":"1"}]},
  {"label":{"type":"plain_text","text":"more"},"options":[{"text":{"type":"plain_text","text":"two"},"value":"2"},{"text":{"type":"plain_text","text":"three"},"value":"3"}]}]}},
{"type":"input","block_id":"bucket","label":{"type":"plain_text","text":"Bucket"},"element":{"type":"external_select","action_id":"x","min_query_length":2}},
{"type":"input","block_id":"who","label":{"type":"plain_text","text":"Who"},"element":{"type":"users_select","action_id":"x"}},
{"type":"input","block_id":"where","label":{"type":"plain_text","text":"Where"},"element":{"type":"conversations_select","action_id":"x"}},
{"type":"input","block_id":"date","label":{"type":"plain_text","text":"Date"},"element":{"type":"datepicker","action_id":"x"}},
{"type":"input","block_id":"time","label":{"type":"plain_text","text":"Time"},"element":{"type":"timepicker","action_id":"x"}},
{"type":"input","block_id":"at","label":{"type":"plain_text","text":"At"},"element":{"type":"datetimepicker","action_id":"x"}},
{"type":"input","block_id":"radio","label":{"type":"plain_text","text":"Radio"},"element":{"type":"radio_buttons","action_id":"x","options":[{"text":{"type":"mrkdwn","text":"yes"},"value":"y"},{"text":{"type":"mrkdwn","text":"no"},"value":"n"}]}},
{"type":"input","block_id":"boxes","optional":true,"label":{"type":"plain_text","text":"Boxes"},"element":{"type":"checkboxes","action_id":"x","options":[{"text":{"type":"mrkdwn","text":"a"},"value":"a"},{"text":{"type":"mrkdwn","text":"b"},"value":"b"}]}}]}`

func openView(t *testing.T, w *slacksim.Workspace, b *bot, view string) slacksim.View {
	t.Helper()
	if got := call(t, b, "views.open", "xoxb-bot", js, `{"trigger_id":"`+w.Trigger("U0RITA")+`","view":`+view+`}`); got["ok"] != true {
		t.Fatalf("opening: %s", pretty(got))
	}
	return *w.View("U0RITA")
}

// suggesting acks each event and offers two buckets to external menus.
func suggesting(sm *socketmode.Client, e socketmode.Event) {
	d, _ := e.Data.(slack.InteractionCallback)
	if d.Type != slack.InteractionTypeBlockSuggestion {
		ackAll(sm, e)
		return
	}
	_ = sm.Ack(*e.Request, map[string]any{"option_groups": []any{map[string]any{
		"label": label("nonprod"), "options": []any{
			map[string]any{"text": label("bucket " + d.Value), "value": "b-" + d.Value},
			map[string]any{"text": label("other"), "value": "other"},
		},
	}}})
}

// Any state that a web page sets in a field appears in the submission in
// Slack's form.
func TestSubmitState(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, suggesting)
	v := openView(t, w, b, pickers)
	rita := w.As("U0RITA")
	offered, d := rita.Suggest(t.Context(), v, "bucket", "x", "my")
	if diff := cmp.Diff([]slacksim.Option{{"nonprod", "bucket my", "b-my", ""}, {"nonprod", "other", "other", ""}}, offered); diff != "" || d.Error != "" {
		t.Fatalf("offered: %s %s", diff, d.Error)
	}
	wantFields(t, d.Payload, map[string]string{
		"type": "block_suggestion", "block_id": "bucket", "action_id": "x", "value": "my", "user/id": "U0RITA",
		"team/id": "T0TEAM", "container/type": "view", "container/view_id": v.ID, "view/id": v.ID, "view/callback_id": "all",
	})
	if d.TriggerID() != "" {
		t.Error("typing into a menu gives a trigger")
	}
	option := func(v string) map[string]any { return map[string]any{"value": v} }
	one := func(name string, v any) map[string]map[string]any { return map[string]map[string]any{"x": {name: v}} }
	good := map[string]map[string]map[string]any{
		"text": one("value", "a, b"), "email": one("value", "a@b.example"), "url": one("value", "https://x.example/"), "number": one("value", "7"),
		"level": one("selected_option", option("read")), "levels": one("selected_options", []any{option("1"), option("3")}),
		"bucket": one("selected_option", option("b-my")), "who": one("selected_user", "U0ADA"), "where": one("selected_conversation", "C0ADMIN"),
		"date": one("selected_date", "2027-01-31"), "time": one("selected_time", "17:05"), "at": one("selected_date_time", float64(1_800_000_000)),
		"radio": one("selected_option", option("n")), "boxes": one("selected_options", []any{}),
	}
	for _, c := range []struct {
		block string
		state map[string]map[string]any
		sees  string
	}{
		{"email", one("value", "nobody"), "Please enter a valid email address."},
		{"url", one("value", "x"), "Please enter a valid URL."},
		{"number", one("value", "1.5"), "Please enter a valid number."},
		{"number", one("value", "0"), "Please enter a number of at least 1."},
		{"number", one("value", "91"), "Please enter a number of at most 90."},
		{"level", one("selected_option", nil), "Please complete this required field."},
		{"level", one("selected_option", option("admin")), `there is no option "admin": there are read, list, write`},
		{"levels", one("selected_options", []any{option("1"), option("2"), option("3")}), "no more than 2 can be chosen"},
		{"bucket", one("selected_option", option("b-your")), `there is no option "b-your": there are bucket my, other`},
		{"date", one("selected_date", "31.1.2027"), `"31.1.2027" is not a date such as 2027-01-31`},
		{"time", one("selected_time", "5pm"), `"5pm" is not a time such as 17:05`},
		{"at", one("selected_date_time", 12), `"12" is not a time in seconds since 1970, of ten digits`},
		{"nowhere", one("value", "x"), "this view has no such field"},
	} {
		bad := map[string]map[string]map[string]any{}
		for k, s := range good {
			bad[k] = s
		}
		bad[c.block] = c.state
		if d := rita.SubmitState(t.Context(), v, bad); d.EnvelopeID != "" || d.Error != c.sees {
			t.Errorf("%s %v: sees %q, want %q", c.block, c.state, d.Error, c.sees)
		}
	}
	d = rita.SubmitState(t.Context(), v, good)
	if d.Error != "" || w.View("U0RITA") != nil {
		t.Fatalf("submission: %s", pretty(d))
	}
	values, _ := at(d.Payload, "view/state/values").(map[string]any)
	wantFields(t, values, map[string]string{
		"text/x/value": "a, b", "text/x/type": "plain_text_input", "number/x/value": "7", "level/x/selected_option/text/text": "read, list",
		"levels/x/selected_options/0/value": "1", "bucket/x/selected_option/text/text": "bucket my", "who/x/selected_user": "U0ADA",
		"where/x/selected_conversation": "C0ADMIN", "date/x/selected_date": "2027-01-31", "time/x/selected_time": "17:05", "radio/x/selected_option/value": "n",
	})
	if n, _ := at(values, "at/x/selected_date_time").(float64); n != 1_800_000_000 {
		t.Errorf("a datetimepicker holds a number, not %v", at(values, "at/x/selected_date_time"))
	}
	if boxes, ok := at(values, "boxes/x/selected_options").([]any); !ok || len(boxes) != 0 {
		t.Errorf("empty checkboxes hold %v", at(values, "boxes/x/selected_options"))
	}
}

// Values for external menus may be labels too: the menu is queried for the
// typed text.
func TestSubmitAsksExternalMenus(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, suggesting)
	v := openView(t, w, b, `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
		{"type":"input","block_id":"bucket","label":{"type":"plain_text","text":"Bucket"},"element":{"type":"multi_external_select","action_id":"x"}}]}`)
	d := w.As("U0RITA").Submit(t.Context(), v, map[string]string{"Bucket": "bucket mine, other"})
	if d.Error != `there is no option "bucket mine": there are bucket bucket mine, bucket other, other` {
		t.Errorf("sees %q", d.Error)
	}
	d = w.As("U0RITA").Submit(t.Context(), v, map[string]string{"Bucket": "other"})
	if d.Error != "" || at(d.Payload, "view/state/values/bucket/x/selected_options/0/value") != "other" {
		t.Errorf("submission: %s", pretty(d))
	}
}

func TestFailedSuggestions(t *testing.T) {
	for _, c := range []struct {
		name, ack, sees string
		asked           bool
		query           string
	}{
		{"too short a query", `{"options":[]}`, "", false, "ab"},
		{"none", `{"options":[]}`, "", true, "abc"},
		{"not acked", "", "This list could not be loaded.", true, "abc"},
		{"empty ack", `{}`, "This list could not be loaded.", true, "abc"},
		{"no value", `{"options":[{"text":{"type":"plain_text","text":"x"}}]}`, "This list could not be loaded.", true, "abc"},
		{"101 options", `{"options":[` + repeat(choice(1, 1), 101) + `]}`, "This list could not be loaded.", true, "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := slacksim.Config{}
			if c.ack == "" {
				cfg.AckWithin = 20 * time.Millisecond
			}
			w, b := newWorkspace(t, cfg)
			b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
				if c.ack != "" {
					_ = sm.Ack(*e.Request, rawJSON(c.ack))
				}
			})
			call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[{"type":"actions","block_id":"b","elements":[{"type":"external_select","action_id":"m"}]}]}`)
			offered, d := w.As("U0RITA").Suggest(t.Context(), w.Messages("C0ADMIN")[0], "b", "m", c.query)
			if d.Error != c.sees || len(offered) != 0 || (d.EnvelopeID != "") != c.asked {
				t.Errorf("offered %v, sees %q", offered, d.Error)
			}
			refused := slices.ContainsFunc(w.Rejected(), func(r slacksim.Rejection) bool { return r.Method == "block_suggestion" })
			if refused != (c.sees != "" && c.ack != "") {
				t.Errorf("rejected: %s", pretty(w.Rejected()))
			}
		})
	}
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// Each type of element is used in the place where it may occur.
func TestAct(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, suggesting)
	options := `"options":[` + choice(1, 1) + `,{"text":{"type":"plain_text","text":"two"},"value":"2"}]`
	call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[{"type":"actions","block_id":"b","elements":[
		{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"},"url":"https://x.example/","value":"v","confirm":{"title":{"type":"plain_text","text":"Sure?"},"text":{"type":"mrkdwn","text":"t"},"confirm":{"type":"plain_text","text":"Yes"},"deny":{"type":"plain_text","text":"No"}}},
		{"type":"overflow","action_id":"more",`+options+`},{"type":"external_select","action_id":"ext"},{"type":"radio_buttons","action_id":"radio",`+options+`},
		{"type":"datetimepicker","action_id":"at"},{"type":"multi_users_select","action_id":"people"}]}]}`)
	m, rita := w.Messages("C0ADMIN")[0], w.As("U0RITA")
	if _, d := rita.Suggest(t.Context(), m, "b", "ext", "abc"); at(d.Payload, "container/message_ts") != m.TS || at(d.Payload, "channel/id") != "C0ADMIN" || d.ResponseURL() != "" || d.Payload["state"] != nil {
		t.Errorf("suggestion from a message: %s", pretty(d.Payload))
	}
	for _, c := range []struct {
		action string
		state  map[string]any
		want   map[string]string
	}{
		{"go", nil, map[string]string{"type": "button", "value": "v", "url": "https://x.example/", "text/text": "Go", "confirm/title/text": "Sure?"}},
		{"more", map[string]any{"selected_option": map[string]any{"value": "2"}}, map[string]string{"type": "overflow", "selected_option/text/text": "two"}},
		{"ext", map[string]any{"selected_option": map[string]any{"value": "b-abc"}}, map[string]string{"type": "external_select", "selected_option/text/text": "bucket abc"}},
		{"radio", map[string]any{"selected_option": map[string]any{"value": "2"}}, map[string]string{"type": "radio_buttons", "selected_option/value": "2"}},
		{"people", map[string]any{"selected_users": []any{"U0ADA"}}, map[string]string{"type": "multi_users_select", "selected_users/0": "U0ADA"}},
	} {
		d := rita.Act(t.Context(), m, "b", c.action, c.state)
		if d.Error != "" || !d.Acked {
			t.Errorf("%s: %s", c.action, d.Error)
			continue
		}
		action, _ := at(d.Payload, "actions/0").(map[string]any)
		wantFields(t, action, c.want)
		hasFields(t, action, "action_id", "block_id", "action_ts")
	}
	d := rita.Act(t.Context(), m, "b", "at", map[string]any{"selected_date_time": 1_800_000_000})
	if n, _ := at(d.Payload, "actions/0/selected_date_time").(float64); n != 1_800_000_000 {
		t.Errorf("a datetimepicker: %s %s", d.Error, pretty(d.Payload["actions"]))
	}
	if d := rita.Act(t.Context(), m, "b", "none", nil); d.EnvelopeID != "" || d.Error != "there is no element none in block b" {
		t.Errorf("what is not there: %q", d.Error)
	}
}

// A field with dispatch_action tells the app at once. Other fields wait for the
// form.
func TestDispatchFromAForm(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	v := openView(t, w, b, `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
		{"type":"input","block_id":"a","dispatch_action":true,"label":{"type":"plain_text","text":"A"},"element":{"type":"plain_text_input","action_id":"x"}},
		{"type":"input","block_id":"b","label":{"type":"plain_text","text":"B"},"element":{"type":"plain_text_input","action_id":"x"}}]}`)
	rita := w.As("U0RITA")
	d := rita.Act(t.Context(), v, "a", "x", map[string]any{"value": "typed"})
	if at(d.Payload, "actions/0/value") != "typed" || at(d.Payload, "view/state/values/a/x/value") != "typed" {
		t.Errorf("dispatched: %s", pretty(d))
	}
	if d := rita.Act(t.Context(), v, "b", "x", map[string]any{"value": "quiet"}); d.EnvelopeID != "" || d.Error != "" {
		t.Errorf("not dispatched: %s", pretty(d))
	}
	if got := w.View("U0RITA").State["b"]["x"]["value"]; got != "quiet" {
		t.Errorf("the form holds %v", got)
	}
	if err := rita.FillState(v, map[string]map[string]map[string]any{"b": {"x": {"value": "other"}}}); err != nil || w.View("U0RITA").State["b"]["x"]["value"] != "other" {
		t.Errorf("filling: %v", err)
	}
}

func TestShortcuts(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	ch, ts, _ := b.PostMessage("C0ADMIN", says("card"))
	m, _ := w.Message(ch, ts)
	d := w.As("U0RITA").Shortcut(t.Context(), "ask")
	wantFields(t, d.Payload, map[string]string{"type": "shortcut", "callback_id": "ask", "user/id": "U0RITA"})
	if d.ResponseURL() != "" {
		t.Error("a global shortcut has no response URL")
	}
	if _, err := b.OpenView(d.TriggerID(), modal("One")); err != nil {
		t.Error(err)
	}
	d = w.As("U0RITA").MessageShortcut(t.Context(), m, "about")
	wantFields(t, d.Payload, map[string]string{"type": "message_action", "callback_id": "about", "message_ts": ts, "channel/id": ch, "message/text": "card"})
	hasFields(t, d.Payload, "response_url", "trigger_id")
	w.AddUser(slacksim.User{ID: "U0GUEST", IsRestricted: true})
	if d := w.As("U0GUEST").MessageShortcut(t.Context(), m, "about"); d.EnvelopeID != "" || d.Error != "U0GUEST cannot see this message" {
		t.Errorf("a guest: %s", pretty(d))
	}
	bare, _ := newWorkspace(t, slacksim.Config{Scopes: []string{"chat:write"}})
	if d := bare.As("U0RITA").Shortcut(t.Context(), "ask"); !strings.Contains(d.Error, "lacks the scope commands") {
		t.Errorf("without the scope: %q", d.Error)
	}
}

func TestAppHomeTabs(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	call(t, b, "views.publish", "xoxb-bot", js, `{"user_id":"U0RITA","view":{"type":"home","blocks":[]}}`)
	if d := w.As("U0RITA").OpenMessages(t.Context()); at(d.Payload, "event/tab") != "messages" || at(d.Payload, "event/view") != nil {
		t.Errorf("the messages tab: %s", pretty(d.Payload))
	}
	deaf, _ := newWorkspace(t, slacksim.Config{Events: []string{}})
	if d := deaf.As("U0RITA").OpenHome(t.Context()); d.EnvelopeID != "" || len(deaf.Deliveries()) != 0 {
		t.Errorf("an app that is not subscribed: %s", pretty(d))
	}
}

// The payload of a button in a thread names the thread, and a form may request
// a response URL.
func TestPayloadsNameTheirOrigin(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	ch, ts, _ := b.PostMessage("C0ADMIN", says("card"))
	_, reply, _ := b.PostMessage(ch, says("in the thread"), card("Approve"), slack.MsgOptionTS(ts))
	m, _ := w.Message(ch, reply)
	d := w.As("U0RITA").Press(t.Context(), m, "Approve")
	wantFields(t, d.Payload, map[string]string{"container/thread_ts": ts, "container/message_ts": reply, "message/thread_ts": ts})
	v := openView(t, w, b, `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
		{"type":"input","block_id":"where","label":{"type":"plain_text","text":"Where"},"element":{"type":"conversations_select","action_id":"x","response_url_enabled":true}}]}`)
	d = w.As("U0RITA").Submit(t.Context(), v, map[string]string{"Where": "C0ADMIN"})
	wantFields(t, d.Payload, map[string]string{"response_urls/0/channel_id": "C0ADMIN", "response_urls/0/block_id": "where", "response_urls/0/action_id": "x"})
	url, _ := at(d.Payload, "response_urls/0/response_url").(string)
	if got := respond(t, url, map[string]any{"text": "here", "response_type": "in_channel"}); got != "" || len(w.Messages(ch)) != 3 {
		t.Errorf("answering there: %q", got)
	}
}
