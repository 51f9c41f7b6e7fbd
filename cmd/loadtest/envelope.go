package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// responsePath is the path of all response URLs. The number of the command
// follows it.
const responsePath = "/commands/T0TEAM/"

// Slack's acts come from this many people, who ask for this many buckets and
// principals.
const (
	people     = 600
	buckets    = 200
	principals = 100
)

func person(n int) string    { return fmt.Sprintf("U0LOAD%d", n%people) }
func bucket(n int) string    { return fmt.Sprintf("my-shared-bucket-load-%d", n%buckets) }
func principal(n int) string { return fmt.Sprintf("load.user%d", n%principals) }

// requestText is the text of the nth command.
func requestText(n int) string {
	return fmt.Sprintf("request %s/builds read build/%s 8h nightly build needs %d fixtures", bucket(n), principal(n), n)
}

// commandFrame is the envelope of the nth command, with the fields that Slack
// sends (docs.slack.dev/interactivity/implementing-slash-commands).
func commandFrame(base string, n int, text string) []byte {
	user := person(n)
	return fmt.Appendf(nil, `{"envelope_id":%q,"type":"slash_commands","accepts_response_payload":true,"payload":{`+
		`"token":"verification-token","team_id":"T0TEAM","team_domain":"acme","channel_id":"C0BUILDS",`+
		`"channel_name":"builds","user_id":%q,"user_name":%q,"command":"/s3share","text":%q,"api_app_id":"A0APP",`+
		`"is_enterprise_install":"false","response_url":"%s%s%d","trigger_id":%q}}`,
		envelopeID(n), user, strings.ToLower(user), text, base, responsePath, n, trigger(n))
}

// trigger is a trigger_id in Slack's form.
func trigger(n int) string { return fmt.Sprintf("%013d.%012d.%032x", n, 735, n) }

func envelopeID(n int) string { return fmt.Sprintf("10adbeef-0000-4000-8000-%012x", n) }

func envelopeNumber(id string) (n int, ok bool) {
	hex, ok := strings.CutPrefix(id, "10adbeef-0000-4000-8000-")
	long, err := strconv.ParseInt(hex, 16, 64)
	return int(long), ok && err == nil
}

// A card is a posted message with an Approve button.
type card struct {
	Channel string
	TS      string
	message json.RawMessage
	block   string
	button  map[string]any
}

// readCard reads the answer of chat.postMessage.
func readCard(reply []byte) (c card, ok bool) {
	var posted struct {
		Channel, TS string
		Message     json.RawMessage
	}
	var m struct{ Blocks []map[string]any }
	if json.Unmarshal(reply, &posted) != nil || json.Unmarshal(posted.Message, &m) != nil {
		return c, false
	}
	for _, b := range m.Blocks {
		elements, _ := b["elements"].([]any)
		for _, e := range elements {
			button, isButton := e.(map[string]any)
			label, _ := button["text"].(map[string]any)
			if isButton && label["text"] == "Approve" {
				return card{posted.Channel, posted.TS, posted.Message, fmt.Sprint(b["block_id"]), button}, true
			}
		}
	}
	return c, false
}

// clickFrame is the envelope of a click on Approve
// (docs.slack.dev/reference/interaction-payloads/block_actions-payload).
func (c card) clickFrame(base string, n int, user string) []byte {
	type object = map[string]any
	action := object{"type": "button", "text": c.button["text"], "value": c.button["value"], "style": c.button["style"],
		"action_id": c.button["action_id"], "block_id": c.block, "action_ts": c.TS}
	frame, err := json.Marshal(object{
		"envelope_id": envelopeID(n), "type": "interactive", "accepts_response_payload": true,
		"payload": object{
			"type": "block_actions", "token": "verification-token", "api_app_id": "A0APP",
			"user":         object{"id": user, "username": user, "name": user, "team_id": "T0TEAM"},
			"team":         object{"id": "T0TEAM", "domain": "acme"},
			"container":    object{"type": "message", "message_ts": c.TS, "channel_id": c.Channel, "is_ephemeral": false},
			"channel":      object{"id": c.Channel, "name": "s3-admins"},
			"trigger_id":   trigger(n),
			"response_url": base + responsePath + strconv.Itoa(n),
			"message":      c.message, "state": object{"values": object{}}, "actions": []any{action},
		},
	})
	if err != nil {
		panic(err) // all values are JSON
	}
	return frame
}
