package slackbot

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// endAllOffice is an office with the responder Gin, and some active grants of Rita's.
func endAllOffice(t *testing.T, open int, test func(t *testing.T, o *office, all []grant.Grant)) {
	t.Helper()
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
		var all []grant.Grant
		for range open {
			all = append(all, o.activeGrant())
		}
		test(t, o, all)
	})
}

// activeGrant returns a grant that Ada has approved and AWS has confirmed.
func (o *office) activeGrant() grant.Grant {
	o.t.Helper()
	g, card := o.pending(requestText)
	o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
	synctest.Wait()
	return o.confirm(g.ID)
}

func (o *office) endAll(text string) slacksim.Delivery {
	o.t.Helper()
	return o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", "end-all "+text)
}

func (o *office) expectStates(all []grant.Grant, want grant.State) {
	o.t.Helper()
	synctest.Wait()
	for _, g := range all {
		if got := o.get(g.ID).State; got != want {
			o.t.Errorf("%s is %s, want %s", g.ID, got, want)
		}
	}
}

// A typed end-all lists the grants and asks. It stores nothing, and the closed modal ends nothing.
// The submitted modal ends all and is answered where the command was typed.
func TestEndAllAsksFirst(t *testing.T) {
	endAllOffice(t, 2, func(t *testing.T, o *office, all []grant.Grant) {
		gin, began := o.slack.As("U0GIN"), time.Now()
		v := o.openForm("U0GIN", o.endAll("my-bucket a leak"))
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("it opens after %v", waited)
		}
		for _, want := range []string{"End 2 grants of 1 person?", "Target: s3://my-bucket/", "Reason: a leak",
			"• <@U0RITA>: test.user, read, s3://my-bucket/builds/, "} {
			contains(t, v.Plain(), want)
		}
		if v.SubmitLabel != "End all 2 grants" || v.CloseLabel != "Cancel" {
			t.Errorf("its buttons are %s and %s", v.SubmitLabel, v.CloseLabel)
		}
		gin.Close(o.ctx, v)
		o.expectStates(all, grant.Active)
		if n := len(o.journal.Reopen().Undone()); n != 0 || len(o.slack.Ephemerals("U0GIN")) != 0 {
			t.Errorf("%d acts in the journal, answers %v", n, o.slack.Ephemerals("U0GIN"))
		}
		v = o.openForm("U0GIN", o.endAll("my-bucket a leak"))
		for range 2 { // twice counts once
			gin.Submit(o.ctx, v, nil)
		}
		o.shows("U0GIN", "Ending 2 grants on s3://my-bucket/. Everyone affected will be notified.")
		o.expectStates(all, grant.Ending)
		if g := o.get(all[0].ID); g.Why != "a leak" || g.Outcome != grant.Revoked || g.Last(grant.EventEnd).By.User != "U0GIN" {
			t.Errorf("%s by %v: %s", g.Outcome, g.Last(grant.EventEnd).By, g.Why)
		}
		if n := len(o.slack.Ephemerals("U0GIN")); n != 1 {
			t.Errorf("%d answers", n)
		}
	})
}

// A typed end-all voids no approval: only the submitted modal does.
func TestOpenedEndAllVoidsNothing(t *testing.T) {
	endAllOffice(t, 1, func(t *testing.T, o *office, all []grant.Grant) {
		g, card := o.pending(requestText)
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = patient{c.Preflight, gate} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		v := o.openForm("U0GIN", o.endAll("my-bucket a leak"))
		contains(t, v.Plain(), "1 request still waits for a decision; `/s3share freeze &lt;reason&gt;` blocks its approval.")
		close(gate)
		o.expectStates([]grant.Grant{g}, grant.Approved)
		o.slack.As("U0GIN").Submit(o.ctx, v, nil)
		o.shows("U0GIN", "Ending 2 grants on s3://my-bucket/. Everyone affected will be notified. 1 of them was not in the list")
		o.expectStates(append(all, g), grant.Ending)
	})
}

// The submitted modal overtakes an approval that waits, and voids it.
func TestSubmittedEndAllOvertakes(t *testing.T) {
	endAllOffice(t, 1, func(t *testing.T, o *office, all []grant.Grant) {
		g, card := o.pending(requestText)
		v := o.openForm("U0GIN", o.endAll("my-bucket a leak"))
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = patient{c.Preflight, gate} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		o.slack.As("U0GIN").Submit(o.ctx, v, nil)
		o.shows("U0GIN", "Ending 1 grant on s3://my-bucket/.")
		o.expectStates(all, grant.Ending)
		close(gate)
		o.shows("U0ADA", "an end-all covered this access meanwhile")
		o.expectStates([]grant.Grant{g}, grant.Pending)
	})
}

// Only a responder sees the list, and a person who is no responder any more ends nothing.
func TestEndAllIsForResponders(t *testing.T) {
	endAllOffice(t, 1, func(t *testing.T, o *office, all []grant.Grant) {
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "end-all everything a leak")
		if m := o.shows("U0ADA", "Only responders can do that."); strings.Contains(m.Plain(), "test.user") {
			t.Error(m.Plain())
		}
		v := o.openForm("U0GIN", o.endAll("everything a leak"))
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0BOB"}} })
		o.slack.As("U0GIN").Submit(o.ctx, v, nil)
		o.shows("U0GIN", "Only responders can do that.")
		o.expectStates(all, grant.Active)
		if o.slack.View("U0ADA") != nil {
			t.Error("a person who is no responder has a modal")
		}
	})
}

// If the modal cannot open, the answer has the number of grants and the command that ends them.
func TestEndAllWithoutModal(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault slacksim.Fault
		opens bool
	}{
		{"refused", slacksim.Refuse("internal_error"), false},
		{"expired", slacksim.Refuse("expired_trigger_id"), false},
		{"unreachable", slacksim.Fault{Cut: true}, false},
		{"opened, and the reply is lost", slacksim.LoseReply(), true},
		{"opened, and the reply is late", slacksim.Fault{After: 5 * time.Second}, true},
		{"opened late", slacksim.Fault{Before: 3500 * time.Millisecond}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			endAllOffice(t, 2, func(t *testing.T, o *office, all []grant.Grant) {
				heal := o.slack.Fault("views.open", c.fault)
				began := time.Now()
				o.endAll("my-bucket a leak")
				o.shows("U0GIN", "It would end 2 grants of 1 person: s3://my-bucket/. To end them now, type `/s3share end-all my-bucket now a leak`.")
				if waited := time.Since(began); waited > 4*time.Second {
					t.Errorf("answered after %v", waited)
				}
				o.expectStates(all, grant.Active)
				heal()
				time.Sleep(10 * time.Second)
				if opened := o.slack.View("U0GIN") != nil; opened != c.opens {
					t.Fatalf("the modal is open: %t", opened)
				}
				if c.opens { // it counts
					o.slack.As("U0GIN").Submit(o.ctx, *o.slack.View("U0GIN"), nil)
				} else {
					o.endAll("my-bucket now a leak")
				}
				o.shows("U0GIN", "Ending 2 grants on s3://my-bucket/.")
				o.expectStates(all, grant.Ending)
			})
		})
	}
}

// A slow answer about the responder opens a loading view first. If it cannot be filled in, the person
// is answered too.
func TestEndAllWithLateFacts(t *testing.T) {
	for _, broken := range []bool{false, true} {
		endAllOffice(t, 2, func(t *testing.T, o *office, all []grant.Grant) {
			defer o.slack.Fault("users.info", slacksim.Fault{Times: 1, Before: 2 * time.Second})()
			if broken {
				defer o.slack.Fault("views.update", slacksim.Refuse("internal_error"))()
			}
			began := time.Now()
			v := o.openForm("U0GIN", o.endAll("my-bucket a leak"))
			if waited := time.Since(began); waited > time.Second {
				t.Errorf("it opens after %v", waited)
			}
			contains(t, v.Plain(), "Loading")
			if broken {
				o.shows("U0GIN", "It would end 2 grants of 1 person: s3://my-bucket/. To end them now, type")
				return
			}
			o.wait("the list", func() bool { return strings.Contains(o.slack.View("U0GIN").Plain(), "End 2 grants of 1 person?") })
			o.slack.As("U0GIN").Submit(o.ctx, *o.slack.View("U0GIN"), nil)
			o.shows("U0GIN", "Ending 2 grants on s3://my-bucket/.")
			o.expectStates(all, grant.Ending)
		})
	}
}

// Without a match there is no modal.
func TestEndAllOfNothing(t *testing.T) {
	endAllOffice(t, 0, func(t *testing.T, o *office, _ []grant.Grant) {
		o.pending(requestText)
		o.endAll("<@U0RITA|rita> she has left")
		o.shows("U0GIN", "Nothing to end: no active access of <@U0RITA>. 1 request still waits for a decision;")
		o.endAll("your-bucket a leak")
		o.shows("U0GIN", "No rule and no grant names a bucket your-bucket.")
		if o.slack.View("U0GIN") != nil {
			t.Error("a modal is open")
		}
		defer o.slack.Fault("users.info", slacksim.Fault{Times: 1, Before: 2 * time.Second})()
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "end-all everything a leak")
		o.wait("the refusal", func() bool {
			v := o.slack.View("U0BOB")
			return v != nil && strings.Contains(v.Plain(), "Only responders can do that.")
		})
	})
}

// A submitted end-all whose bot ends after the acknowledgement is carried out once by the next run,
// however late, with the same target and reason. A full disk accepts it.
func TestSubmittedEndAllIsReplayed(t *testing.T) {
	for _, point := range []string{"acked", "begun", "committed", "answered"} {
		t.Run(point, func(t *testing.T) {
			endAllOffice(t, 2, func(t *testing.T, o *office, all []grant.Grant) {
				v := o.openForm("U0GIN", o.endAll("my-bucket/builds: a leak"))
				hang := make(chan struct{}) // the process stops here, as if it had ended
				*o.failpoint = func(at string) {
					if at == point {
						<-hang
					}
				}
				o.journal.SetFull(true)
				if d := o.slack.As("U0GIN").Submit(o.ctx, v, nil); !d.Acked {
					t.Fatal("not acknowledged")
				}
				synctest.Wait()
				left := o.journal.Reopen()
				if acts := left.Undone(); len(acts) != 1 || !acts[0].Closing {
					t.Fatalf("undone: %v", acts)
				}
				stopOld := o.stop
				defer func() {
					close(hang)
					stopOld()
				}()
				time.Sleep(11 * time.Minute)
				o.journal = left
				o.prepare(o.dial)
				o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
				o.run()
				o.shows("U0GIN", "Ending 2 grants on s3://my-bucket/builds/. Everyone affected will be notified.")
				time.Sleep(time.Minute)
				o.expectStates(all, grant.Ending)
				for _, g := range all {
					if g = o.get(g.ID); g.Why != "a leak" {
						t.Errorf("%s: %s", g.ID, g.Why)
					}
				}
				if n := len(o.journal.Undone()); n != 0 {
					t.Errorf("%d acts are undone", n)
				}
			})
		})
	}
}

// An act of an earlier version, which did not ask, ends at once: it was acknowledged.
func TestEndAllOfAnEarlierVersion(t *testing.T) {
	endAllOffice(t, 1, func(t *testing.T, o *office, all []grant.Grant) {
		a := act{Verb: commands.EndAll, User: "U0GIN", Team: "T0TEAM", At: time.Now(), Text: "end-all everything a leak", Trigger: "1.2"}
		if _, err := o.bot.worker.performer.do(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		o.expectStates(all, grant.Ending)
	})
}

// A person with too many undone acts is told so in the modal, which has no field for it.
func TestCrowdedEndAll(t *testing.T) {
	a := act{Verb: commands.EndAll, Action: blocks.EndAllCallback}
	if got := crowdedForm(a, tooMany(a.Verb)); got.ResponseAction != slack.RAUpdate || got.View == nil {
		t.Errorf("%+v", got)
	}
}

// A reason that does not fit into the modal is answered with the immediate command, and works there.
func TestEndAllWithALongReason(t *testing.T) {
	endAllOffice(t, 1, func(t *testing.T, o *office, all []grant.Grant) {
		reason := strings.Repeat("<", 800) // each is nine characters of the modal's memory
		o.endAll("my-bucket " + reason)
		o.shows("U0GIN", "type `/s3share end-all my-bucket now &lt;reason&gt;`")
		if o.slack.View("U0GIN") != nil {
			t.Error("a modal is open")
		}
		o.endAll("my-bucket now " + reason)
		o.shows("U0GIN", "Ending 1 grant on s3://my-bucket/.")
		o.expectStates(all, grant.Ending)
	})
}
