package slackbot

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// clumsyStore panics when a grant is read.
type clumsyStore struct{ store.Store }

func (clumsyStore) Get(context.Context, grant.ID) (grant.Grant, error) { panic("a mistake") }

// After a panic before an act is stored, the act is left to Slack. A later panic is reported to the
// person as a fault. Neither ends the bot or blocks other acts.
func TestPanicDuringAnAct(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		ada := o.slack.As("U0ADA")
		view := o.openForm("U0ADA", ada.Press(o.ctx, card, "Deny…"))
		sound := o.config.Store
		o.configure(func(c *commands.Config) { c.Store = clumsyStore{sound} })
		if d := ada.Submit(o.ctx, view, map[string]string{"why": "no"}); d.Acked {
			t.Error("what is nowhere is acknowledged")
		}
		if n := len(o.journal.Undone()); n != 0 {
			t.Errorf("%d acts are in the journal", n)
		}
		o.shows("U0ADA", "Something went wrong in s3share")
		if d := ada.Press(o.ctx, card, "Approve"); !d.Acked { // this only needs its place
			t.Error("a yes is not acknowledged")
		}
		o.wait("both answers", func() bool { return len(o.slack.Ephemerals("U0ADA"))+len(o.slack.DMs("U0ADA")) == 2 })
		o.configure(func(c *commands.Config) { c.Store = sound })
		if d := ada.Press(o.ctx, card, "Approve"); !d.Acked {
			t.Error("a yes afterwards is not acknowledged")
		}
		synctest.Wait()
		if o.get(g.ID).State != grant.Approved || len(o.journal.Undone()) != 0 {
			t.Errorf("it is %s, and %d acts are undone", o.get(g.ID).State, len(o.journal.Undone()))
		}
	})
}

// An answer that cannot be drawn is reported as a fault, and the act is done.
func TestPanicWhileAnswering(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a := act{Version: actVersion, Verb: commands.Approve, Team: "T0TEAM", User: "U0ADA", At: time.Now(), Run: 1, Order: 1, Envelope: "E", Trigger: "1.1"}
		r, err := a.record()
		if err != nil {
			t.Fatal(err)
		}
		e := &entry{act: a}
		if e.seq, err = o.journal.Append(o.ctx, r); err != nil {
			t.Fatal(err)
		}
		o.bot.worker.finish(o.ctx, e, commands.Answer{Failures: []commands.Failure{{ID: "ABCDEFGH"}}}, nil) // without a reason
		o.shows("U0ADA", "Something went wrong in s3share")
		if len(o.journal.Undone()) != 0 || !strings.Contains(o.log.String(), "panic while answering an act") {
			t.Errorf("%d acts are undone; the log is\n%s", len(o.journal.Undone()), o.log.String())
		}
	})
}
