package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// open starts a company with the bot in it.
func open(t *testing.T) (*world, context.Context) {
	t.Helper()
	dir := t.TempDir()
	w, err := newWorld(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "bot.log"))
			t.Logf("log of the bot:\n%s", log)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
		t.Fatal("the bot does not connect")
	}
	return w, ctx
}

// does plays lines that have to hold.
func (w *world) does(t *testing.T, ctx context.Context, lines ...string) {
	t.Helper()
	var out strings.Builder
	for _, line := range lines {
		if err := w.do(ctx, line, &out); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out.String())
		}
	}
}

func (w *world) policyOf(bucket string) string {
	return w.aws.Account("222222222222", "nonprod").Policy(bucket)
}

// Thirty approvals of whole-bucket grants on one bucket at once cost a handful of
// policy writes, and none is lost.
func TestThirtyApprovalsAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	build := w.aws.Account("111111111111", "build")
	var cards []slacksim.Message
	for n := range 30 {
		build.User(fmt.Sprintf("user%d", n))
		asker := []string{"U0RITA", "U0EVE", "U0BOB"}[n%3] // ten open requests each
		d := w.slack.As(asker).Slash(ctx, "C0BUILDS", "/s3share", fmt.Sprintf("request my-shared-bucket-20932 read build/user%d 2h burst", n))
		if d.Error != "" {
			t.Fatal(d.Error)
		}
	}
	if err := w.slack.Wait(ctx, func() bool { cards = withApprove(w); return len(cards) == 30 }); err != nil {
		t.Fatalf("%d cards of 30", len(cards))
	}
	w.aws.ResetCalls()
	var all sync.WaitGroup
	for _, card := range cards {
		all.Go(func() { w.slack.As("U0ADA").Press(ctx, card, "Approve") })
	}
	all.Wait()
	for n := range 30 {
		w.does(t, ctx, fmt.Sprintf("can build/user%d s3:GetObject my-shared-bucket-20932/builds/a.txt", n))
	}
	if writes := w.aws.Count("PutBucketPolicy"); writes > 10 {
		t.Errorf("%d policy writes for 30 approvals at once, want a handful", writes)
	} else {
		t.Logf("%d policy writes for 30 approvals", writes)
	}
}

func withApprove(w *world) (cards []slacksim.Message) {
	for _, m := range w.slack.Messages("C0ADMIN") {
		if _, has := m.Button("Approve"); has {
			cards = append(cards, m)
		}
	}
	return cards
}

func (w *world) card(t *testing.T, ctx context.Context) slacksim.Message {
	t.Helper()
	m, err := w.withButton(ctx, "U0ADA", "Approve")
	if err != nil {
		t.Fatal("no card came")
	}
	return m
}

const asking = "rita /s3share request my-shared-bucket-20932/builds read build/test.user 2h nightly build"

// Two approvers in the same millisecond: one approval, and one is told that
// there was another before.
func TestTwoApproversAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	w.does(t, ctx, asking)
	card := w.card(t, ctx)
	var all sync.WaitGroup
	for _, who := range []string{"U0ADA", "U0BOB"} {
		all.Go(func() { w.slack.As(who).Press(ctx, card, "Approve") })
	}
	all.Wait()
	w.does(t, ctx, "shows rita 'until'")
	told := func(text string) (n int) {
		for _, who := range []string{"U0ADA", "U0BOB"} {
			for _, m := range w.slack.Ephemerals(who) {
				if strings.Contains(m.Text, text) {
					n++
				}
			}
		}
		return n
	}
	if err := w.slack.Wait(ctx, func() bool { return told("It is being applied") == 1 && told("approved already") == 1 }); err != nil {
		t.Errorf("%d were told that it counts, %d that it was approved already", told("It is being applied"), told("approved already"))
	}
	if n := strings.Count(w.policyOf("my-shared-bucket-20932"), `"S3Share`); n != 2 {
		t.Errorf("the policy has %d statements of ours, want 2", n)
	}
}

// A re-delivered envelope does nothing again, also after the bot was killed.
func TestRedelivered(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	d := w.slack.As("U0RITA").Slash(ctx, "C0BUILDS", "/s3share", strings.TrimPrefix(asking, "rita /s3share "))
	w.card(t, ctx)
	w.slack.Redeliver(ctx, d.EnvelopeID)
	w.kill()
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
		t.Fatal(err)
	}
	if again := w.slack.Redeliver(ctx, d.EnvelopeID); !again.Acked {
		t.Error("the re-delivery was not acknowledged")
	}
	w.does(t, ctx, "rita /s3share list", "shows rita 'Your requests and grants'")
	if n := len(withApprove(w)); n != 1 {
		t.Errorf("%d cards for one request", n)
	}
}

// Clicks count only from the message that the bot posted for that grant.
func TestForgedClicks(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	w.does(t, ctx, asking, "rita /s3share request my-shared-bucket-20932/other read build/other.user 2h second")
	if err := w.slack.Wait(ctx, func() bool { return len(withApprove(w)) == 2 }); err != nil {
		t.Fatal("no cards")
	}
	cards := withApprove(w)
	first, _ := cards[0].Button("Approve")
	forge := func(channel, ts, value string) {
		w.slack.Inject(ctx, "interactive", map[string]any{
			"type": "block_actions", "trigger_id": w.slack.Trigger("U0ADA"), "response_url": w.slack.ResponseURL("C0ADMIN", "U0ADA"),
			"user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}, "team": map[string]any{"id": "T0TEAM"},
			"channel": map[string]any{"id": channel}, "container": map[string]any{"type": "message", "channel_id": channel, "message_ts": ts},
			"message": map[string]any{"ts": ts},
			"actions": []any{map[string]any{"type": "button", "action_id": "approve", "block_id": "decide", "value": value}},
		})
	}
	forge("C0ADMIN", cards[1].TS, first.Value)                             // another message with this grant's value
	forge("C0BUILDS", cards[0].TS, first.Value)                            // another channel
	forge("C0ADMIN", "1.000001", first.Value)                              // a message that is not there
	forge("C0ADMIN", cards[0].TS, "ZZZZZZZZ.0")                            // a grant that is not there
	forge("C0ADMIN", cards[0].TS, strings.Split(first.Value, ".")[0])      // no revision
	forge("C0ADMIN", cards[0].TS, strings.Split(first.Value, ".")[0]+".7") // another revision
	refused := func() (n int) {
		for _, m := range w.slack.Ephemerals("U0ADA") {
			if strings.Contains(m.Text, "not on a message that I posted") || strings.Contains(m.Text, "has changed since") {
				n++
			}
		}
		return n
	}
	if err := w.slack.Wait(ctx, func() bool { return refused() == 6 }); err != nil {
		t.Errorf("%d of 6 forged clicks were refused", refused())
	}
	if p := w.policyOf("my-shared-bucket-20932"); p != "" {
		t.Errorf("a forged click has written %s", p)
	}
	w.does(t, ctx, "ada press Approve", "shows rita 'until'") // the real one counts
}

// A click on a card that was decided meanwhile is refused with who decided.
func TestStaleCard(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	w.does(t, ctx, asking)
	stale := w.card(t, ctx)
	w.does(t, ctx, "ada deny no need", "shows rita 'no need'")
	w.slack.As("U0BOB").Press(ctx, stale, "Approve")
	w.does(t, ctx, "shows bob 'was denied already'", "! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt")
}

const foreign = `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-shared-bucket-20932/secrets/*"}]}`

// Somebody else's edit survives before our read and after our write. In between
// is the window that S3 leaves: the edit is lost, and the policy from before our
// write is in the audit entry.
func TestForeignEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		when     func(edit func()) awssim.Fault
		op       string
		survives bool
	}{
		{"before the read", func(edit func()) awssim.Fault { return awssim.Fault{Times: 1, Before: func(awssim.Call) { edit() }} }, "GetBucketPolicy", true},
		{"in between", func(edit func()) awssim.Fault { return awssim.Fault{Times: 1, Before: func(awssim.Call) { edit() }} }, "PutBucketPolicy", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, ctx := open(t)
			w.does(t, ctx, asking)
			w.card(t, ctx)
			owner := w.aws.Account("222222222222", "nonprod")
			w.aws.Fault(c.op, c.when(func() {
				if err := owner.SetPolicy("my-shared-bucket-20932", foreign); err != nil {
					t.Error(err)
				}
			}))
			w.does(t, ctx, "ada press Approve", "shows rita 'until'")
			if got := strings.Contains(w.policyOf("my-shared-bucket-20932"), "Theirs"); got != c.survives {
				t.Errorf("the edit is there: %v, want %v", got, c.survives)
			}
			audit, err := os.ReadFile(filepath.Join(w.dir, "s3share-audit.jsonl"))
			if err != nil || !strings.Contains(string(audit), `"before":`) {
				t.Errorf("the audit log has no policy from before the write (%v)", err)
			}
		})
	}
}

// An approval that would pass the limit of a policy is refused, and nothing is written.
func TestFullPolicy(t *testing.T) {
	t.Parallel()
	w, ctx := open(t)
	w.does(t, ctx, asking)
	w.card(t, ctx)
	var statements []string
	for n := range 170 {
		statements = append(statements, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-shared-bucket-20932/%03d/*"}`, n))
	}
	full := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	if err := w.aws.Account("222222222222", "nonprod").SetPolicy("my-shared-bucket-20932", full); err != nil {
		t.Fatal(err)
	}
	w.does(t, ctx, "ada press Approve", "shows ada 'is full'")
	if n := w.aws.Count("PutBucketPolicy"); n != 0 {
		t.Errorf("%d writes of a policy that is full", n)
	}
}

// Killed at every step from the click to the told: nothing is lost, nothing is
// held that was not approved, and the person is told once.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, step := range []struct{ op, when string }{
		{"GetBucketPolicy", "before"}, {"PutBucketPolicy", "before"}, {"PutBucketPolicy", "after"},
		{"AddUserToGroup", "before"}, {"AddUserToGroup", "after"}, {"ListGroupsForUser", "after"}, {"GetUser", "before"},
	} {
		t.Run(step.op+" "+step.when, func(t *testing.T) {
			t.Parallel()
			w, ctx := open(t)
			w.does(t, ctx, asking)
			w.card(t, ctx)
			hit, killed := make(chan struct{}), make(chan struct{})
			var once sync.Once
			strike := func(awssim.Call) {
				once.Do(func() { close(hit) })
				<-killed // it must not go on meanwhile
			}
			f := awssim.Fault{Times: 1, Before: strike}
			if step.when == "after" {
				f = awssim.Fault{Times: 1, After: strike}
			}
			w.aws.Fault(step.op, f)
			w.does(t, ctx, "ada press Approve")
			select {
			case <-hit:
			case <-ctx.Done():
				t.Fatal("the step never came")
			}
			w.kill()
			close(killed)
			if err := w.start(); err != nil {
				t.Fatal(err)
			}
			if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
				t.Fatal(err)
			}
			if len(withApprove(w)) > 0 && !strings.Contains(w.card(t, ctx).Text, "approved") { // the click came too early to be stored
				w.slack.As("U0ADA").Press(ctx, w.card(t, ctx), "Approve")
			}
			w.does(t, ctx, "shows rita 'until'", "can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt",
				"clock +2h", "shows rita 'has ended'", "! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt", "! holds build")
			granted := 0
			for _, m := range w.slack.DMs("U0RITA") {
				if strings.Contains(m.Text, "can read") {
					granted++
				}
			}
			if granted != 1 {
				t.Errorf("told %d times that it is granted", granted)
			}
		})
	}
}
