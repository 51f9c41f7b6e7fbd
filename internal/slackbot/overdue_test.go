package slackbot

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
)

// A journal that hangs makes the bot unready, like one that fails.
func TestHungJournal(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		hung := &hungJournal{Journal: o.journal}
		o.stop()
		o.prepare(o.dial)
		o.bot.acts.journal = hung
		o.start()
		hung.hangs.Store(true)
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Acked {
			t.Error("it is acknowledged")
		}
		time.Sleep(journalWithin)
		o.shows("U0ADA", "I can't save anything right now")
		if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), "the journal cannot be written") {
			t.Errorf("ready: %v", err)
		}
		hung.hangs.Store(false)
		time.Sleep(watchEvery)
		if err := o.bot.Ready(); err != nil {
			t.Errorf("ready once it answers: %v", err)
		}
	})
}

// A hungJournal does not answer while it hangs.
type hungJournal struct {
	journal.Journal
	hangs atomic.Bool
}

func (j *hungJournal) Append(ctx context.Context, r journal.Record) (uint64, error) {
	if !j.hangs.Load() {
		return j.Journal.Append(ctx, r)
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (j *hungJournal) Probe(ctx context.Context) error {
	if !j.hangs.Load() {
		return j.Journal.Probe(ctx)
	}
	<-ctx.Done()
	return ctx.Err()
}

// A closing act that an earlier run left undone counts as waiting from the start, while
// Slack has not answered yet.
func TestUndoneClosingActWaitsFromTheStart(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.stop()
		leave := func(verb commands.Verb, text, trigger string) {
			a := act{Version: actVersion, Verb: verb, Team: "T0TEAM", User: "U0ADA", At: time.Now(), Run: 1, Order: 1, Trigger: trigger, Text: text}
			r, err := a.record()
			if err == nil {
				_, err = o.journal.Append(o.ctx, r)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		leave(commands.Request, requestText, "1.1")
		o.prepare(o.dial)
		if o.bot.Closing(o.get(g.ID)) {
			t.Error("a request counts as a closing act")
		}
		leave(commands.Deny, "deny "+string(g.ID)+" no", "1.2")
		o.prepare(o.dial)
		if !o.bot.Closing(o.get(g.ID)) {
			t.Error("an undone denial does not wait")
		}
		o.start()
		o.wait("the denial", func() bool { return o.get(g.ID).State == grant.Denied })
		synctest.Wait()
		if o.bot.Closing(o.get(g.ID)) {
			t.Error("the denial waits although it is done")
		}
	})
}
