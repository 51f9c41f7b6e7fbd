package slackbot

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
)

// A slowJournal takes a while.
type slowJournal struct {
	journal.Journal
	by time.Duration
}

func (s *slowJournal) Append(ctx context.Context, r journal.Record) (uint64, error) {
	time.Sleep(s.by)
	return s.Journal.Append(ctx, r)
}

// An act is acknowledged once the journal has it, and not before, also a redelivery.
func TestAckFollowsTheJournal(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.bot.acts.journal = &slowJournal{o.journal, 1500 * time.Millisecond}
		defer o.slack.Disturb(slacksim.Disturbance{Copies: 2})()
		d := o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", requestText)
		if !d.Acked || d.Latency < 1500*time.Millisecond {
			t.Errorf("acknowledged: %v, after %s; the journal took 1.5 s", d.Acked, d.Latency)
		}
		o.shows("U0RITA", "approvers are notified once AWS checks pass")
		if n := len(o.all()); n != 1 {
			t.Errorf("three copies of an envelope made %d requests", n)
		}
	})
}

type checks = commands.Preflight

// hung never answers.
type hung struct{ checks }

func (hung) CheckApproval(ctx context.Context, _ grant.Grant) (*grant.Findings, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Neither Slack nor AWS delays an acknowledgement, however many acts wait for them.
func TestAckDoesNotWaitForSlackOrAWS(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		o.configure(func(c *commands.Config) { c.Preflight = hung{c.Preflight} })
		for _, method := range []string{"users.info", "chat.postMessage", "chat.postEphemeral", "chat.update", "response_url"} {
			defer o.slack.Fault(method, slacksim.Delay(1000*time.Hour))()
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		var worst time.Duration
		late := func(d slacksim.Delivery) {
			mu.Lock()
			defer mu.Unlock()
			if worst = max(worst, d.Latency); !d.Acked {
				t.Errorf("not acknowledged: %s", d.Error)
			}
		}
		for range 100 {
			all.Go(func() { late(o.slack.As("U0ADA").Press(o.ctx, card, "Approve")) })
			all.Go(func() { late(o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "list all")) })
			all.Go(func() { late(o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", requestText)) })
		}
		all.Wait()
		if worst > 100*time.Millisecond { // of virtual time, which stands still during work
			t.Errorf("an ack took %s", worst)
		}
	})
}

// Redelivered envelopes have no effect: at once, later, and after a restart.
func TestRedeliveredEnvelopes(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Disturb(slacksim.Disturbance{Copies: 3})
		d := o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", requestText)
		heal()
		g := o.apply(o.all()[0].ID, grant.Check{})
		card := o.shows("C0ADMIN", string(g.ID))
		o.shows("U0RITA", "Waiting for <@")
		synctest.Wait()
		click := o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		again := func(when string) {
			t.Helper()
			for _, id := range []string{d.EnvelopeID, click.EnvelopeID} {
				if r := o.slack.Redeliver(o.ctx, id); !r.Acked {
					t.Errorf("%s: a second delivery was not acknowledged: %s", when, r.Error)
				}
			}
			// in a new envelope
			for kind, payload := range map[string]map[string]any{"slash_commands": d.Payload, "interactive": click.Payload} {
				if r := o.slack.Inject(o.ctx, kind, payload); !r.Acked {
					t.Errorf("%s: the same in a new envelope was not acknowledged: %s", when, r.Error)
				}
			}
			synctest.Wait()
			if n := len(o.all()); n != 1 {
				t.Errorf("%s: %d requests", when, n)
			}
			if n := len(o.slack.Ephemerals("U0ADA")); n != 1 {
				t.Errorf("%s: Ada was answered %d times", when, n)
			}
			if n := len(o.slack.Ephemerals("U0RITA")); n != 1 {
				t.Errorf("%s: Rita was answered %d times", when, n)
			}
		}
		again("at once")
		time.Sleep(time.Hour)
		again("later")
		o.restart()
		again("after a restart")
	})
}

// A redelivered read is not answered twice either.
func TestRedeliveredReadIsAnsweredOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Disturb(slacksim.Disturbance{Copies: 3})
		d := o.sendHelp()
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "requst")
		heal()
		time.Sleep(dedupeFor - time.Minute)
		o.slack.Redeliver(o.ctx, d.EnvelopeID)
		synctest.Wait()
		if n := len(o.slack.Ephemerals("U0RITA")); n != 2 {
			t.Errorf("two commands were answered %d times", n)
		}
	})
}

// Deliveries may arrive out of order.
func TestOutOfOrder(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		asked, card := o.pending(requestText)
		release := o.slack.Disturb(slacksim.Disturbance{Hold: true, Times: 3})
		var all sync.WaitGroup
		for _, act := range []func(){
			func() { o.slack.As("U0ADA").Press(o.ctx, card, "Approve") },
			func() { o.slack.As("U0BOB").Press(o.ctx, card, "Approve") },
			func() { o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "cancel "+string(asked.ID)) },
		} {
			all.Go(act)
		}
		synctest.Wait()
		release()
		all.Wait()
		synctest.Wait()
		g := o.all()[0]
		if g.State != grant.Approved && g.State != grant.Cancelled || len(g.Decisions) > 1 {
			t.Errorf("%s with %d decisions", g.State, len(g.Decisions))
		}
		for _, user := range []string{"U0ADA", "U0BOB"} {
			if n := len(o.slack.Ephemerals(user)); n != 1 {
				t.Errorf("%s was answered %d times", user, n)
			}
		}
	})
}

// Redelivered events are acknowledged.
func TestEventsAreAcknowledged(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		defer o.slack.Disturb(slacksim.Disturbance{Lose: true, Times: 2})()
		if d := o.slack.As("U0RITA").OpenHome(o.ctx); d.Acked {
			t.Error("the first was lost on the way")
		}
		time.Sleep(10 * time.Minute)
		all := o.slack.Deliveries()
		last := all[len(all)-1]
		if last.Attempt != 2 || !last.Acked {
			t.Errorf("attempt %d was acknowledged: %v", last.Attempt, last.Acked)
		}
	})
}

// Unknown envelopes are acknowledged or ignored, and do not end the bot.
func TestUnknownPayloads(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for _, c := range []struct {
			kind    string
			payload map[string]any
			acked   bool
		}{
			{"slash_commands", map[string]any{}, true},
			{"interactive", map[string]any{}, true},
			{"interactive", map[string]any{"type": "shortcut", "callback_id": "x"}, true},
			{"interactive", map[string]any{"type": "view_closed"}, true},
			{"interactive", map[string]any{"type": "block_actions", "actions": []any{}}, true},
			{"interactive", map[string]any{"type": "block_actions", "user": map[string]any{"id": "U0ADA"}, "actions": []any{map[string]any{"type": "button", "action_id": "approve", "value": strings.Repeat("x", 2000)}}}, true},
			{"interactive", map[string]any{"type": "view_submission", "view": map[string]any{"callback_id": "deny", "private_metadata": "{"}}, true},
			{"interactive", map[string]any{"type": "view_submission", "view": map[string]any{"callback_id": "deny", "private_metadata": "{}"}}, true},
			{"something_new", map[string]any{}, false},
		} {
			if d := o.slack.Inject(o.ctx, c.kind, c.payload); d.Acked != c.acked {
				t.Errorf("%s %v: acknowledged: %v", c.kind, c.payload, d.Acked)
			}
		}
		if !o.sendHelp().Acked || o.bot.Ready() != nil {
			t.Error("the bot does not answer any more")
		}
		if strings.Contains(o.log.String(), "panic") {
			t.Errorf("it panicked:\n%s", o.log)
		}
	})
}

// clumsy panics whenever it is called.
type clumsy struct{ commands.People }

func (clumsy) Actor(context.Context, grant.Person, []string, time.Time) (grant.Actor, error) {
	panic("a mistake")
}

func TestPanicIsAFault(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.configure(func(c *commands.Config) { c.People = clumsy{} })
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); !d.Acked {
			t.Error("not acknowledged")
		}
		told := o.shows("U0ADA", "Something went wrong in s3share")
		ref := told.Text[strings.LastIndex(told.Text, " ")+1:]
		if log := o.log.String(); !strings.Contains(log, strings.TrimSuffix(ref, ".")) || !strings.Contains(log, "a mistake") {
			t.Errorf("the log has no reference %s:\n%s", ref, log)
		}
		if strings.Contains(told.Text, "mistake") {
			t.Error("a fault is shown to a person")
		}
		if !o.sendHelp().Acked || o.get(g.ID).State != grant.Pending {
			t.Error("the bot does not go on")
		}
	})
}

// An answer with an unknown outcome is repeated once; a refused one takes another way.
func TestAnswersOnce(t *testing.T) {
	for _, c := range []struct {
		name      string
		fault     slacksim.Fault
		want, dms int
	}{
		{"taken", slacksim.Fault{}, 1, 0},
		{"lost once", slacksim.LoseReply().Only(1), 2, 0},
		{"lost always", slacksim.LoseReply(), 2, 0},
		{"expired", slacksim.RefuseHTTP(404), 1, 0}, // by chat.postEphemeral
		{"too fast", slacksim.RateLimit(1), 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				if c.fault != (slacksim.Fault{}) {
					defer o.slack.Fault("response_url", c.fault)()
				}
				o.sendHelp()
				time.Sleep(time.Minute)
				if n := len(o.slack.Ephemerals("U0RITA")); n != c.want {
					t.Errorf("answered %d times, want %d", n, c.want)
				}
				if n := len(o.slack.DMs("U0RITA")); n != c.dms {
					t.Errorf("%d direct messages, want %d", n, c.dms)
				}
			})
		})
	}
	t.Run("not in the channel", func(t *testing.T) {
		inOffice(t, func(t *testing.T, o *office) {
			defer o.slack.Fault("response_url", slacksim.RefuseHTTP(404))()
			defer o.slack.Fault("chat.postEphemeral", slacksim.Refuse("user_not_in_channel"))()
			o.sendHelp()
			o.shows("U0RITA", "I share S3 buckets")
		})
	})
}

// A response URL lets its holder answer, so it is never logged.
func TestResponseURLIsNotLogged(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		defer o.slack.Fault("response_url", slacksim.Fault{Cut: true})()
		defer o.slack.Fault("chat.postEphemeral", slacksim.Fault{Cut: true})()
		d := o.sendHelp()
		time.Sleep(time.Minute)
		log := o.log.String()
		if !strings.Contains(log, "an answer could not be given") || strings.Contains(log, d.ResponseURL()) || strings.Contains(log, "xoxb-bot") || strings.Contains(log, "/commands/") {
			t.Errorf("the log is\n%s", log)
		}
	})
}
