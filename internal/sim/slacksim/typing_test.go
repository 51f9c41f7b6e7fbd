package slacksim_test

import (
	"slices"
	"testing"

	"s3share/internal/sim/slacksim"
)

// A text field tells the app of each character, of Enter, or of neither, by its
// dispatch_action_config.
func TestTyping(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	const field = `"type":"input","label":{"type":"plain_text","text":"Folder"},"element":{"type":"plain_text_input","action_id":"x"`
	v := openView(t, w, b, `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
		{"block_id":"each","dispatch_action":true,`+field+`,"dispatch_action_config":{"trigger_actions_on":["on_character_entered"]}}},
		{"block_id":"enter","dispatch_action":true,`+field+`,"dispatch_action_config":{"trigger_actions_on":["on_enter_pressed"]}}},
		{"block_id":"plain","dispatch_action":true,`+field+`}},
		{"block_id":"quiet",`+field+`,"dispatch_action_config":{"trigger_actions_on":["on_character_entered"]}}}]}`)
	rita := w.As("U0RITA")
	for _, c := range []struct {
		block string
		want  []string // the texts that the app is sent
	}{
		{"each", []string{"b", "bü", "büi"}}, {"enter", nil}, {"plain", nil}, {"quiet", nil},
	} {
		before := len(w.Deliveries())
		d := rita.Type(t.Context(), v, c.block, "büi")
		var got []string
		for _, d := range w.Deliveries()[before:] {
			text, _ := at(d.Payload, "actions/0/value").(string)
			if at(d.Payload, "view/state/values/"+c.block+"/x/value") != text {
				t.Errorf("%s: the form's state differs: %s", c.block, pretty(d.Payload))
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) || d.Error != "" {
			t.Errorf("%s: the app is sent %q, %s", c.block, got, d.Error)
		}
		if got := w.View("U0RITA").State[c.block]["x"]["value"]; got != "büi" {
			t.Errorf("%s: the form holds %v", c.block, got)
		}
	}
	if d := rita.Type(t.Context(), v, "none", "x"); d.Error != `there is no text field "none"` {
		t.Errorf("a field that is not there: %q", d.Error)
	}
}

// An update of a view keeps the typed text of a field whose block_id and
// action_id stay, whatever the initial value of the update.
func TestTypingSurvivesAnUpdate(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, ackAll)
	view := func(block, initial string) string {
		return `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"Go"},"blocks":[
			{"type":"input","block_id":"` + block + `","label":{"type":"plain_text","text":"Folder"},"element":{"type":"plain_text_input","action_id":"x","initial_value":"` + initial + `"}}]}`
	}
	v := openView(t, w, b, view("a", "b"))
	w.As("U0RITA").Type(t.Context(), v, "a", "builds")
	for _, c := range []struct{ block, want string }{{"a", "builds"}, {"other", "bui"}} {
		call(t, b, "views.update", "xoxb-bot", js, `{"view_id":"`+v.ID+`","view":`+view(c.block, "bui")+`}`)
		if got := w.View("U0RITA").State[c.block]["x"]["value"]; got != c.want {
			t.Errorf("after an update of block %s the field holds %v", c.block, got)
		}
	}
}
