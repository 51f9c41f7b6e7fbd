package slackbot

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// pendingBatch makes a batch request of two as Rita, and returns them and their card.
func (o *office) pendingBatch() (lead, other grant.ID, card slacksim.Message) {
	o.t.Helper()
	lead = o.request("request my-bucket/builds,my-other/logs read build/test.user 8h nightly build").BatchLead()
	var change store.Tx
	change.At = time.Now()
	for _, id := range o.get(lead).BatchIDs {
		next, err := o.get(id).Apply(grant.Check{}, change.At)
		if err != nil {
			o.t.Fatal(err)
		}
		change.Put(o.get(id), next)
	}
	if err := o.store.Commit(o.ctx, change); err != nil {
		o.t.Fatal(err)
	}
	card = o.shows("C0ADMIN", "<@U0RITA> requests read access to 2 buckets for 8h")
	synctest.Wait()
	return lead, o.get(lead).BatchIDs[1], card
}

// One card shows the batch: a click concerns all until the decision, and then only the grant of the
// button.
func TestOneCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.pendingBatch()
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages stand in the channel", n)
		}
		forged := func(id grant.ID, channel, ts string) slacksim.Delivery {
			return o.forge("U0ADA", channel, ts, blocks.ActApprove, string(id)+".0")
		}
		dm := o.slack.DMs("U0RITA")[0]
		forged(other, dm.Channel, dm.TS)
		o.shows("U0ADA", "That button doesn't count: its message isn't one that I posted for this request.")
		for _, id := range []grant.ID{lead, other} {
			if g := o.get(id); g.State != grant.Pending {
				t.Fatalf("%s is %s", id, g.State)
			}
		}
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "all 2 grants of `")
		o.confirm(lead)
		o.confirm(other)
		o.shows("U0RITA", "can read s3://my-bucket/builds/")
		o.shows("U0RITA", "can read s3://my-other/logs/")
		synctest.Wait()
		card, _ = o.slack.Message("C0ADMIN", card.TS)
		var ends []string
		for _, b := range card.Buttons() {
			ends = append(ends, fmt.Sprint(b))
		}
		if len(ends) != 2 {
			t.Fatalf("its buttons are %v", ends)
		}
		o.forge("U0ADA", "C0ADMIN", card.TS, blocks.ActRevoke, string(other)+".0")
		o.wait("the modal", func() bool { return o.slack.View("U0ADA") != nil })
		o.slack.As("U0ADA").Submit(o.ctx, *o.slack.View("U0ADA"), map[string]string{"why": "enough"})
		o.shows("U0ADA", "<@U0RITA> will be notified.")
		if a, b := o.get(lead).State, o.get(other).State; a != grant.Active || b != grant.Ending {
			t.Errorf("they are %s and %s", a, b)
		}
		o.confirmRemoved(other)
		o.wait("the card to be drawn", func() bool {
			now, _ := o.slack.Message("C0ADMIN", card.TS)
			return len(now.Buttons()) == 1 && strings.Contains(now.Plain(), "1 of 2 have ended")
		})
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages stand in the channel", n)
		}
	})
}

// A click on a post for a grant that is not the lead waits for the reply to that post, like a click
// on a card.
func TestClickOvertakesThePostOfABatchMember(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.pendingBatch()
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "all 2 grants of `")
		o.confirm(lead)
		o.confirm(other)
		o.shows("U0RITA", "can read s3://my-other/logs/")
		synctest.Wait()
		heal := o.slack.Fault("chat.postMessage", slacksim.DelayReply(4*time.Second))
		defer heal()
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "extend "+string(other)+" 2h")
		asked := o.shows("C0ADMIN", "requests 2h more")
		o.slack.As("U0ADA").Press(o.ctx, asked, "Approve")
		o.shows("U0ADA", "when access is extended")
		if m, _ := o.slack.Message("C0ADMIN", asked.TS); strings.Contains(m.Plain(), "Duplicate") {
			t.Errorf("it reads %q", m.Plain())
		}
	})
}

// A notice about the whole batch is sent once, also when it is late.
func TestBatchNoticeIsSentOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.pendingBatch()
		heal := o.slack.Fault("chat.postMessage", slacksim.Refuse("internal_error"))
		// with the id of a grant that is not the lead
		o.forge("U0ADA", "C0ADMIN", card.TS, blocks.ActDeny, string(other)+".0")
		o.wait("the modal", func() bool { return o.slack.View("U0ADA") != nil })
		o.slack.As("U0ADA").Submit(o.ctx, *o.slack.View("U0ADA"), map[string]string{"why": "one at a time"})
		time.Sleep(time.Minute)
		heal()
		o.shows("U0RITA", ") denied by <@U0ADA>: one at a time")
		time.Sleep(time.Hour)
		told := 0
		for _, m := range o.slack.DMs("U0RITA") {
			if strings.Contains(m.Text, ") denied by") {
				told++
			}
		}
		again := o.openForm("U0RITA", o.slack.As("U0RITA").Press(o.ctx, o.shows("U0RITA", ") denied by"), "Request again"))
		if !strings.Contains(again.Plain(), "my-other/logs") {
			t.Errorf("to ask again, the form is\n%s", again.Plain())
		}
		if told != 1 || o.get(lead).State != grant.Denied || o.get(other).State != grant.Denied {
			t.Errorf("told %d times; they are %s and %s", told, o.get(lead).State, o.get(other).State)
		}
	})
}
