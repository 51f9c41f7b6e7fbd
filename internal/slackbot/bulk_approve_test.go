package slackbot

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// tick ticks boxes of a person's modal, by grant, and submits it.
func (o *office) tick(who string, ids ...grant.ID) slacksim.Delivery {
	o.t.Helper()
	var ticked []any
	for _, g := range o.all() {
		if slices.Contains(ids, g.ID) {
			ticked = append(ticked, map[string]any{"text": map[string]any{"type": "plain_text", "text": string(g.ID) + " test.user on " + g.Bucket.Name}, "value": blocks.Value(g)})
		}
	}
	state := map[string]map[string]map[string]any{"boxes0": {"boxes0": {"type": "checkboxes", "selected_options": ticked}}}
	return o.slack.As(who).SubmitState(o.ctx, *o.slack.View(who), state)
}

// A bulk approval from the Home decides each item by its own record at the shown revision, and
// reports failures with their reasons.
func TestBulkApproval(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		one, _ := o.pending(requestText)
		two, _ := o.pending("request two-keys/builds read build/test.user 8h nightly")
		three, _ := o.pending("request my-bucket/other read build/test.user 1h other")
		broad, _ := o.pending("request my-bucket write build/test.user 1h everything")
		ada := o.slack.As("U0ADA")
		ada.OpenHome(o.ctx)
		o.wait("her Home", func() bool {
			v := o.slack.Home("U0ADA")
			return v != nil && strings.Contains(v.Plain(), "Waiting for your decision (4)")
		})
		v := o.openForm("U0ADA", ada.Press(o.ctx, *o.slack.Home("U0ADA"), "Approve several…"))
		contains(t, v.Plain(), "`"+string(one.ID)+"` <@U0RITA> requests read access: test.user → s3://my-bucket/builds/ for 8h")
		contains(t, v.Plain(), "Reason: nightly build")
		contains(t, v.Plain(), "1 more on their own cards: they allow writes")
		if strings.Contains(v.Plain(), string(broad.ID)) {
			t.Error("what is broad can be ticked")
		}
		if d := o.tick("U0ADA"); !strings.HasPrefix(d.FieldErrors["boxes0"], "Nothing is ticked. Tick the requests to approve") {
			t.Errorf("without a tick: %v", d.FieldErrors)
		}
		// Meanwhile Bob denies one of them.
		o.waitForCard(three.ID)
		if d := o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(three.ID)+" no"); d.Error != "" {
			t.Fatal(d.Error)
		}
		synctest.Wait()
		if d := o.tick("U0ADA", one.ID, two.ID, three.ID); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		m := o.shows("U0ADA", "Approved 1 of 3: `"+string(one.ID)+"`.")
		contains(t, m.Plain(), "Approved, and more approvals are needed: `"+string(two.ID)+"`.")
		contains(t, m.Plain(), "`"+string(three.ID)+"` — This request was already denied (by <@U0BOB>; ")
		for id, want := range map[grant.ID]grant.State{one.ID: grant.Approved, two.ID: grant.Pending, three.ID: grant.Denied, broad.ID: grant.Pending} {
			if g := o.get(id); g.State != want {
				t.Errorf("%s is %s, want %s", id, g.State, want)
			}
		}
		if o.slack.View("U0ADA") != nil {
			t.Error("the modal is still open")
		}
	})
}

// If a bulk approval is interrupted and replayed too late, the items that were done count, and the
// others are not started.
func TestInterruptedBulkApproval(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		one, _ := o.pending(requestText)
		two, _ := o.pending("request my-other/builds read build/test.user 8h nightly")
		a := act{Verb: commands.ApproveSeveral, Team: "T0TEAM", User: "U0ADA", At: time.Now(), Trigger: "9",
			Picks: []pick{{one.ID, one.Revision}, {two.ID, two.Revision}}}
		if out := o.bot.worker.performer.approveOne(o.ctx, a, a.Picks[0]); out.Failure != nil {
			t.Fatal(out.Failure)
		}
		time.Sleep(commands.ActLasts + time.Minute)
		if out := o.bot.worker.performer.approveOne(o.ctx, a, a.Picks[0]); out.Failure != nil {
			t.Errorf("what was done is refused: %v", out.Failure)
		}
		if out := o.bot.worker.performer.approveOne(o.ctx, a, a.Picks[1]); out.Failure == nil || o.get(two.ID).State != grant.Pending {
			t.Errorf("what was not done: %+v, and it is %s", out, o.get(two.ID).State)
		}
	})
}
