package slacksim_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

func label(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// modal is a form with one field, its reason.
func modal(title string) slack.ModalViewRequest {
	field := slack.NewPlainTextInputBlockElement(nil, "text")
	field.MaxLength = 10
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: label(title), Submit: label("Ask"), Close: label("Cancel"), CallbackID: "ask", PrivateMetadata: "secret",
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("reason", label("Reason"), nil, field)}},
	}
}

func TestTriggers(t *testing.T) {
	var later atomic.Int64
	w, b := newWorkspace(t, slacksim.Config{Now: func() time.Time { return time.Unix(1_800_000_000, later.Load()) }})
	open := func(trigger string) error { _, err := b.OpenView(trigger, modal("One")); return err }
	used := w.Trigger("U0RITA")
	if err := open(used); err != nil {
		t.Fatal(err)
	}
	old := w.Trigger("U0RITA")
	later.Add(int64(3*time.Second + 1))
	for trigger, want := range map[string]string{
		used: "exchanged_trigger_id", old: "expired_trigger_id",
		"1.2.ff": "invalid_trigger_id", "rubbish": "invalid_arguments",
	} {
		if err := open(trigger); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("trigger %s: %v, want %s", trigger, err, want)
		}
	}
	late := w.Trigger("U0RITA")
	later.Add(int64(3 * time.Second))
	if err := open(late); err != nil {
		t.Errorf("after exactly three seconds: %v", err)
	}
	// A refused view does not use up the trigger.
	fresh := w.Trigger("U0RITA")
	if _, err := b.OpenView(fresh, modal(strings.Repeat("x", 25))); err == nil {
		t.Error("a title of 25 characters was accepted")
	}
	if err := open(fresh); err != nil {
		t.Errorf("after a refused view: %v", err)
	}
}

func TestViewRules(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	title := `"title":` + textJSON("plain_text", 24)
	in := `{"type":"input","label":` + textJSON("plain_text", 1) + `,"element":{"type":"plain_text_input"}}`
	for _, c := range []struct{ name, view, want string }{
		{"100 blocks", `{"type":"modal",` + title + `,"blocks":[` + repeat(divider, 100) + `]}`, ""},
		{"101 blocks", `{"type":"modal",` + title + `,"blocks":[` + repeat(divider, 101) + `]}`, "no more than 100 items allowed [json-pointer:/view/blocks]"},
		{"title 25", `{"type":"modal","title":` + textJSON("plain_text", 25) + `,"blocks":[]}`, "must be less than 25 characters [json-pointer:/view/title/text]"},
		{"no title", `{"type":"modal","blocks":[]}`, "missing required field: title [json-pointer:/view]"},
		{"submit 25", `{"type":"modal",` + title + `,"submit":` + textJSON("plain_text", 25) + `,"blocks":[]}`, "must be less than 25 characters [json-pointer:/view/submit/text]"},
		{"close in mrkdwn", `{"type":"modal",` + title + `,"close":` + textJSON("mrkdwn", 1) + `,"blocks":[]}`, "must be a valid enum value [json-pointer:/view/close/type]"},
		{"private_metadata 3000", `{"type":"modal",` + title + `,"private_metadata":"` + xs(3000) + `","blocks":[]}`, ""},
		{"private_metadata 3001", `{"type":"modal",` + title + `,"private_metadata":"` + xs(3001) + `","blocks":[]}`, "must be less than 3001 characters [json-pointer:/view/private_metadata]"},
		{"callback_id 256", `{"type":"modal",` + title + `,"callback_id":"` + xs(256) + `","blocks":[]}`, "must be less than 256 characters [json-pointer:/view/callback_id]"},
		{"input without submit", `{"type":"modal",` + title + `,"blocks":[` + in + `]}`, "missing required field: submit [json-pointer:/view]"},
		{"input without label", `{"type":"modal",` + title + `,"submit":` + textJSON("plain_text", 1) + `,"blocks":[` + strings.Replace(in, "label", "hint", 1) + `]}`, "missing required field: label [json-pointer:/view/blocks/0]"},
		{"input without element", `{"type":"modal",` + title + `,"submit":` + textJSON("plain_text", 1) + `,"blocks":[{"type":"input","label":` + textJSON("plain_text", 1) + `}]}`, "missing required field: element [json-pointer:/view/blocks/0]"},
		{"button as input", `{"type":"modal",` + title + `,"submit":` + textJSON("plain_text", 1) + `,"blocks":[{"type":"input","label":` + textJSON("plain_text", 1) + `,"element":` + button("") + `}]}`, "unsupported type: button [json-pointer:/view/blocks/0/element/type]"},
		{"home as modal", `{"type":"home","blocks":[]}`, "missing required field: title [json-pointer:/view]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := call(t, b, "views.open", "xoxb-bot", js, `{"trigger_id":"`+w.Trigger("U0RITA")+`","view":`+c.view+`}`)
			if c.want == "" {
				if got["ok"] != true {
					t.Errorf("refused: %s", pretty(got))
				}
				return
			}
			text := pretty(at(got, "response_metadata/messages"))
			if got["error"] != "invalid_arguments" || !strings.Contains(text, c.want) || at(got, "response_metadata/messages/0") != "[ERROR] failed to match all allowed schemas [json-pointer:/view]" {
				t.Errorf("got %s\nwant %s", pretty(got), c.want)
			}
		})
	}
	big := `{"type":"modal",` + title + `,"blocks":[` + repeat(`{"type":"section","text":`+textJSON("mrkdwn", 3000)+`}`, 50) + `]}`
	if got := call(t, b, "views.open", "xoxb-bot", js, `{"trigger_id":"`+w.Trigger("U0RITA")+`","view":`+big+`}`); got["error"] != "view_too_large" {
		t.Errorf("a view of 300 kB: %v", got["error"])
	}
}

// All answers that an app can give to a submission.
func TestSubmission(t *testing.T) {
	other := modal("Two")
	for _, c := range []struct {
		name   string
		answer *slack.ViewSubmissionResponse
		titles []string // of the open modals afterwards, the topmost last
		sees   string
		fields map[string]string
	}{
		{"nothing", nil, nil, "", nil},
		{"clear", slack.NewClearViewSubmissionResponse(), nil, "", nil},
		{"update", slack.NewUpdateViewSubmissionResponse(&other), []string{"Two"}, "", nil},
		{"push", slack.NewPushViewSubmissionResponse(&other), []string{"One", "Two"}, "", nil},
		{"errors", slack.NewErrorsViewSubmissionResponse(map[string]string{"reason": "Say more."}), []string{"One"}, "Say more.", map[string]string{"reason": "Say more."}},
		{"errors of no field", slack.NewErrorsViewSubmissionResponse(map[string]string{"text": "x"}), []string{"One"}, "We had some trouble connecting. Try again?", nil},
		{"an invalid view", slack.NewUpdateViewSubmissionResponse(&slack.ModalViewRequest{Type: slack.VTModal}), []string{"One"}, "We had some trouble connecting. Try again?", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, b := newWorkspace(t, slacksim.Config{})
			b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
				if c.answer == nil {
					ackAll(sm, e)
					return
				}
				_ = sm.Ack(*e.Request, c.answer)
			})
			if _, err := b.OpenView(w.Trigger("U0RITA"), modal("One")); err != nil {
				t.Fatal(err)
			}
			d := w.As("U0RITA").Submit(t.Context(), *w.View("U0RITA"), map[string]string{"Reason": "because"})
			var titles []string
			for _, v := range w.ViewStack("U0RITA") {
				titles = append(titles, v.Title)
			}
			if !d.Acked || d.Error != c.sees || !cmp.Equal(c.titles, titles) || !cmp.Equal(c.fields, d.FieldErrors) {
				t.Errorf("open %v, delivery %s", titles, pretty(d))
			}
			hasFields(t, d.Payload, "token", "api_app_id", "trigger_id", "view/id", "view/hash", "view/root_view_id", "view/app_id", "view/bot_id", "view/blocks/0/label")
			wantFields(t, d.Payload, map[string]string{
				"type": "view_submission", "user/id": "U0RITA", "team/id": "T0TEAM", "view/type": "modal", "view/team_id": "T0TEAM",
				"view/callback_id": "ask", "view/private_metadata": "secret", "view/state/values/reason/text/value": "because",
				"view/state/values/reason/text/type": "plain_text_input", "view/title/text": "One",
			})
		})
	}
}

func TestSubmissionIsCheckedBeforeItIsSent(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{AckWithin: 20 * time.Millisecond})
	b.connect(t, w, func(*socketmode.Client, socketmode.Event) {})
	if _, err := b.OpenView(w.Trigger("U0RITA"), modal("One")); err != nil {
		t.Fatal(err)
	}
	rita, v := w.As("U0RITA"), *w.View("U0RITA")
	for _, c := range []struct {
		values map[string]string
		sees   string
	}{
		{nil, "Please complete this required field."},
		{map[string]string{"reason": strings.Repeat("x", 11)}, "Please enter no more than 10 characters."},
		{map[string]string{"colour": "red"}, "this view has no field colour"},
	} {
		if d := rita.Submit(t.Context(), v, c.values); d.EnvelopeID != "" || d.Error != c.sees {
			t.Errorf("%v: %s", c.values, pretty(d))
		}
	}
	if d := w.As("U0ADA").Submit(t.Context(), v, nil); d.EnvelopeID != "" || d.Error == "" {
		t.Errorf("ada submitted rita's form: %s", pretty(d))
	}
	d := rita.Submit(t.Context(), v, map[string]string{"text": "ok"})
	if d.EnvelopeID == "" || d.Acked || d.Error != "We had some trouble connecting. Try again?" || w.View("U0RITA") == nil {
		t.Errorf("without an ack: %s", pretty(d))
	}
}

func TestViewStack(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	withButton := modal("One")
	withButton.NotifyOnClose = true
	withButton.Blocks.BlockSet = append(withButton.Blocks.BlockSet, slack.NewActionBlock("more", slack.NewButtonBlockElement("more", "", label("More"))))
	first, err := b.OpenView(w.Trigger("U0RITA"), withButton)
	if err != nil {
		t.Fatal(err)
	}
	rita := w.As("U0RITA")
	if err := rita.Fill(*w.View("U0RITA"), map[string]string{"Reason": "typed"}); err != nil {
		t.Fatal(err)
	}
	press := func() string {
		d := rita.Press(t.Context(), *w.View("U0RITA"), "More")
		wantFields(t, d.Payload, map[string]string{"container/type": "view", "view/state/values/reason/text/value": "typed"})
		return d.TriggerID()
	}
	if _, err := b.PushView(w.Trigger("U0RITA"), withButton); err == nil || err.Error() != "not_found" {
		t.Errorf("pushing with a trigger from outside the modal: %v", err)
	}
	for i, want := range []string{"", "", "push_limit_reached"} {
		trigger := press()
		second, err := b.PushView(trigger, withButton)
		if (err == nil) != (want == "") || (err != nil && err.Error() != want) {
			t.Fatalf("push %d: %v, want %q", i+1, err, want)
		}
		if err == nil && second.RootViewID != first.ID {
			t.Errorf("push %d: root is %s", i+1, second.RootViewID)
		}
		if err == nil {
			_ = rita.Fill(*w.View("U0RITA"), map[string]string{"Reason": "typed"})
		}
	}
	d := rita.Close(t.Context(), *w.View("U0RITA"))
	if d.Payload["type"] != "view_closed" || !d.Acked || len(w.ViewStack("U0RITA")) != 2 {
		t.Errorf("closing: %s", pretty(d))
	}
}

func TestUpdateView(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	one := modal("One")
	one.ExternalID = "mine"
	v, err := b.OpenView(w.Trigger("U0RITA"), one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenView(w.Trigger("U0ADA"), one); err == nil || err.Error() != "duplicate_external_id" {
		t.Errorf("the same external_id twice: %v", err)
	}
	_ = w.As("U0RITA").Fill(*w.View("U0RITA"), map[string]string{"Reason": "typed"})
	if _, err := b.UpdateView(modal("Two"), "", "old", v.ID); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("with an old hash: %v", err)
	}
	if _, err := b.UpdateView(modal("Two"), "mine", v.Hash, ""); err != nil {
		t.Errorf("by external_id: %v", err)
	}
	now := w.View("U0RITA")
	if now.Title != "Two" || now.Hash == v.Hash || now.State["reason"]["text"]["value"] != "typed" {
		t.Errorf("after the update: %s", pretty(now))
	}
	w.As("U0RITA").Close(t.Context(), *now)
	if _, err := b.UpdateView(modal("Three"), "", "", v.ID); err == nil || err.Error() != "not_found" {
		t.Errorf("updating what was closed: %v", err)
	}
}

func TestHome(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Your grants", false, false), nil, slack.NewAccessory(slack.NewButtonBlockElement("new", "", label("New")))),
	}}}
	publish := func(hash *string) (*slack.ViewResponse, error) {
		return b.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: "U0RITA", View: home, Hash: hash})
	}
	v, err := publish(nil)
	if err != nil {
		t.Fatal(err)
	}
	rita := w.As("U0RITA")
	d := rita.OpenHome(t.Context())
	wantFields(t, d.Payload, map[string]string{
		"type": "event_callback", "event/type": "app_home_opened", "event/user": "U0RITA", "event/tab": "home", "event/view/id": v.ID,
	})
	hasFields(t, d.Payload, "event_id", "event_time", "event/channel", "authorizations/0/user_id")
	if !d.Acked || w.Home("U0RITA").Plain() != "Your grants\nNew" || w.View("U0RITA") != nil {
		t.Errorf("home: %s", pretty(w.Home("U0RITA")))
	}
	press := rita.Press(t.Context(), *w.Home("U0RITA"), "New")
	if press.Payload["response_url"] != nil || at(press.Payload, "view/type") != "home" || at(press.Payload, "container/view_id") != v.ID {
		t.Errorf("press: %s", pretty(press.Payload))
	}
	if _, err := b.OpenView(press.TriggerID(), modal("One")); err != nil {
		t.Error(err)
	}
	old := "0.0"
	if _, err := publish(&old); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("with an old hash: %v", err)
	}
}

func TestSelect(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[{"type":"actions","block_id":"b","elements":[
		{"type":"static_select","action_id":"term","options":[{"text":{"type":"plain_text","text":"8 hours"},"value":"8h"}]},
		{"type":"users_select","action_id":"who"},
		{"type":"checkboxes","action_id":"levels","options":[{"text":{"type":"mrkdwn","text":"read"},"value":"r"},{"text":{"type":"mrkdwn","text":"write"},"value":"w"}]}]}]}`)
	m, rita := w.Messages("C0ADMIN")[0], w.As("U0RITA")
	d := rita.Select(t.Context(), m, "term", "8 hours")
	wantFields(t, d.Payload, map[string]string{
		"actions/0/type": "static_select", "actions/0/selected_option/value": "8h", "state/values/b/term/selected_option/value": "8h",
	})
	d = rita.Select(t.Context(), m, "who", "U0ADA")
	wantFields(t, d.Payload, map[string]string{"actions/0/selected_user": "U0ADA"})
	d = rita.Select(t.Context(), m, "levels", "read, w")
	if got, _ := at(d.Payload, "actions/0/selected_options").([]any); len(got) != 2 {
		t.Errorf("checkboxes: %s", pretty(d.Payload))
	}
	if d := rita.Select(t.Context(), m, "term", "9 hours"); d.EnvelopeID != "" || d.Error != `there is no option "9 hours": there are 8 hours` {
		t.Errorf("what is no option: %s", pretty(d))
	}
}

// In payloads a Home view without a title has Slack's default title, which
// people do not see.
func TestHomeHasATitleOnTheWire(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	got := call(t, b, "views.publish", "xoxb-bot", js, `{"user_id":"U0RITA","view":{"type":"home","blocks":[]}}`)
	if at(got, "view/title/text") != "View Title" || w.Home("U0RITA").Title != "" {
		t.Errorf("answer %s, seen %q", pretty(got), w.Home("U0RITA").Title)
	}
}
