package slackbot

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
)

// An unreadable form is replaced by a text; an unreadable click or shortcut is answered. Nothing is
// stored, and their text is not logged.
func TestUnreadableIsTold(t *testing.T) {
	const secret = "s3cret"
	form := func(callback, metadata string, state any) map[string]any {
		view := map[string]any{"id": "V9", "type": "modal", "callback_id": callback, "private_metadata": metadata}
		if state != nil {
			view["state"] = state
		}
		return map[string]any{"type": "view_submission", "view": view}
	}
	why := map[string]any{"values": map[string]any{"why": map[string]any{"reason": map[string]any{"type": "plain_text_input", "value": secret}}}}
	ticked := map[string]any{"values": map[string]any{"boxes0": map[string]any{"boxes0": map[string]any{"type": "checkboxes",
		"selected_options": []any{map[string]any{"value": secret}}}}}}
	press := func(action, value string) map[string]any {
		return map[string]any{"type": "block_actions", "channel": map[string]any{"id": "C0ADMIN"},
			"container": map[string]any{"type": "message", "channel_id": "C0ADMIN", "message_ts": "1.1"},
			"actions":   []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value}}}
	}
	inModal := press("x", secret)
	inModal["view"] = map[string]any{"type": "modal", "callback_id": "deny"}
	for name, c := range map[string]struct {
		payload map[string]any
		form    bool
		says    string
	}{
		"a form that is not known":        {form(secret, "{}", why), true, ""},
		"a form without a memory":         {form("deny", "", why), true, ""},
		"a form with half a memory":       {form("deny", `{"ID":"`+secret, why), true, ""},
		"a form of no grant":              {form("deny", "{}", why), true, ""},
		"a break-glass without a memory":  {form("glass", secret, why), true, ""},
		"a decision without a memory":     {form("decision", secret, why), true, ""},
		"a decision of no grant":          {form("decision", `{"Verb":"deny"}`, why), true, ""},
		"a decision that is none":         {form("decision", `{"Verb":"end","ID":"ABCDEFGH"}`, why), true, ""},
		"several that cannot be read":     {form("several", "", ticked), true, ""},
		"a form without its fields":       {form("request", "", nil), true, ""},
		"a break-glass without its field": {form("glass", "{}", nil), true, ""},
		"a button that is not known":      {press(secret, "ABCDEFGH.0"), false, "isn't one that I posted"},
		"a button without a grant":        {press("approve", secret), false, "isn't one that I posted"},
		"a button without a revision":     {press("deny", "ABCDEFGH."+secret), false, "isn't one that I posted"},
		"an unknown retry button":         {press("retry", secret), false, "doesn't count any more"},
		"no button": {map[string]any{"type": "block_actions", "actions": []any{}}, false, "couldn't " +
			"read"},
		"an action in a form": {inModal, false, "couldn't read"},
		"a shortcut that is not known": {map[string]any{"type": "shortcut", "callback_id": secret}, false, "couldn't " +
			"read"},
		"one on a message": {map[string]any{"type": "message_action", "callback_id": secret}, false, "couldn't " +
			"read"},
		"an interaction of a new kind": {map[string]any{"type": secret}, false, "couldn't read"},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				c.payload["user"] = map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}
				c.payload["token"] = "tok-" + secret
				d := o.slack.Inject(o.ctx, "interactive", c.payload)
				synctest.Wait()
				if !d.Acked || len(o.journal.Undone()) != 0 {
					t.Fatalf("acknowledged: %v, and %d acts are kept", d.Acked, len(o.journal.Undone()))
				}
				if !c.form {
					o.shows("U0ADA", c.says)
				} else if ack, _ := json.Marshal(d.Ack); d.Ack["response_action"] != "update" || !strings.Contains(string(ack), "Nothing was submitted: I can't read this form") {
					t.Errorf("the ack is %s", ack)
				}
				if strings.Contains(o.log.String(), secret) {
					t.Error("its text is in the log")
				}
				if name != "an unknown retry button" && !strings.Contains(o.log.String(), "an interaction cannot be read") {
					t.Error("it is not logged")
				}
			})
		})
	}
}

// An unknown menu gets an empty list of options, and is logged.
func TestUnknownMenuIsLogged(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		d := o.slack.Inject(o.ctx, "interactive", map[string]any{"type": "block_suggestion", "action_id": "s3cret", "value": "s3cret",
			"user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}})
		synctest.Wait()
		if options, ok := d.Ack["options"].([]any); !d.Acked || !ok || len(options) != 0 {
			t.Errorf("the ack is %v", d.Ack)
		}
		if log := o.log.String(); !strings.Contains(log, "a menu that is not known") || strings.Contains(log, "s3cret") {
			t.Error("it is not logged, or with its text")
		}
	})
}
