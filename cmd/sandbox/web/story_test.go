package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/cmd/sandbox/script"
	"s3share/cmd/sandbox/world"
	"s3share/cmd/sandbox/worldtest"
)

// A story that is played on the page, taken as a script and replayed in a new
// world ends with the same grants, messages and policies.
func TestStoryReplays(t *testing.T) {
	t.Parallel()
	b, w := openPage(t)
	b.until("the bot is connected", func(s state) bool { return s.App.Connected })
	playStory(b)
	text := b.script()
	for _, want := range []string{
		"rita /s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly \\u007b3 x a} build &amp; &lt;test&gt;\n",
		"ada press Approve\n", "bob clicks Approve\n", "rita fills Bucket: two-keys-1\n", "rita submits -> ",
		"ada press Deny… of {grant 2}\n", "ada in #s3-admins /s3share end {grant 1} no longer needed\n", "\"S3Share{grant 3}\"", "aws lose * always\n", "aws heal\n",
		"kill\n", "start\n", "clock +8h\n", "rita opens home\n", "! can build/",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the script lacks %q", want)
		}
	}

	again := worldtest.Open(t, world.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 3*world.Patience)
	defer cancel()
	if err := script.New(again).Play(ctx, text, io.Discard); err != nil {
		t.Fatalf("%v\nthe script was\n%s", err, text)
	}
	first, second := outcome(w), outcome(again)
	for what, got := range second {
		if got != first[what] {
			t.Errorf("%s after the replay:\n%s\nand was:\n%s", what, got, first[what])
		}
	}
	if t.Failed() {
		t.Logf("the script was\n%s", text)
	}
}

// playStory has commands, a form with an error, a refusal, a denial, faults, a
// crash, a manual edit and the clock.
func playStory(b tab) {
	b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly {3 x a} build & <test>")
	b.card(1, "test.user").press("U0ADA", "approve")
	b.until("it is active", func(s state) bool { return states(s) == "active" && strings.Contains(textsIn(s, "D0RITA"), "until") })

	b.say("U0RITA", "C0BUILDS", "/s3share")
	if wrong := b.submit("U0RITA", map[string]string{"Bucket": "my-shared-bucket-20932", "Custom duration": "90d", "Reason": "two\nlines"}); wrong.FieldErrors == nil {
		b.t.Error("an incomplete form was submitted")
	}
	if wrong := b.submit("U0RITA", map[string]string{"Bucket": "two-keys-1", "Access level": "read", "IAM user or role": "build/other.user",
		"Custom duration": "2h", "Reason": "two\nlines, and 'quotes'"}); wrong.Error != "" {
		b.t.Fatal(wrong)
	}
	b.card(2, "other.user")
	b.say("U0RITA", "C0BUILDS", "/s3share request my-shared-bucket-20932/secrets read build/bobs.user 4h third")
	third := b.card(3, "bobs.user")
	b.say("U0EVE", "C0BUILDS", "I would like that, too")
	b.card(2, "other.user").press("U0ADA", "deny")
	if told := b.submit("U0ADA", map[string]string{"Reason": "not now"}); told.Error != "" {
		b.t.Fatal(told)
	}
	b.until("it is denied, and Rita is told", func(s state) bool {
		return states(s) == "active denied pending" && strings.Contains(textsIn(s, "D0RITA"), "not now")
	})

	b.post("bot", botCommand{"kill"})
	b.post("act", act{As: "U0BOB", Do: "press", Channel: "C0ADMIN", TS: third.TS, Block: third.block("approve"), Action: "approve"})
	b.post("bot", botCommand{"start"})
	b.until("the bot is back", func(s state) bool { return s.App.Connected })
	b.post("fault", disturbance{"aws", loses})
	third.press("U0ADA", "approve")
	b.until("it is applied", func(s state) bool { return strings.HasPrefix(states(s), "active denied a") })
	b.post("fault", disturbance{"aws", works})
	b.post("clock", clockMove{Minutes: 2})
	s := b.until("it is active", func(s state) bool { return states(s) == "active denied active" })

	policy := policyOf(s, "my-shared-bucket-20932")
	foreign := `"Statement": [{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-shared-bucket-20932/secret/*"},`
	b.post("policy", policyEdit{"my-shared-bucket-20932", strings.Replace(policy, `"Statement": [`, foreign, 1)})
	b.say("U0ADA", "C0ADMIN", "/s3share end "+s.Grants[2].ID+" no longer needed")
	b.until("it has ended", func(s state) bool { return states(s) == "ended denied active" })
	b.post("act", act{As: "U0RITA", Do: "open home"})
	b.until("her Home is there", func(s state) bool { return s.Homes["U0RITA"].ID != "" })
	b.post("clock", clockMove{Minutes: 480})
	b.until("all has ended", func(s state) bool { return states(s) == "ended denied ended" })
}

// script is the story so far.
func (b tab) script() string {
	b.t.Helper()
	status, text := b.send("GET", "api/script", "")
	if status != http.StatusOK {
		b.t.Fatalf("%d %s", status, text)
	}
	return text
}

// states are the grants' states, oldest first.
func states(s state) string {
	var all []string
	for _, g := range slices.Backward(s.Grants) {
		all = append(all, g.State)
	}
	return strings.Join(all, " ")
}

// A card is the message with the buttons for a request.
type card struct {
	message
	tab tab
}

// card waits for the card of a request: the nth grant is pending.
func (b tab) card(n int, text string) (c card) {
	b.t.Helper()
	b.until("there is a card of "+text, func(s state) bool {
		for _, in := range s.Channels {
			for _, m := range in.Messages {
				if in.ID == "C0ADMIN" && strings.Contains(m.Text, text) && strings.Contains(fmt.Sprint(m.Blocks), "approve") {
					c = card{m, b}
				}
			}
		}
		return c.TS != "" && len(s.Grants) >= n
	})
	return c
}

func (c card) block(action string) string {
	for _, one := range c.Blocks {
		if blockHas(one, action) {
			return one["block_id"].(string)
		}
	}
	return ""
}

func (c card) press(as, action string) {
	c.tab.t.Helper()
	if told := c.tab.post("act", act{As: as, Do: "press", Channel: c.Channel, TS: c.TS, Block: c.block(action), Action: action}); told.Error != "" {
		c.tab.t.Fatal(told.Error)
	}
}

// submit fills in the fields of the open form, by their labels, and submits it.
func (b tab) submit(as string, values map[string]string) acted {
	b.t.Helper()
	s := b.until("the form is open", func(s state) bool {
		return len(s.Views[as]) == 1 && strings.Contains(fmt.Sprint(s.Views[as][0].Blocks), "Reason")
	})
	v := s.Views[as][0]
	filled := map[string]any{}
	for _, block := range v.Blocks {
		label, _ := block["label"].(map[string]any)
		element, _ := block["element"].(map[string]any)
		name, _ := label["text"].(string)
		name, _, _ = strings.Cut(name, " (")
		value, given := values[name]
		if !given {
			continue
		}
		id, action := block["block_id"].(string), element["action_id"].(string)
		state := map[string]any{"type": element["type"], "value": value}
		if strings.HasSuffix(element["type"].(string), "select") {
			b.post("act", act{As: as, Do: "look up", View: v.ID, Block: id, Action: action, Text: value})
			state = map[string]any{"type": element["type"], "selected_option": b.option(as, v.ID, id, action, element, value)}
		}
		if block["dispatch_action"] == true {
			told := b.post("act", act{As: as, Do: "press", View: v.ID, Block: id, Action: action, State: asJSON(state)})
			if told.Error != "" {
				b.t.Fatal(name, told.Error)
			}
		}
		filled[id] = map[string]any{action: state}
	}
	return b.post("act", act{As: as, Do: "submit", View: v.ID, State: asJSON(filled)})
}

// option is the option of a menu with a label.
func (b tab) option(as, view, block, action string, element map[string]any, label string) map[string]any {
	b.t.Helper()
	if list, fixed := element["options"].([]any); fixed {
		for _, one := range list {
			o := one.(map[string]any)
			if o["text"].(map[string]any)["text"] == label {
				return o
			}
		}
	}
	found := b.post("act", act{As: as, Do: "look up", View: view, Block: block, Action: action, Text: label})
	for _, o := range found.Options {
		if o.Label == label {
			return map[string]any{"value": o.Value, "text": map[string]any{"type": "plain_text", "text": o.Label}}
		}
	}
	b.t.Fatalf("the menu %s has no option %q: %+v", block, label, found)
	return nil
}

func asJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func policyOf(s state, name string) string {
	for _, a := range s.Accounts {
		for _, one := range a.Buckets {
			if one.Name == name {
				return one.Policy
			}
		}
	}
	return ""
}

var (
	varying = regexp.MustCompile(`<!date\^[^>]*>|[0-9a-f]{64}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z|[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]+ UTC)?|[0-9]{2}:[0-9]{2}`)
	number  = regexp.MustCompile(`entry is number [0-9]+|--head [0-9]+`)
)

// outcome is what a replay must reach: the messages of each place without ids,
// dates and hashes, the states and the policies.
func outcome(w *world.World) map[string]string {
	plain := func(text string) string {
		for i, g := range w.Grants() {
			text = strings.ReplaceAll(text, g.ID, fmt.Sprint("GRANT", i+1))
		}
		return number.ReplaceAllString(varying.ReplaceAllString(text, "…"), "…")
	}
	all := map[string]string{"the states": fmt.Sprint(statesOf(w)), "the policy": plain(sorted(w.Owner().Policy("my-shared-bucket-20932")))}
	for _, c := range w.Slack.Channels() {
		var texts []string
		for _, m := range w.Slack.Messages(c.ID) {
			texts = append(texts, plain(m.Text))
		}
		slices.Sort(texts)
		all[c.Name+c.ID] = strings.Join(slices.Compact(texts), "\n") // a killed bot may send one twice
	}
	return all
}

func statesOf(w *world.World) (all []string) {
	for _, g := range w.Grants() {
		all = append(all, g.State)
	}
	return all
}

// sorted is JSON with its keys in order.
func sorted(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return string(asJSON(v))
}
