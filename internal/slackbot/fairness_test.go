package slackbot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// flood fills all places for Rita's requests: her answers do not get through.
func (o *office) flood() {
	o.t.Helper()
	rita := o.slack.As("U0RITA")
	for n := range mostUndone[laneRequests] {
		if d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", requestText); !d.Acked || len(d.Ack) > 0 {
			o.t.Fatalf("request %d: %+v", n, d)
		}
	}
	synctest.Wait()
}

// A flood of one person's requests is refused in the acknowledgement, without a call to Slack, and
// delays no decision of others. It outlasts a restart.
func TestFloodOfRequests(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		other, _ := o.pending("request my-other/builds read build/test.user 8h nightly")
		defer o.slack.Fault("response_url", slacksim.Delay(time.Hour))()
		o.flood()
		rita := o.slack.As("U0RITA")
		before := len(o.journal.Undone())
		d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", requestText)
		if text := fmt.Sprint(d.Ack["text"]); !d.Acked || !strings.Contains(text, "you already have 50 requests "+
			"and commands waiting for an answer") {
			t.Errorf("one too many: %v", d.Ack)
		}
		if again := o.slack.Redeliver(o.ctx, d.EnvelopeID); fmt.Sprint(again.Ack) != fmt.Sprint(d.Ack) {
			t.Errorf("a second delivery is acknowledged with %v", again.Ack)
		}
		if n := len(o.journal.Undone()); n != before {
			t.Errorf("%d acts are in the journal, before %d", n, before)
		}
		d = o.slack.As("U0EVE").Slash(o.ctx, "C0BUILDS", "/s3share", requestText)
		if text := fmt.Sprint(d.Ack["text"]); !d.Acked || text != "Received. 50 requests are before yours; I'll answer here." {
			t.Errorf("another's request: %+v", d)
		}
		if d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", "cancel "+string(g.ID)); !d.Acked || len(d.Ack) > 0 {
			t.Errorf("her own cancel: %+v", d)
		}
		began := time.Now()
		if d := o.slack.As("U0ADA").Press(o.ctx, o.cardOf(other.ID), "Approve"); !d.Acked {
			t.Errorf("another's click: %+v", d)
		}
		synctest.Wait()
		if a, b := o.get(g.ID).State, o.get(other.ID).State; a != grant.Cancelled || b != grant.Approved || time.Since(began) > time.Second {
			t.Errorf("they are %s and %s after %s", a, b, time.Since(began))
		}
		_ = card

		o.restart()
		if d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", requestText); !strings.Contains(fmt.Sprint(d.Ack["text"]), "you already have 50 requests") {
			t.Errorf("one too many after a restart: %v", d.Ack)
		}
	})
}

// cardOf returns the card with the approval buttons of a request.
func (o *office) cardOf(id grant.ID) (found slacksim.Message) {
	o.t.Helper()
	for _, m := range o.slack.Messages("C0ADMIN") {
		if _, has := m.Button("Approve"); has && strings.Contains(m.Plain(), string(id)) {
			found = m
		}
	}
	return found
}

// Buttons and forms count like commands. Over the limit, a button is acknowledged and refused by a
// message, and a form by an error that keeps the typed text.
func TestFloodCountsCommandsButtonsAndForms(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		view := o.openForm("U0RITA", o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", ""))
		behalf := o.request("request my-bucket/builds read build/test.user 8h for <@U0EVE> nightly")
		o.allowConsent(behalf.ID)
		question := o.shows("U0EVE", "on your behalf")
		heal := o.slack.Fault("response_url", slacksim.Delay(time.Hour))
		o.flood()
		eve := o.slack.As("U0EVE")
		for range mostUndone[laneRequests] {
			eve.Slash(o.ctx, "C0BUILDS", "/s3share", requestText)
		}
		synctest.Wait()
		before := len(o.journal.Undone())
		form := o.slack.As("U0RITA").Submit(o.ctx, view, map[string]string{"bucket": "my-bucket", "level": "read", "principal": "build/test.user", "term": "8h", "reason": "nightly"})
		if no := form.FieldErrors["reason"]; !form.Acked || !strings.Contains(no, "you already have 50 requests") {
			t.Errorf("a form: %+v", form)
		}
		consent := "Confirm"
		if d := eve.Press(o.ctx, question, consent); !d.Acked {
			t.Errorf("a button: %+v", d)
		}
		heal()
		o.shows("U0EVE", "you already have 50 requests and commands waiting for an answer")
		if n := len(o.journal.Undone()); n > before {
			t.Errorf("%d acts are in the journal, before %d", n, before)
		}
		if g := o.get(behalf.ID); !g.NeedsConsent() {
			t.Errorf("it is %s", g.State)
		}
	})
}

// gated is a preflight that answers about one grant when it is allowed to.
type gated struct {
	checks
	gate chan struct{}
	id   grant.ID
}

func (r gated) CheckApproval(ctx context.Context, g grant.Grant) (*grant.Findings, error) {
	if g.ID != r.id {
		return nil, nil
	}
	return patient{r.checks, r.gate}.CheckApproval(ctx, g)
}

// Clicks have a separate and higher limit. One person's clicks and reads neither refuse nor delay
// another person's click.
func TestFloodOfClicks(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		other, otherCard := o.pending("request my-other/builds read build/test.user 8h nightly")
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = gated{c.Preflight, gate, g.ID} })
		ada := o.slack.As("U0ADA")
		for n := range mostUndone[laneDecisions] {
			if d := ada.Press(o.ctx, card, "Approve"); !d.Acked {
				t.Fatalf("click %d: %+v", n, d)
			}
		}
		before := len(o.journal.Undone())
		if d := ada.Press(o.ctx, card, "Approve"); !d.Acked || before != mostUndone[laneDecisions] || len(o.journal.Undone()) != before {
			t.Errorf("one too many: %+v; %d acts, before %d", d, len(o.journal.Undone()), before)
		}
		o.shows("U0ADA", "you already have 200 clicks and commands waiting for an answer")
		if d := ada.Press(o.ctx, o.cardOf(other.ID), "Details"); !d.Acked {
			t.Errorf("a read: %+v", d)
		}
		began := time.Now()
		if d := o.slack.As("U0BOB").Press(o.ctx, otherCard, "Approve"); !d.Acked {
			t.Errorf("another's click: %+v", d)
		}
		synctest.Wait()
		if s := o.get(other.ID).State; s != grant.Approved || time.Since(began) > time.Second {
			t.Errorf("it is %s after %s", s, time.Since(began))
		}
		close(gate)
		synctest.Wait()
		if g := o.get(g.ID); g.State != grant.Approved || len(g.Decisions) != 1 {
			t.Errorf("it is %s by %d", g.State, len(g.Decisions))
		}
	})
}

// A flood of reads is refused in the acknowledgement, and leaves slots to others.
func TestFloodOfReads(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		defer o.slack.Fault("response_url", slacksim.Delay(time.Hour))()
		rita := o.slack.As("U0RITA")
		for range mostReads {
			rita.Slash(o.ctx, "C0BUILDS", "/s3share", "list")
		}
		if d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", "list"); !strings.Contains(fmt.Sprint(d.Ack["text"]), "you already have 50 clicks and commands waiting for an answer") {
			t.Errorf("one too many: %+v", d)
		}
		if d := rita.Slash(o.ctx, "C0BUILDS", "/s3share", requestText); !d.Acked || len(d.Ack) > 0 {
			t.Errorf("her request: %+v", d)
		}
		if d := o.slack.As("U0BOB").Press(o.ctx, card, "Details"); !d.Acked {
			t.Errorf("%+v", d)
		}
		o.wait("a modal", func() bool { return o.slack.View("U0BOB") != nil })
	})
}

// Each form is refused in its acknowledgement beside one of its fields.
func TestCrowdedForms(t *testing.T) {
	no := tooMany(commands.Request)
	for action, field := range map[string]string{blocks.RequestCallback: blocks.FieldReason, blocks.GlassCallback: blocks.FieldReason, blocks.ExtendCallback: blocks.FieldReason,
		blocks.NarrowCallback: blocks.FieldTerm, blocks.BulkCallback: blocks.BulkBlock, blocks.ActDeny: blocks.WhyBlock, blocks.ActRevoke: blocks.WhyBlock, blocks.ActReview: blocks.WhyBlock} {
		if got := crowdedForm(act{Action: action, View: "V"}, no); got.Errors[field] == "" {
			t.Errorf("%s: %+v", action, got)
		}
	}
	if got := crowdedForm(act{Action: blocks.DecisionCallback, Verb: commands.Deny}, no); got.Errors[blocks.FieldReason] == "" {
		t.Errorf("a typed no: %+v", got)
	}
	if got := crowdedForm(act{Action: blocks.DecisionCallback, Verb: commands.Approve}, no); got.ResponseAction != "update" || got.View == nil {
		t.Errorf("a typed yes: %+v", got)
	}
}
