package slacksim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/sim/slacksim"
)

// repeat returns n copies of a JSON value, separated by commas.
func repeat(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

// xs is a text of n two-byte characters.
func xs(n int) string { return strings.Repeat("ä", n) }

func textJSON(kind string, n int) string { return `{"type":"` + kind + `","text":"` + xs(n) + `"}` }

func button(extra string) string {
	return `{"type":"button","text":{"type":"plain_text","text":"ok"}` + extra + `}`
}

func actions(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }

func choice(label, value int) string {
	return `{"text":` + textJSON("plain_text", label) + `,"value":"` + xs(value) + `"}`
}

func menu(options string) string {
	return actions(`{"type":"static_select","action_id":"m","options":[` + options + `]}`)
}

func confirming(title, text, yes, no int) string {
	return actions(button(`,"confirm":{"title":` + textJSON("plain_text", title) + `,"text":` + textJSON("mrkdwn", text) +
		`,"confirm":` + textJSON("plain_text", yes) + `,"deny":` + textJSON("plain_text", no) + `}`))
}

const cellJSON = `{"type":"raw_text","text":"x"}`

func cardJSON(title, subtitle, body int) string {
	return `{"type":"card","title":` + textJSON("mrkdwn", title) + `,"subtitle":` + textJSON("mrkdwn", subtitle) + `,"body":` + textJSON("mrkdwn", body) + `,"actions":[` + button("") + `]}`
}

const divider = `{"type":"divider"}`

// Slack's answers to blocks. Each invalid case follows the longest valid one.
// textInput is a text field that tells the app on some occasions.
func textInput(occasions string) string {
	return `{"type":"input","dispatch_action":true,"label":` + textJSON("plain_text", 1) + `,
		"element":{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":` + occasions + `}}}`
}

var blockRules = []struct {
	name   string
	blocks string // a JSON array without its brackets
	want   string // the last message without "[ERROR] "; "" if the blocks are valid
}{
	{"50 blocks", repeat(divider, 50), ""},
	{"51 blocks", repeat(divider, 51), "no more than 50 items allowed [json-pointer:/blocks]"},
	{"typing", textInput(`["on_character_entered","on_enter_pressed"]`), ""},
	{"typing, on nothing", textInput(`[]`), "no fewer than 1 items allowed [json-pointer:/blocks/0/element/dispatch_action_config/trigger_actions_on]"},
	{"typing, on anything", textInput(`["on_blur"]`), "must be a valid enum value [json-pointer:/blocks/0/element/dispatch_action_config/trigger_actions_on/0]"},
	{"not a block", `"x"`, "must provide an object [json-pointer:/blocks/0]"},
	{"unknown type", `{"type":"sektion"}`, "unsupported type: sektion [json-pointer:/blocks/0/type]"},
	{"alert in a message", `{"type":"alert"}`, "unsupported type: alert [json-pointer:/blocks/0/type]"},
	{"unknown property", `{"type":"divider","colour":"red"}`, "invalid additional property: colour [json-pointer:/blocks/0]"},
	{"block_id 255", `{"type":"divider","block_id":"` + xs(255) + `"}`, ""},
	{"block_id 256", `{"type":"divider","block_id":"` + xs(256) + `"}`, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
	{"block_id twice", repeat(`{"type":"divider","block_id":"a"}`, 2), "`block_id` a already exists [json-pointer:/blocks/1/block_id]"},

	{"section 3000", `{"type":"section","text":` + textJSON("mrkdwn", 3000) + `}`, ""},
	{"section 3001", `{"type":"section","text":` + textJSON("mrkdwn", 3001) + `}`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
	{"section of nothing", `{"type":"section"}`, "missing required field: text [json-pointer:/blocks/0]"},
	{"section with empty text", `{"type":"section","text":` + textJSON("mrkdwn", 0) + `}`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
	{"10 fields of 2000", `{"type":"section","fields":[` + repeat(textJSON("mrkdwn", 2000), 10) + `]}`, ""},
	{"11 fields", `{"type":"section","fields":[` + repeat(textJSON("mrkdwn", 1), 11) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
	{"a field of 2001", `{"type":"section","fields":[` + textJSON("mrkdwn", 2001) + `]}`, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
	{"input as accessory", `{"type":"section","text":` + textJSON("mrkdwn", 1) + `,"accessory":{"type":"plain_text_input"}}`, "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"},

	{"header 150", `{"type":"header","text":` + textJSON("plain_text", 150) + `}`, ""},
	{"header 151", `{"type":"header","text":` + textJSON("plain_text", 151) + `}`, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
	{"header in mrkdwn", `{"type":"header","text":` + textJSON("mrkdwn", 1) + `}`, "must be a valid enum value [json-pointer:/blocks/0/text/type]"},
	{"header without text", `{"type":"header"}`, "missing required field: text [json-pointer:/blocks/0]"},

	{"10 in a context", `{"type":"context","elements":[` + repeat(textJSON("mrkdwn", 1), 10) + `]}`, ""},
	{"11 in a context", `{"type":"context","elements":[` + repeat(textJSON("mrkdwn", 1), 11) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
	{"button in a context", `{"type":"context","elements":[` + button("") + `]}`, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},

	{"25 buttons", actions(repeat(button(""), 25)), ""},
	{"26 buttons", actions(repeat(button(""), 26)), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
	{"no button", actions(""), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"},
	{"button text 75", actions(`{"type":"button","text":` + textJSON("plain_text", 75) + `}`), ""},
	{"button text 76", actions(`{"type":"button","text":` + textJSON("plain_text", 76) + `}`), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
	{"button in mrkdwn", actions(`{"type":"button","text":` + textJSON("mrkdwn", 1) + `}`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/text/type]"},
	{"button value 2000", actions(button(`,"value":"` + xs(2000) + `"`)), ""},
	{"button value 2001", actions(button(`,"value":"` + xs(2001) + `"`)), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
	{"button url 3001", actions(button(`,"url":"` + xs(3001) + `"`)), "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]"},
	{"button style", actions(button(`,"style":"default"`)), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
	{"label for readers 76", actions(button(`,"accessibility_label":"` + xs(76) + `"`)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]"},
	{"action_id 256", actions(button(`,"action_id":"` + xs(256) + `"`)), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
	{"action_id twice", actions(repeat(button(`,"action_id":"a"`), 2)), "`action_id` a already exists [json-pointer:/blocks/0/elements/1/action_id]"},
	{"action_id in two blocks", repeat(actions(button(`,"action_id":"a"`)), 2), ""},

	{"confirm", confirming(100, 300, 30, 30), ""},
	{"confirm title 101", confirming(101, 1, 1, 1), "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]"},
	{"confirm text 301", confirming(1, 301, 1, 1), "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"},
	{"confirm yes 31", confirming(1, 1, 31, 1), "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]"},
	{"confirm no 31", confirming(1, 1, 1, 31), "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]"},

	{"100 options", menu(repeat(choice(75, 150), 100)), ""},
	{"101 options", menu(repeat(choice(1, 1), 101)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
	{"no option", menu(""), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"},
	{"option text 76", menu(choice(76, 1)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
	{"option value 151", menu(choice(1, 151)), "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]"},
	{"option in mrkdwn", menu(`{"text":` + textJSON("mrkdwn", 1) + `,"value":"x"}`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/options/0/text/type]"},
	{"radio in mrkdwn", actions(`{"type":"radio_buttons","options":[{"text":` + textJSON("mrkdwn", 1) + `,"value":"x"}]}`), ""},
	{"11 radio buttons", actions(`{"type":"radio_buttons","options":[` + repeat(choice(1, 1), 11) + `]}`), "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"},
	{"6 in an overflow", actions(`{"type":"overflow","options":[` + repeat(choice(1, 1), 6) + `]}`), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"},
	{"no options at all", actions(`{"type":"static_select"}`), "missing required field: options [json-pointer:/blocks/0/elements/0]"},
	{"initial is no option", actions(`{"type":"static_select","options":[` + choice(1, 1) + `],"initial_option":` + choice(1, 2) + `}`), "must be one of the options [json-pointer:/blocks/0/elements/0/initial_option]"},

	{"link in a menu", menu(`{"text":` + textJSON("plain_text", 1) + `,"value":"x","url":"https://x.example/"}`), "invalid additional property: url [json-pointer:/blocks/0/elements/0/options/0]"},
	{"link in an overflow", actions(`{"type":"overflow","options":[{"text":` + textJSON("plain_text", 1) + `,"value":"x","url":"https://x.example/"}]}`), ""},
	{"datetimepicker as accessory", `{"type":"section","text":` + textJSON("mrkdwn", 1) + `,"accessory":{"type":"datetimepicker"}}`, "unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]"},
	{"datepicker as accessory", `{"type":"section","text":` + textJSON("mrkdwn", 1) + `,"accessory":{"type":"datepicker"}}`, ""},

	{"table", `{"type":"table","rows":[[` + repeat(cellJSON, 20) + `]],"column_settings":[null,{"align":"right","is_wrapped":true}]}`, ""},
	{"table of 101 rows", `{"type":"table","rows":[` + repeat("["+cellJSON+"]", 101) + `]}`, "no more than 100 items allowed [json-pointer:/blocks/0/rows]"},
	{"table of 21 columns", `{"type":"table","rows":[[` + repeat(cellJSON, 21) + `]]}`, "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"},
	{"table of buttons", `{"type":"table","rows":[[` + button("") + `]]}`, "unsupported type: button [json-pointer:/blocks/0/rows/0/0/type]"},
	{"table with an empty cell", `{"type":"table","rows":[[{"type":"raw_text","text":""}]]}`, "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"},
	{"table aligned to the middle", `{"type":"table","rows":[[` + cellJSON + `]],"column_settings":[{"align":"middle"}]}`, "must be a valid enum value [json-pointer:/blocks/0/column_settings/0/align]"},
	{"data table", `{"type":"data_table","caption":"c","page_size":100,"rows":[[` + cellJSON + `],[{"type":"raw_number","value":1,"text":"1"}]]}`, ""},
	{"data table without caption", `{"type":"data_table","rows":[[` + cellJSON + `]]}`, "missing required field: caption [json-pointer:/blocks/0]"},
	{"data table with pages of 101", `{"type":"data_table","caption":"c","page_size":101,"rows":[[` + cellJSON + `]]}`, "must be less than 101 [json-pointer:/blocks/0/page_size]"},
	{"card", cardJSON(150, 150, 200), ""},
	{"card title 151", cardJSON(151, 1, 1), "must be less than 151 characters [json-pointer:/blocks/0/title/text]"},
	{"card subtitle 151", cardJSON(1, 151, 1), "must be less than 151 characters [json-pointer:/blocks/0/subtitle/text]"},
	{"card body 201", cardJSON(1, 1, 201), "must be less than 201 characters [json-pointer:/blocks/0/body/text]"},
	{"card of nothing", `{"type":"card"}`, "missing required field: title [json-pointer:/blocks/0]"},
	{"carousel of 10", `{"type":"carousel","elements":[` + repeat(cardJSON(1, 1, 1), 10) + `]}`, ""},
	{"carousel of 11", `{"type":"carousel","elements":[` + repeat(cardJSON(1, 1, 1), 11) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
	{"carousel of dividers", `{"type":"carousel","elements":[` + divider + `]}`, "unsupported type: divider [json-pointer:/blocks/0/elements/0/type]"},
	{"container", `{"type":"container","title":` + textJSON("plain_text", 150) + `,"child_blocks":[` + repeat(divider, 10) + `]}`, ""},
	{"container of 11", `{"type":"container","title":` + textJSON("plain_text", 1) + `,"child_blocks":[` + repeat(divider, 11) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/child_blocks]"},
	{"container title 151", `{"type":"container","title":` + textJSON("plain_text", 151) + `,"child_blocks":[` + divider + `]}`, "must be less than 151 characters [json-pointer:/blocks/0/title/text]"},
	{"container without title", `{"type":"container","child_blocks":[` + divider + `]}`, "missing required field: title [json-pointer:/blocks/0]"},
	{"container in a container", `{"type":"container","title":` + textJSON("plain_text", 1) + `,"child_blocks":[{"type":"container"}]}`, "unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]"},
	{"5 context actions", `{"type":"context_actions","elements":[` + repeat(`{"type":"icon_button","icon":"trash","text":`+textJSON("plain_text", 1)+`}`, 5) + `]}`, ""},
	{"6 context actions", `{"type":"context_actions","elements":[` + repeat(`{"type":"icon_button","icon":"trash","text":`+textJSON("plain_text", 1)+`}`, 6) + `]}`, "no more than 5 items allowed [json-pointer:/blocks/0/elements]"},
	{"feedback", `{"type":"context_actions","elements":[{"type":"feedback_buttons","positive_button":{"text":` + textJSON("plain_text", 1) + `,"value":"y"},"negative_button":{"text":` + textJSON("plain_text", 1) + `,"value":"n"}}]}`, ""},
	{"file", `{"type":"file","source":"remote","external_id":"x"}`, "unsupported type: file [json-pointer:/blocks/0/type]"},
	{"context text 3000", `{"type":"context","elements":[` + textJSON("mrkdwn", 3000) + `]}`, ""},
	{"context text 3001", `{"type":"context","elements":[` + textJSON("mrkdwn", 3001) + `]}`, "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/text]"},

	{"image without alt", `{"type":"image","image_url":"https://x/y.png"}`, "missing required field: alt_text [json-pointer:/blocks/0]"},
	{"markdown 12000", `{"type":"markdown","text":"` + xs(12000) + `"}`, ""},
	{"markdown 12001", `{"type":"markdown","text":"` + xs(12001) + `"}`, "must be less than 12001 characters [json-pointer:/blocks/0/text]"},
}

func TestBlockRules(t *testing.T) {
	_, b := newWorkspace(t, slacksim.Config{})
	for _, c := range blockRules {
		t.Run(c.name, func(t *testing.T) {
			if !json.Valid([]byte("[" + c.blocks + "]")) {
				t.Fatal("the test itself is not JSON")
			}
			got := call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[`+c.blocks+`]}`)
			if c.want == "" {
				if got["ok"] != true && got["error"] != "msg_blocks_too_long" { // each block is valid by itself
					t.Errorf("refused: %s", pretty(got))
				}
				return
			}
			messages, _ := at(got, "response_metadata/messages").([]any)
			if got["error"] != "invalid_blocks" || len(messages) == 0 || messages[len(messages)-1] != "[ERROR] "+c.want {
				t.Errorf("got %s\nwant %s", pretty(got), c.want)
			}
		})
	}
}

// Complete error bodies, as published in bug reports.
func TestErrorBodies(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	tooMany := call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","blocks":[`+repeat(divider, 51)+`]}`)
	if diff := cmp.Diff(map[string]any{
		"ok": false, "error": "invalid_blocks", "errors": []any{"no more than 50 items allowed [json-pointer:/blocks]"},
		"response_metadata": map[string]any{"messages": []any{"[ERROR] no more than 50 items allowed [json-pointer:/blocks]"}},
	}, tooMany); diff != "" {
		t.Errorf("playwright-slack-report#180 (-want +got):\n%s", diff)
	}
	field := call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","blocks":[{"type":"section","fields":[`+textJSON("mrkdwn", 2001)+`]}]}`)
	if diff := cmp.Diff([]any{
		"failed to match all allowed schemas [json-pointer:/blocks/0/fields/0]",
		"must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
	}, field["errors"]); diff != "" {
		t.Errorf("metabase#25704 (-want +got):\n%s", diff)
	}
	rejected := w.Rejected()
	if len(rejected) != 2 || rejected[0].Method != "chat.postMessage" || rejected[0].Error != "invalid_blocks" || !slices.Contains(rejected[0].Messages, "[ERROR] no more than 50 items allowed [json-pointer:/blocks]") {
		t.Errorf("rejected: %s", pretty(rejected))
	}
}

// Slack assigns missing block and action ids, and all block ids differ.
func TestIDsAreAssigned(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"x","blocks":[`+repeat(actions(button("")), 20)+`]}`)
	seen := map[string]bool{}
	for _, x := range w.Messages("C0ADMIN")[0].Buttons() {
		seen[x.BlockID] = true
		if x.ActionID == "" || x.BlockID == "" {
			t.Errorf("a button has no id: %+v", x)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d block ids for 20 blocks", len(seen))
	}
}

func TestPlain(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	call(t, b, "chat.postMessage", "xoxb-bot", js, `{"channel":"C0ADMIN","text":"fallback","blocks":[
		{"type":"header","text":{"type":"plain_text","text":"Access"}},
		{"type":"section","text":{"type":"mrkdwn","text":"*who*"},"fields":[{"type":"mrkdwn","text":"a"},{"type":"mrkdwn","text":"b"}]},
		{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"to "},{"type":"user","user_id":"U0ADA"}]}]},
		{"type":"context","elements":[{"type":"plain_text","text":"small"}]},`+
		strings.TrimSuffix(confirming(1, 1, 1, 1), "}")+`}]}`)
	m := w.Messages("C0ADMIN")[0]
	if diff := cmp.Diff("Access\n*who*\na\nb\nto <@U0ADA>\nsmall\nok", m.Plain()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ok, found := m.Button("ok"); !found || ok.Confirm != "ä\nä\nä\nä" {
		t.Errorf("button: %+v", ok)
	}
}
