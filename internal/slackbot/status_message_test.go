package slackbot

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// edited waits until a person's direct messages show exactly some texts, one in each, in order.
func (o *office) edited(user string, want ...string) {
	o.t.Helper()
	same := func() bool {
		all := o.texts(user)
		return len(all) == len(want) && !slices.ContainsFunc(want, func(w string) bool {
			return !strings.Contains(all[slices.Index(want, w)], w)
		})
	}
	time.Sleep(time.Minute)
	if !same() {
		o.t.Fatalf("%s has\n%s\nwant\n%s", user, strings.Join(o.texts(user), "\n"), strings.Join(want, "\n"))
	}
}

// The status message is one message from the request to the decision. A new message follows when the
// access is active, ends soon, and ended; the earlier ones then are one line without buttons.
func TestOneStatusMessage(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request("request two-keys/builds read build/test.user 8h two people")
		o.edited("U0RITA", "` submitted: read access, test.user → s3://two-keys/builds/ for 8h.\nApprovers are notified once AWS checks pass.")
		o.offers("U0RITA", "Cancel request")
		o.apply(g.ID, grant.Delayed{Why: "GetBucketPolicy: ServiceUnavailable"})
		o.edited("U0RITA", "AWS check delayed: GetBucketPolicy: ServiceUnavailable. Retrying")
		o.apply(g.ID, grant.Check{})
		o.edited("U0RITA", "Waiting for <@U0ADA> and <@U0BOB>. ")
		rule := o.config.Rules.Rules[0]
		o.apply(g.ID, grant.Narrow{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, To: grant.Narrowing{Prefix: "builds", Level: g.Level, Term: 240}})
		o.edited("U0RITA", "<@U0ADA> narrowed the request: 8h → 4h. Waiting for <@U0ADA> and <@U0BOB>. ")
		o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: 1})
		o.edited("U0RITA", "1 of 2 approvals. Waiting for <@U0BOB>. ")
		o.waitForCard(g.ID)
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "approve "+string(g.ID))
		o.edited("U0RITA", "Approved by <@U0ADA> and <@U0BOB> with changes: 8h → 4h. Waiting for AWS.")
		if left := o.buttons("U0RITA"); len(left) > 0 {
			t.Errorf("an approved request offers %q", left)
		}
		o.confirm(g.ID)
		line := "Request `" + string(g.ID) + "` (test.user, read, s3://two-keys/builds/): approved by <@U0ADA> and <@U0BOB> with changes: 8h → 4h."
		o.edited("U0RITA", line, "Access is active <!date")
		o.apply(g.ID, grant.Warn{Left: 15 * time.Minute})
		o.edited("U0RITA", line, "Access is active: test.user, read, s3://two-keys/builds/. See the newer message", "*Access ends in")
		if left := o.buttons("U0RITA"); !slices.Equal(left, []string{"Extend…", "I'm done"}) {
			t.Errorf("offered %q", left)
		}
		o.ended(g.ID)
		gone := "~Access to s3://two-keys/builds/~ You ended it early."
		o.edited("U0RITA", line, gone, gone, "Access ended: test.user can no longer read s3://two-keys/builds/. You ended it early.")
		if edits := o.slack.Count("chat.update"); edits > 20 {
			t.Errorf("%d edits", edits)
		}
	})
}

// The question to the beneficiary becomes the status message of the beneficiary. Each reader is "you".
func TestStatusOfTheBeneficiary(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request("request my-bucket/builds read build/test.user 8h for <@U0EVE> she is on the train")
		o.allowConsent(g.ID)
		o.edited("U0RITA", "Waiting for <@U0EVE> to confirm.")
		o.slack.As("U0EVE").Press(o.ctx, o.offers("U0EVE", "Decline"), "Confirm")
		o.edited("U0EVE", "on your behalf: read access, test.user → s3://my-bucket/builds/ for 8h.\nYou confirmed. Approvers are notified once AWS checks pass.")
		o.apply(g.ID, grant.Check{})
		o.edited("U0EVE", "You confirmed. Waiting for <@U0ADA>, ")
		o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &o.config.Rules.Rules[1]}})
		o.confirm(g.ID)
		o.edited("U0EVE", "approved by <@U0ADA>.", "Access is active")
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was removed."})
		time.Sleep(time.Minute)
		o.apply(g.ID, grant.Restore{By: member("U0ADA"), Today: grant.Today{Rule: &o.config.Rules.Rules[1]}})
		o.confirm(g.ID)
		for _, user := range []string{"U0RITA", "U0EVE"} {
			o.shows(user, "Access is active again <!date")
		}
		o.apply(g.ID, grant.End{By: member("U0EVE")})
		o.confirmRemoved(g.ID)
		o.shows("U0EVE", "test.user can no longer read s3://my-bucket/builds/. You ended it early.")
		o.shows("U0RITA", "test.user can no longer read s3://my-bucket/builds/. <@U0EVE> ended it early.")
	})
}

// Faults of the status message: it is sent once Slack accepts it, and blocks no later message.
func TestFaultsOfTheStatusMessage(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		fault  slacksim.Fault
		most   int // copies of the status message
	}{
		"post refused":             {"chat.postMessage", slacksim.Refuse("channel_not_found"), 0},
		"post not answered":        {"chat.postMessage", slacksim.RefuseHTTP(503), 1},
		"post took effect":         {"chat.postMessage", slacksim.LoseReply(), 2},
		"edit refused for good":    {"chat.update", slacksim.Refuse("cant_update_message"), 1},
		"edit of deleted message":  {"chat.update", slacksim.Refuse("message_not_found"), 1},
		"edit refused for a while": {"chat.update", slacksim.Refuse("internal_error"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				fault := c.fault.In("U0RITA").Only(1)
				if c.method == "chat.update" {
					fault = c.fault.In(o.slack.DM("U0RITA"))
				}
				heal := o.slack.Fault(c.method, fault)
				g := o.apply(o.request(requestText).ID, grant.Check{})
				time.Sleep(10 * time.Minute)
				o.approve(g)
				o.confirm(g.ID)
				o.shows("U0RITA", "Access is active <!date")
				o.ended(g.ID)
				o.shows("U0RITA", "Access ended: ")
				heal()
				time.Sleep(10 * time.Hour)
				status := 0
				for _, text := range o.texts("U0RITA") {
					if strings.Contains(text, "Request `") {
						status++
					}
				}
				if status > c.most {
					t.Errorf("%d status messages, in\n%s", status, strings.Join(o.texts("U0RITA"), "\n"))
				}
				if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now(), 10); len(due) > 0 {
					t.Error("it is tried for ever")
				}
			})
		})
	}
}

// An outage of hours leaves no status message behind. It begins between the request and its denial.
func TestStatusMessageAfterAnOutage(t *testing.T) {
	for name, fault := range map[string]slacksim.Fault{
		"503":            slacksim.RefuseHTTP(503),
		"500":            slacksim.RefuseHTTP(500),
		"internal_error": slacksim.Refuse("internal_error"),
		"invalid_auth":   slacksim.Refuse("invalid_auth"),
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g := o.apply(o.request(requestText).ID, grant.Check{})
				o.edited("U0RITA", "Waiting for <@U0ADA>, ")
				posts, edits := o.slack.Fault("chat.postMessage", fault), o.slack.Fault("chat.update", fault)
				o.apply(g.ID, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
				time.Sleep(8 * time.Hour)
				posts()
				edits()
				time.Sleep(time.Hour)
				o.shows("U0RITA", "): denied by <@U0ADA>.")
			})
		})
	}
}

// A store of the version before: the message that a request was received is the status message from
// now on, and no message is sent again.
func TestMessagesOfTheVersionBefore(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		before := func(g grant.Grant, more ...store.Post) string {
			_, ts, err := o.bot.app.api.PostMessageContext(o.ctx, "U0RITA", blocks.Message{Text: "Your request `" + string(g.ID) + "` is with the people who decide."}.Options()...)
			if err != nil {
				t.Fatal(err)
			}
			d, err := o.store.Delivery(o.ctx, g.ID)
			if err != nil {
				t.Fatal(err)
			}
			d.Posts = slices.DeleteFunc(d.Posts, func(p store.Post) bool { return p.Kind == blocks.PostReceived })
			d.Posts = append(d.Posts, store.Post{Kind: blocks.PostReceived, Event: 1, Recipient: "U0RITA", Channel: o.slack.DM("U0RITA"), TS: ts, Digest: "before"})
			if err := o.store.Commit(o.ctx, store.Tx{At: time.Now(), Deliveries: []store.Delivery{d}}); err != nil {
				t.Fatal(err)
			}
			return ts
		}
		first := o.apply(o.request(requestText).ID, grant.Check{})
		second := o.apply(o.request(requestText).ID, grant.Check{})
		time.Sleep(time.Minute)
		pending, active := before(first), before(second)
		o.approve(second)
		o.confirm(second.ID)
		time.Sleep(time.Minute)
		sent := len(o.texts("U0RITA"))
		o.restart()
		o.apply(first.ID, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &first.Rule}, Why: "no need"})
		o.shows("U0RITA", ") denied by <@U0ADA>: no need")
		o.ended(second.ID)
		o.shows("U0RITA", "Access ended: ")
		time.Sleep(time.Hour)
		for ts, want := range map[string]string{pending: "): denied by <@U0ADA>.", active: "): approved by <@U0ADA>."} {
			if m, _ := o.slack.Message(o.slack.DM("U0RITA"), ts); !strings.Contains(m.Text, want) {
				t.Errorf("the message of before says %q, want %q", m.Text, want)
			}
		}
		if n := len(o.texts("U0RITA")); n != sent+2 {
			t.Errorf("%d messages after the upgrade, want the denial and the end: %s", n-sent, strings.Join(o.texts("U0RITA"), "\n"))
		}
	})
}

// A request that the version before had stored and not checked yet gets one status message.
func TestStatusOfARequestOfTheVersionBefore(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request(requestText)
		d, err := o.store.Delivery(o.ctx, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.Told = 1
		if err := o.store.Commit(o.ctx, store.Tx{At: time.Now(), Deliveries: []store.Delivery{d}}); err != nil {
			t.Fatal(err)
		}
		o.edited("U0RITA")
		o.apply(g.ID, grant.Check{})
		o.edited("U0RITA", "Waiting for <@U0ADA>, ")
		o.restart()
		o.apply(g.ID, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
		o.edited("U0RITA", "): denied by <@U0ADA>.", ") denied by <@U0ADA>: no need")
	})
}

// The requester is not told of a pause that was over before it was told.
func TestNoResumeWithoutAPause(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.confirm(g.ID)
		o.shows("U0RITA", "Access is active")
		synctest.Wait()
		heal := o.slack.Fault("chat.postMessage", slacksim.RefuseHTTP(503))
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was removed."})
		synctest.Wait() // Slack has refused to tell of the pause
		o.apply(g.ID, grant.Restore{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
		o.confirm(g.ID)
		synctest.Wait()
		heal()
		time.Sleep(time.Hour)
		if all := strings.Join(o.texts("U0RITA"), "\n"); strings.Contains(all, "again") {
			t.Errorf("she is told\n%s", all)
		}
	})
}
