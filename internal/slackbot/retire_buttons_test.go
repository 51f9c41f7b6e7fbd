package slackbot

import (
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// offers returns the newest message to a person with a button.
func (o *office) offers(user, label string) slacksim.Message {
	o.t.Helper()
	var found slacksim.Message
	o.wait("a button "+label, func() bool {
		for _, m := range o.slack.DMs(user) {
			if _, has := m.Button(label); has {
				found = m
			}
		}
		return found.TS != ""
	})
	return found
}

// buttons returns the labels of the buttons in a person's direct messages.
func (o *office) buttons(user string) (labels []string) {
	for _, m := range o.slack.DMs(user) {
		for _, b := range m.Buttons() {
			labels = append(labels, b.Label)
		}
	}
	return labels
}

// The question about consent has no buttons after the answer. A "no" that is pressed hours later on
// an outdated message has no effect.
func TestDeclineAfterConsent(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request("request my-bucket/builds read build/test.user 8h for <@U0EVE> she is on the train")
		o.allowConsent(g.ID)
		question := o.offers("U0EVE", "Decline")
		if d := o.slack.As("U0EVE").Press(o.ctx, question, "Confirm"); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.shows("U0EVE", "You confirmed.")
		synctest.Wait()
		if left := o.buttons("U0EVE"); len(left) > 0 {
			t.Errorf("she is still offered %q", left)
		}
		o.apply(g.ID, grant.Check{})
		time.Sleep(3 * time.Hour)
		o.forge("U0EVE", question.Channel, question.TS, blocks.ActDecline, string(g.ID)+".0")
		o.shows("U0EVE", "You already confirmed this request. `/s3share cancel "+string(g.ID)+"` cancels it.")
		if g := o.get(g.ID); g.State != grant.Pending {
			t.Errorf("it is %s", g.State)
		}
	})
}

// A message that cannot be redrawn is left unchanged: at once if Slack refuses, after a while if it
// never answers. No message waits for it.
func TestButtonsThatCannotBeRemoved(t *testing.T) {
	for name, c := range map[string]struct {
		fault slacksim.Fault
		most  int // of the notices of the request and of the access
	}{
		"gone": {slacksim.Refuse("message_not_found"), 1 + 1},
		"busy": {slacksim.Refuse("internal_error"), 2 * 12},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, _ := o.pending(requestText)
				defer o.slack.Fault("chat.update", c.fault)()
				o.approve(g)
				o.confirm(g.ID)
				o.offers("U0RITA", "I'm done")
				o.ended(g.ID)
				o.shows("U0RITA", "Access ended: ")
				time.Sleep(100 * time.Hour)
				n := 0
				for _, call := range o.slack.Calls() {
					if channel, _ := call.Args["channel"].(string); call.Method == "chat.update" && channel == o.slack.DM("U0RITA") {
						n++
					}
				}
				if n == 0 || n > c.most {
					t.Errorf("it was tried %d times", n)
				}
			})
		})
	}
}
