package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// The format of acts in the journal is fixed: later versions read the acts of today.
func TestActGolden(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 5, time.UTC)
	on := &click{ID: "ABCDEFGH", Revision: 2, Channel: "C0ADMIN", TS: "1.2"}
	all := []act{
		{Verb: commands.Request, Text: "request my-bucket read build/test.user 8h nightly"},
		{Verb: commands.Approve, Action: blocks.ActApprove, On: on, Shown: true},
		{Verb: commands.Consent, Action: blocks.ActConsent, On: &click{ID: "ABCDEFGH"}},
		{Verb: commands.Deny, Action: blocks.ActDeny, View: "V1", On: on, Reason: "no"},
		{Verb: commands.Request, Action: blocks.RequestCallback, View: "V1", Form: &blocks.RequestValues{Bucket: "b", Prefix: "p", Level: "read", Principal: "build/u", Term: "8h", Other: "9h", Reason: "r", MoreBuckets: "c", MorePrincipals: "d", For: "U0BOB", Start: 5}},
		{Verb: commands.BreakGlass, Action: blocks.GlassCallback, View: "V1", BreakGlass: &blocks.BreakGlassValues{Target: "b", Level: "read", Principal: "build/u", Term: "1h"}, Reason: "r"},
		{Verb: commands.ApproveSeveral, Action: blocks.BulkCallback, View: "V1", Picks: []pick{{"ABCDEFGH", 1}, {"ABCDEFGJ", 0}}},
		{Verb: commands.NarrowAndApprove, Action: blocks.NarrowCallback, View: "V1", On: on, Narrow: &blocks.NarrowValues{Prefix: "p", WholePrefix: true, Level: "read", Term: "1h", Approve: true}},
		{Verb: commands.Extend, Action: blocks.ExtendCallback, View: "V1", On: on, Term: "2h", OtherTerm: true, Reason: "r"},
		{Verb: commands.Unfreeze, Text: "unfreeze", Frozen: at, Retry: "TOKEN"},
		{Verb: commands.EndAll, Action: blocks.EndAllCallback, View: "V1", Text: "end-all my-bucket a leak", Listed: &commands.Listed{Grants: 7, At: at}},
	}
	var b strings.Builder
	for _, a := range all {
		a.Version, a.Team, a.User, a.At, a.Run, a.Order = actVersion, "T", "U0ADA", at, 7, 9
		a.Envelope, a.Trigger, a.Reply, a.Channel = "E", "1.2.3", "https://hooks.slack.test/x", "C0ADMIN"
		r, err := a.record()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(r.Body, '\n'))
		back, err := actOf(r)
		again, _ := json.Marshal(back)
		if err != nil || string(again) != string(r.Body) {
			t.Errorf("it is read as %s (%v)", again, err)
		}
	}
	const path = "testdata/act.golden"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != b.String() {
		t.Errorf("the form of acts has changed (%v): acts in a journal could not be read. UPDATE=1 writes it anew\n%s", err, b.String())
	}
	if _, err := actOf(journal.Record{Seq: 3, Body: []byte(`{"v":2}`)}); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("an act of a newer bot: %v", err)
	}
}

// If a bot ends between the acknowledgement and the commit, the next run carries the act out once
// and answers it.
func TestActsAreReplayed(t *testing.T) {
	for _, point := range []string{"acked", "begun", "committed", "answered"} {
		t.Run(point, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, card := o.pending(requestText)
				hang := make(chan struct{}) // the process stops here, as if it had ended
				*o.failpoint = func(at string) {
					if at == point {
						<-hang
					}
				}
				if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); !d.Acked {
					t.Fatal("not acknowledged")
				}
				synctest.Wait()
				left := o.journal.Reopen()
				if n := len(left.Undone()); n != 1 {
					t.Fatalf("%d acts are undone", n)
				}
				stopOld := o.stop
				defer func() {
					close(hang)
					stopOld()
				}()
				o.journal = left
				o.prepare(o.dial)
				o.run()
				o.shows("U0ADA", "will be notified when access is active")
				time.Sleep(time.Minute)
				if g := o.get(g.ID); g.State != grant.Approved || len(g.Decisions) != 1 {
					t.Errorf("%s with %d decisions", g.State, len(g.Decisions))
				}
				want := 1
				if point == "answered" { // the answer was not recorded
					want = 2
				}
				if n := len(o.slack.Ephemerals("U0ADA")); n != want {
					t.Errorf("answered %d times, want %d", n, want)
				}
				if n := len(left.Undone()); n != 0 {
					t.Errorf("%d acts are still undone", n)
				}
			})
		})
	}
}

// A replay answers by the response URL while that is valid, and directly afterwards.
func TestReplayAnswersDirectly(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.stop()
		a := act{Version: actVersion, Verb: commands.Deny, Team: "T0TEAM", User: "U0ADA", At: time.Now(), Run: 1, Order: 1, Envelope: "E", Trigger: "1.1",
			Reply: o.slack.ResponseURL("C0ADMIN", "U0ADA"), Channel: "C0ADMIN", Text: "deny " + string(g.ID) + " no"}
		r, err := a.record()
		if err == nil {
			_, err = o.journal.Append(o.ctx, r)
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(26 * time.Minute) // a closing act is never too old
		o.prepare(o.dial)
		o.start()
		o.wait("a direct message", func() bool { return len(o.slack.DMs("U0ADA")) == 1 })
		if n := len(o.slack.Ephemerals("U0ADA")); n != 0 || o.get(g.ID).State != grant.Denied {
			t.Errorf("%d answers elsewhere; %s", n, o.get(g.ID).State)
		}
	})
}

// An act that cannot be stored is not acknowledged. On a full disk, closing acts are still
// accepted.
func TestFullJournal(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		o.journal.SetFull(true)
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Acked {
			t.Error("an approval that is nowhere is acknowledged")
		}
		o.shows("U0ADA", "the disk of s3share is full")
		if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), "the journal cannot be written") {
			t.Errorf("ready: %v", err)
		}
		g := o.all()[0]
		o.waitForCard(g.ID)
		if d := o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" no"); !d.Acked {
			t.Error("a no is not taken")
		}
		o.shows("U0BOB", "Denied")
		time.Sleep(watchEvery)
		if err := o.bot.Ready(); err == nil {
			t.Error("it is ready, although only closing acts are taken")
		}
		before := len(o.journal.Undone())
		o.journal.SetFull(false)
		time.Sleep(watchEvery)
		if err := o.bot.Ready(); err != nil || len(o.journal.Undone()) != before {
			t.Errorf("ready with space again: %v; %d acts undone, before %d", err, len(o.journal.Undone()), before)
		}
	})
}

// A journal that failed is detected as working again without an act.
func TestJournalIsProbed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		o.journal.Fail(errors.New("fdatasync: input/output error"))
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Acked {
			t.Error("it is acknowledged")
		}
		time.Sleep(3 * watchEvery)
		if err := o.bot.Ready(); err == nil || !strings.Contains(err.Error(), "input/output error") {
			t.Errorf("ready: %v", err)
		}
		o.journal.Fail(nil)
		time.Sleep(watchEvery)
		if err := o.bot.Ready(); err != nil || len(o.journal.Undone()) != 0 {
			t.Errorf("ready once it works: %v; %d acts", err, len(o.journal.Undone()))
		}
	})
}

// An act whose sync failed is not acknowledged, and counts when it is sent again.
func TestBrokenJournal(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.journal.Fail(errors.New("fdatasync: input/output error"))
		d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		if d.Acked {
			t.Error("it is acknowledged")
		}
		o.shows("U0ADA", "I can't save anything right now")
		o.journal.Fail(nil)
		if again := o.slack.Redeliver(o.ctx, d.EnvelopeID); !again.Acked {
			t.Error("the second delivery is not acknowledged")
		}
		synctest.Wait()
		if g := o.get(g.ID); g.State != grant.Approved {
			t.Errorf("it is %s", g.State)
		}
	})
}

// patient is a preflight that answers when it is allowed to.
type patient struct {
	checks
	gate chan struct{}
}

func (p patient) CheckApproval(ctx context.Context, _ grant.Grant) (*grant.Findings, error) {
	select {
	case <-p.gate:
	case <-ctx.Done():
	}
	return nil, nil
}

// An act that was committed and not answered for days is not repeated by the next run: a freeze
// that was lifted meanwhile does not come back.
func TestReplayAfterLongOutage(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN", "U0BOB"}} })
		var heal []func()
		for _, method := range []string{"response_url", "chat.postEphemeral", "chat.postMessage"} {
			heal = append(heal, o.slack.Fault(method, slacksim.Delay(time.Hour)))
		}
		o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", "freeze a leak")
		synctest.Wait()
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "unfreeze false alarm")
		synctest.Wait()
		if n := len(o.journal.Undone()); n != 2 {
			t.Fatalf("%d acts are undone", n)
		}
		rules := o.config.Rules
		if err := o.stop(); err != nil {
			t.Fatal(err)
		}
		for _, done := range heal {
			done()
		}
		time.Sleep(5 * 24 * time.Hour)
		o.journal = o.journal.Reopen()
		o.prepare(o.dial)
		o.configure(func(c *commands.Config) { c.Rules = rules })
		o.start()
		o.shows("U0GIN", "s3share is frozen. New approvals")
		o.shows("U0BOB", "s3share is unfrozen")
		if frozen, err := store.Frozen(o.ctx, o.store); err != nil || frozen != nil {
			t.Errorf("the freeze of five days ago: %+v, %v", frozen, err)
		}
	})
}

// A denial overtakes an approval that has not begun. An approval that has begun conflicts with it
// at the commit.
func TestDenialOvertakesApproval(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending("request two-keys/builds read build/test.user 8h nightly")
		o.waitForCard(g.ID)
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = patient{c.Preflight, gate} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve") // has begun
		synctest.Wait()
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve") // waits for it
		o.slack.As("U0ADA").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" I was wrong")
		synctest.Wait()
		close(gate)
		synctest.Wait()
		if g := o.get(g.ID); g.State != grant.Denied || len(g.Decisions) != 1 {
			t.Errorf("%s with %d decisions", g.State, len(g.Decisions))
		}
		o.shows("U0BOB", "already denied")
	})
}

// A freeze voids every approval that was received before it, also one in progress, and also if an
// unfreeze follows before the approval is carried out.
func TestFreezeVoidsEarlierApproval(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
		one, card := o.pending(requestText)
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = patient{c.Preflight, gate} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		for _, text := range []string{"freeze a leak", "unfreeze false alarm"} {
			o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", text)
			synctest.Wait() // neither waits for the approval
		}
		o.shows("U0GIN", "s3share is unfrozen")
		close(gate)
		o.shows("U0ADA", "s3share was frozen meanwhile")
		o.shows("C0ADMIN", "The approval by <@U0ADA> (")
		if g := o.get(one.ID); g.State != grant.Pending {
			t.Errorf("it is %s", g.State)
		}
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		if g := o.get(one.ID); g.State != grant.Approved {
			t.Errorf("a yes after that: it is %s", g.State)
		}
	})
}

// An end-all voids the earlier approvals of the grants that it covers, and no others.
func TestEndAllVoidsEarlierApproval(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
		covered, card := o.pending(requestText)
		other, otherCard := o.pending("request my-other/builds read build/test.user 8h nightly")
		gate := make(chan struct{})
		o.configure(func(c *commands.Config) { c.Preflight = patient{c.Preflight, gate} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.slack.As("U0ADA").Press(o.ctx, otherCard, "Approve")
		synctest.Wait()
		o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", "end-all my-bucket now a leak")
		o.shows("U0GIN", "Nothing to end: no active access on s3://my-bucket/.")
		close(gate)
		o.shows("U0ADA", "an end-all covered this access meanwhile")
		synctest.Wait()
		if a, b := o.get(covered.ID).State, o.get(other.ID).State; a != grant.Pending || b != grant.Approved {
			t.Errorf("%s and %s", a, b)
		}
	})
}

// A redelivered form gets the payload of the first delivery, also errors beside fields. A corrected
// form is a new one.
func TestRedeliveredSubmissions(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		ada := o.slack.As("U0ADA")
		view := o.openForm("U0ADA", ada.Press(o.ctx, card, "Deny…"))
		wrong := ada.Submit(o.ctx, view, map[string]string{"why": " "})
		if wrong.FieldErrors["why"] == "" {
			t.Fatalf("without a reason: %+v", wrong)
		}
		if again := o.slack.Redeliver(o.ctx, wrong.EnvelopeID); fmt.Sprint(again.Ack) != fmt.Sprint(wrong.Ack) {
			t.Errorf("a second delivery is acknowledged with %v", again.Ack)
		}
		if n := len(o.journal.Undone()); n != 0 {
			t.Errorf("%d acts are in the journal", n)
		}
		right := ada.Submit(o.ctx, view, map[string]string{"why": "no"})
		if !right.Acked || len(right.FieldErrors) > 0 {
			t.Errorf("%+v", right)
		}
		right.Payload["trigger_id"] = "2.2" // submitted twice
		if d := o.slack.Inject(o.ctx, "interactive", right.Payload); !d.Acked || len(d.Ack) > 0 {
			t.Errorf("sent twice: %+v", d)
		}
		synctest.Wait()
		if g := o.get(g.ID); g.State != grant.Denied {
			t.Errorf("it is %s", g.State)
		}
		if n := len(o.slack.Ephemerals("U0ADA")); n != 1 {
			t.Errorf("answered %d times", n)
		}
	})
}

// An envelope without a sender is refused.
func TestEnvelopeWithoutUser(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		button, _ := card.Button("Approve")
		d := o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "block_actions", "trigger_id": "1.2", "channel": map[string]any{"id": "C0ADMIN"},
			"container": map[string]any{"type": "message", "channel_id": "C0ADMIN", "message_ts": card.TS},
			"actions":   []any{map[string]any{"type": "button", "action_id": "approve", "block_id": "b", "value": button.Value}},
		})
		c := o.slack.Inject(o.ctx, "slash_commands", map[string]any{"command": "/s3share", "text": requestText, "trigger_id": "1.3"})
		if !d.Acked || !strings.Contains(fmt.Sprint(c.Ack["text"]), "Slack didn't say who you are") {
			t.Errorf("%+v, %+v", d, c)
		}
		if len(o.all()) != 1 || o.get(g.ID).State != grant.Pending || len(o.journal.Undone()) != 0 {
			t.Error("something was done")
		}
	})
}

// A batch is not approved from a Home, and a grant that needs its card is not approved in bulk,
// whatever the payload says.
func TestHomeRefusesBatches(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, _, _ := o.pendingBatch()
		g := o.get(lead)
		d := o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "block_actions", "trigger_id": o.slack.Trigger("U0ADA"), "user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"},
			"view": map[string]any{"type": "home"}, "container": map[string]any{"type": "view"},
			"actions": []any{map[string]any{"type": "button", "action_id": "approve", "block_id": "b", "value": blocks.Value(g)}},
		})
		if !d.Acked {
			t.Errorf("%+v", d)
		}
		o.shows("U0ADA", "You can't approve this from your Home")
		b := o.bot
		broad, _ := o.pending("request my-bucket write build/test.user 1h everything")
		out := b.worker.performer.approveOne(o.ctx, act{Verb: commands.ApproveSeveral, Team: "T0TEAM", User: "U0ADA", At: time.Now(), Trigger: "9"}, pick{ID: broad.ID, Revision: broad.Revision})
		if out.Failure == nil || !strings.Contains(out.Failure.Sentence, "can't be approved together with others") {
			t.Errorf("what is broad, among several: %+v", out)
		}
		for _, g := range o.all() {
			if g.State != grant.Pending || len(g.Decisions) > 0 {
				t.Errorf("%s is %s", g.ID, g.State)
			}
		}
	})
}

// A modal with late contents opens within a second, and is filled in.
func TestModalOpensInTime(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		heal := o.slack.Fault("users.info", slacksim.Delay(2*time.Second))
		defer heal()
		began := time.Now()
		o.slack.As("U0BOB").Press(o.ctx, card, "Details")
		o.wait("a modal", func() bool { return o.slack.View("U0BOB") != nil })
		if took := time.Since(began); took > time.Second {
			t.Errorf("it opened after %s", took)
		}
		contains(t, o.slack.View("U0BOB").Plain(), "Loading")
		o.wait("the facts", func() bool { return strings.Contains(o.slack.View("U0BOB").Plain(), "Rule") })
	})
}

// After SIGTERM the bot reads no more, and acts that have not begun are left to the next run.
func TestStopLeavesWaitingActs(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.configure(func(c *commands.Config) { c.Preflight = hung{c.Preflight} })
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve")
		synctest.Wait()
		if err := o.stop(); err != nil {
			t.Fatal(err)
		}
		if n := len(o.journal.Undone()); n != 2 {
			t.Errorf("%d acts are left", n)
		}
		o.journal = o.journal.Reopen()
		o.prepare(o.dial)
		o.start()
		o.shows("U0ADA", "will be notified when access is active")
		o.shows("U0BOB", "already approved")
		if o.get(g.ID).State != grant.Approved || len(o.journal.Undone()) != 0 {
			t.Errorf("%s, and %d acts are left", o.get(g.ID).State, len(o.journal.Undone()))
		}
	})
}

// The order of receipt holds across a restart, whatever the order in the journal.
func TestReplayInOrder(t *testing.T) {
	all := []stored{{1, act{Run: 5, Order: 2}}, {2, act{Run: 5, Order: 1}}, {3, act{Run: 4, Order: 9}}, {4, act{Run: 4, Order: 3}}}
	slices.SortStableFunc(all, inOrder)
	var seqs []uint64
	for _, s := range all {
		seqs = append(seqs, s.seq)
	}
	if want := []uint64{2, 1, 4, 3}; !slices.Equal(seqs, want) {
		t.Errorf("in the order %v, want %v", seqs, want)
	}
}

// Acts that are undone for over a minute are reported, and so is their completion.
func TestOverdueIsTold(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending(requestText)
		heal := o.slack.Fault("response_url", slacksim.Fault{Cut: true})
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve") // is carried out, and cannot be answered
		time.Sleep(30 * time.Second)
		if lines := o.bot.Overdue(); len(lines) != 0 {
			t.Errorf("after half a minute: %q", lines)
		}
		o.shows("C0ADMIN", "s3share is slow: 1 command or click has waited for over a minute, since 00:00:00 UTC.")
		if lines := o.bot.Overdue(); len(lines) != 1 || !strings.Contains(lines[0], "the oldest (approve) was received at") {
			t.Errorf("overdue: %q", lines)
		}
		heal()
		o.shows("C0ADMIN", "The log of s3share has the cause.~ Resolved after ") // 1 to 4 minutes: the pause is random
		time.Sleep(time.Minute)
		if !slices.ContainsFunc(o.slack.Messages("C0ADMIN"), func(m slacksim.Message) bool {
			return strings.HasPrefix(m.Text, "Resolved after ") && strings.HasSuffix(m.Text, "are carried out in time again.")
		}) {
			t.Error("the end is not told in the thread")
		}
		if lines := o.bot.Overdue(); len(lines) != 0 || len(o.journal.Undone()) != 0 {
			t.Errorf("once it is answered: %q", lines)
		}
	})
}

// An act that opens access does not begin more than ten minutes after its receipt; an act that
// closes access does.
func TestOldActs(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		for v, want := range map[commands.Verb]bool{
			commands.Approve: true, commands.Extend: true, commands.PutBack: true, commands.Unfreeze: true, commands.BreakGlass: true,
			commands.Consent: true, commands.NarrowAndApprove: true, commands.ApproveSeveral: true,
			commands.Narrow: false, commands.Deny: false, commands.Cancel: false, commands.Decline: false, commands.End: false,
			commands.Freeze: false, commands.EndAll: false, commands.Settle: false, commands.Request: false, commands.Review: false,
		} {
			now := time.Now()
			if no := o.service.Order.TooLate(v, now.Add(-commands.ActLasts)); no != nil {
				t.Errorf("%s after ten minutes: %v", v, no)
			}
			if no := o.service.Order.TooLate(v, now.Add(-commands.ActLasts-time.Second)); (no != nil) != want {
				t.Errorf("%s after more than that: %v", v, no)
			}
		}
		if o.service.Order.TooLate(commands.Request, time.Now().Add(-25*time.Hour)) == nil {
			t.Error("a request never ages")
		}
	})
}

// An unreadable act stays undone, and blocks no other.
func TestUnreadableActStaysUndone(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.stop()
		for _, body := range []string{`{"v":99}`, `{"v":`} {
			if _, err := o.journal.Append(o.ctx, journal.Record{At: time.Now(), Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
		}
		o.prepare(o.dial)
		o.start()
		if g, _ := o.pending(requestText); g.State != grant.Pending {
			t.Errorf("a request afterwards is %s", g.State)
		}
		synctest.Wait()
		left := UnreadableActs(o.journal.Undone())
		if len(left) != 2 || left[0] != "act 1, received 2000-01-01 00:00:00 UTC" {
			t.Errorf("unreadable are %q", left)
		}
	})
}
