package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// texts returns the messages in a channel or a direct message, in order.
func (o *office) texts(where string) (all []string) {
	messages := o.slack.Messages(where)
	if strings.HasPrefix(where, "U") {
		messages = o.slack.DMs(where)
	}
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return all
}

// toldOnce are texts that identify the messages of a life, and overWords those after the end.
var (
	toldOnce  = []string{"Waiting for <@", "Try: ", "Access ends in", "Access ended: "}
	overWords = []string{"): approved by <@U0ADA>.", "~Access to s3://my-bucket/builds/~", "~Access to s3://my-bucket/builds/~", "Access ended: "}
)

// wasToldOnce waits until the messages of a life show its end, one of each.
func (o *office) wasToldOnce() {
	o.t.Helper()
	time.Sleep(time.Hour)
	all := o.texts("U0RITA")
	if len(all) != len(overWords) {
		o.t.Fatalf("%d messages, in\n%s", len(all), strings.Join(all, "\n"))
	}
	for i, words := range overWords {
		if !strings.Contains(all[i], words) {
			o.t.Errorf("message %d does not show %q, in\n%s", i, words, strings.Join(all, "\n"))
		}
	}
}

// approve approves a request as Ada.
func (o *office) approve(g grant.Grant) {
	o.t.Helper()
	o.waitForCard(g.ID)
	if d := o.slack.As("U0ADA").Slash(o.ctx, "C0BUILDS", "/s3share", "approve "+string(g.ID)); d.Error != "" {
		o.t.Fatal(d.Error)
	}
	synctest.Wait()
	if s := o.get(g.ID).State; s != grant.Approved {
		o.t.Fatalf("it is %s", s)
	}
}

func (o *office) ended(id grant.ID) {
	o.t.Helper()
	o.apply(id, grant.End{By: grant.Actor{Person: grant.Person{Team: "T0TEAM", User: "U0RITA"}, Standing: grant.Member}})
	o.confirmRemoved(id)
}

// In a whole life each event is told once and in order, and the card is updated.
func TestEachEventIsToldOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		shows := func(words string) {
			t.Helper()
			o.wait("the card to show "+words, func() bool {
				m, _ := o.slack.Message("C0ADMIN", card.TS)
				return strings.Contains(m.Plain(), words) && strings.Contains(m.Text, words)
			})
		}
		shows("waiting for a decision by <@U0ADA>, <@U0BOB> or <!subteam^S0OPS>; ")
		o.approve(g)
		shows("approved by <@U0ADA>; waiting for AWS")
		o.confirm(g.ID)
		shows("active <!date")
		synctest.Wait()
		o.apply(g.ID, grant.Warn{Left: 15 * time.Minute})
		synctest.Wait()
		o.ended(g.ID)
		shows("ended early by <@U0RITA>")
		time.Sleep(2 * time.Hour)
		o.wasToldOnce()
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages in the channel, want the card alone", n)
		}
		if m, _ := o.slack.Message("C0ADMIN", card.TS); len(m.Buttons()) > 0 {
			t.Error("the card of an ended grant has buttons")
		}
		if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now().Add(1000*time.Hour), 10); len(due) > 0 {
			t.Error("there is something left to tell")
		}
	})
}

// Slack is down from the approval until long after the end. Superseded events are described by
// their result.
func TestSlackDownForAWholeLife(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.shows("U0ADA", "will be notified when access is active")
		o.slack.Down(true)
		o.confirm(g.ID)
		time.Sleep(time.Hour)
		o.apply(g.ID, grant.Warn{Left: 15 * time.Minute})
		time.Sleep(time.Hour)
		o.ended(g.ID)
		time.Sleep(3 * time.Hour)
		o.slack.Down(false)
		o.shows("U0RITA", "Access ended: ")
		o.shows("C0ADMIN", "ended early by")
		time.Sleep(time.Hour)
		if all := o.texts("U0RITA"); len(all) != 2 || !strings.Contains(all[0], overWords[0]) || !strings.Contains(all[1], toldOnce[3]) {
			t.Errorf("told\n%s", strings.Join(all, "\n"))
		}
	})
}

// If each method fails for a while, messages are late and not repeated.
func TestNoticesAfterAnOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault slacksim.Fault
	}{
		{"refused", slacksim.Refuse("internal_error")},
		{"503", slacksim.RefuseHTTP(503)},
		{"429", slacksim.Fault{Status: 429, RetryAfter: 30 * time.Second}},
		{"cut", slacksim.Fault{Cut: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, _ := o.pending(requestText)
				o.shows("U0RITA", toldOnce[0])
				var heal []func()
				for _, method := range []string{"chat.postMessage", "chat.update"} {
					heal = append(heal, o.slack.Fault(method, c.fault))
				}
				o.approve(g)
				o.confirm(g.ID)
				time.Sleep(20 * time.Minute)
				if n := len(o.texts("U0RITA")); n != 1 {
					t.Errorf("told %d times", n)
				}
				for _, h := range heal {
					h()
				}
				o.shows("U0RITA", toldOnce[1])
				o.apply(g.ID, grant.Warn{Left: 15 * time.Minute})
				o.shows("U0RITA", toldOnce[2])
				o.ended(g.ID)
				o.shows("U0RITA", toldOnce[3])
				o.shows("C0ADMIN", "ended early by")
				o.restart()
				time.Sleep(time.Hour)
				o.wasToldOnce()
			})
		})
	}
}

// A post with a lost reply is posted twice, and no more often.
func TestLostReplyOfAPost(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		defer o.slack.Fault("chat.postMessage", slacksim.LoseReply().Only(1))()
		defer o.slack.Fault("chat.update", slacksim.LoseReply().Only(1))()
		o.confirm(g.ID)
		time.Sleep(time.Hour)
		n := 0
		for _, text := range o.texts("U0RITA") {
			if strings.Contains(text, toldOnce[1]) {
				n++
			}
		}
		if n != 2 || len(o.channel()) != 1 {
			t.Errorf("told %d times; %d messages in the channel", n, len(o.channel()))
		}
	})
}

// Slack accepts every message without a reply, for hours. Duplicates stay few, and while Slack does
// not answer at all there is only one.
func TestLostReplies(t *testing.T) {
	for method, most := range map[string]int{"chat.postMessage": 8, "*": 2} {
		t.Run(method, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, _ := o.pending(requestText)
				o.shows("U0RITA", toldOnce[0])
				o.approve(g)
				heal := o.slack.Fault(method, slacksim.Delay(1000*time.Hour)) // calls that timed out take effect too
				o.confirm(g.ID)
				time.Sleep(time.Hour)
				copies := func() (n int) {
					for _, text := range o.texts("U0RITA") {
						if strings.Contains(text, toldOnce[1]) {
							n++
						}
					}
					return n
				}
				if n := copies(); n > most || n == 0 {
					t.Errorf("%d copies of one message", n)
				}
				if method == "chat.postMessage" && copies() == 1 {
					t.Error("a call that hangs is never given up")
				}
				heal()
				o.ended(g.ID)
				o.shows("U0RITA", toldOnce[3])
				if n := copies(); n > most+1 {
					t.Errorf("%d copies of one message in the end", n)
				}
			})
		})
	}
}

// With Slack's limits, ten cards and their notices are sent without a 429.
func TestPace(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.RateLimits(true)
		var ids []grant.ID
		for n := range 10 {
			ids = append(ids, o.request(fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", n)).ID)
		}
		began := time.Now()
		for _, id := range ids {
			o.apply(id, grant.Check{})
		}
		o.wait("ten cards", func() bool { return len(o.channel()) == 10 })
		took := time.Since(began)
		if took < 4*time.Second || took > 7*time.Second {
			t.Errorf("ten cards took %s, want one a second after a burst of 5", took)
		}
		o.wait("ten notices", func() bool { return len(o.slack.DMs("U0RITA")) == 10 })
		for _, r := range o.slack.Rejected() {
			t.Errorf("%s: %s", r.Method, r.Error)
		}
	})
}

// Retry-After applies to messages in the same channel, and to those that have to follow them.
func TestRetryAfter(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		defer o.slack.Fault("chat.postMessage", slacksim.Fault{Times: 1, Status: 429, RetryAfter: time.Minute})()
		var ids []grant.ID
		for range 4 {
			g := o.apply(o.request(requestText).ID, grant.Check{})
			ids = append(ids, g.ID)
			synctest.Wait()
		}
		began := time.Now()
		o.apply(g.ID, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
		o.shows("U0RITA", ") denied by <@U0ADA>: no need") // in another place
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("what is for Rita waited %s", took)
		}
		if now, _ := o.slack.Message("C0ADMIN", card.TS); !strings.Contains(now.Plain(), "denied") {
			t.Error("the update of another card waited too")
		}
		time.Sleep(50 * time.Second)
		posts := 0
		for _, c := range o.slack.Calls() {
			if c.Method == "chat.postMessage" && c.Args["channel"] == "C0ADMIN" {
				posts++
			}
		}
		if posts != 2 { // the first card, and the one that Slack refused
			t.Errorf("%d posts into the channel while Slack asked to wait", posts)
		}
		o.wait("all cards", func() bool { return len(o.channel()) == 5 })
		if took := time.Since(began); took < time.Minute || took > 70*time.Second {
			t.Errorf("all %d cards came after %s", len(ids), took)
		}
		o.wait("the notices", func() bool { return strings.Count(strings.Join(o.texts("U0RITA"), "\n"), toldOnce[0]) == len(ids) })
	})
}

// If a channel cannot be posted to, the card goes to the admin channel, and the requester is told
// as usual.
func TestChannelIsGone(t *testing.T) {
	for name, spoil := range map[string]func(*office){
		"archived": func(o *office) { o.slack.EditChannel("C0DATA", func(c *slacksim.Channel) { c.Archived = true }) },
		"bot left": func(o *office) { o.slack.Leave("C0DATA", "U0BOT") },
		"private left": func(o *office) {
			o.slack.EditChannel("C0DATA", func(c *slacksim.Channel) { c.Private, c.Members = true, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.slack.AddChannel("C0DATA", "data", "U0ADA")
				o.config.Rules.Rules[1].Channel = "C0DATA"
				spoil(o)
				g, _ := o.pending(requestText)
				o.shows("U0RITA", toldOnce[0])
				o.approve(g)
				o.confirm(g.ID)
				o.shows("U0RITA", toldOnce[1])
			})
		})
		t.Run(name+" later", func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.slack.AddChannel("C0DATA", "data", "U0ADA")
				o.config.Rules.Rules[1].Channel = "C0DATA"
				g := o.apply(o.request(requestText).ID, grant.Check{})
				o.shows("C0DATA", string(g.ID))
				synctest.Wait()
				spoil(o)
				o.approve(g)
				o.confirm(g.ID)
				o.shows("U0RITA", toldOnce[1])
				if name != "bot left" { // of a public channel: it may still update its posts
					o.shows("C0ADMIN", "active <!date") // another card, because it is still relevant
				}
				o.ended(g.ID)
				o.shows("U0RITA", toldOnce[3])
				time.Sleep(time.Hour)
				if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now(), 10); len(due) > 0 {
					t.Error("it is tried for ever")
				}
			})
		})
	}
}

// A deleted card is posted again while it is needed, and not afterwards.
func TestCardIsDeleted(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		remove := func(m slacksim.Message) {
			if _, _, err := o.bot.app.api.DeleteMessageContext(o.ctx, m.Channel, m.TS); err != nil {
				t.Fatal(err)
			}
		}
		g, card := o.pending("request two-keys read build/test.user 8h two people")
		remove(card)
		o.waitForCard(g.ID)
		o.slack.As("U0ADA").Slash(o.ctx, "C0BUILDS", "/s3share", "approve "+string(g.ID))
		again := o.shows("C0ADMIN", "1 of 2")
		synctest.Wait()
		if again.TS == card.TS {
			t.Fatal("it was not deleted")
		}
		remove(again)
		o.waitForCard(g.ID)
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" no need")
		o.shows("U0RITA", ") denied by <@U0BOB>: no need")
		time.Sleep(time.Hour)
		if n := len(o.channel()); n != 0 {
			t.Error("a card for what is over")
		}
		if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now(), 10); len(due) > 0 {
			t.Error("it is tried for ever")
		}
	})
}

// A person who cannot be reached blocks no other, and is not retried forever.
func TestRequesterHasLeft(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.slack.EditUser("U0RITA", func(u *slacksim.User) { u.Deleted = true })
		o.confirm(g.ID)
		o.shows("C0ADMIN", "active <!date")
		time.Sleep(time.Hour)
		if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now(), 10); len(due) > 0 {
			t.Error("it is tried for ever")
		}
	})
}

// A failure for one grant does not block another.
func TestFailureBlocksNoOtherGrant(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.AddChannel("C0DATA", "data", "U0ADA")
		o.config.Rules.Rules[0].Channel = "C0DATA"
		heal := o.slack.Fault("chat.postMessage", slacksim.Refuse("internal_error"))
		for range 20 {
			o.apply(o.request("request two-keys read build/test.user 8h two people").ID, grant.Check{})
		}
		time.Sleep(10 * time.Minute)
		heal()
		g := o.request(requestText)
		began := time.Now()
		o.apply(g.ID, grant.Check{})
		o.shows("C0ADMIN", string(g.ID))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// A refusal is sent to the place of the command, and otherwise directly.
func TestRefusalsAreTold(t *testing.T) {
	for _, late := range []bool{false, true} {
		inOffice(t, func(t *testing.T, o *office) {
			g := o.request(requestText)
			if late {
				time.Sleep(time.Hour)
			}
			o.apply(g.ID, grant.Reject{Why: "AWS knows no user called test.user. Check the name."})
			o.shows("U0RITA", "refused: AWS knows no user called test.user.")
			time.Sleep(time.Hour)
			if n := len(o.slack.DMs("U0RITA")); n != map[bool]int{true: 2}[late] {
				t.Errorf("late: %v, and %d direct messages", late, n)
			}
			if n := len(o.channel()); n != 0 {
				t.Error("a refused request has a card")
			}
		})
	}
}

// A request that was over before its card was posted gets none.
func TestNoCardForAFinishedRequest(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("chat.postMessage", slacksim.RefuseHTTP(503))
		g := o.apply(o.request(requestText).ID, grant.Check{})
		time.Sleep(time.Minute)
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "cancel "+string(g.ID))
		synctest.Wait() // it is cancelled before a retry of the card can succeed
		heal()
		time.Sleep(time.Hour)
		if all := o.texts("U0RITA"); len(all) > 0 { // she has the answer to her command
			t.Errorf("she is told %s", all)
		}
		if n := len(o.channel()); n != 0 {
			t.Errorf("%d messages in the channel", n)
		}
	})
}

// The requester is told in order: a failed notice blocks the later ones.
func TestNoticesInOrder(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.shows("U0RITA", toldOnce[0])
		o.approve(g)
		defer o.slack.Fault("chat.postMessage", slacksim.RefuseHTTP(503).Only(1))()
		next, err := o.get(g.ID).Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, []string{"a"}, time.Now()).Half(grant.OwnerHalf).RecordPresent(time.Now())
		if err == nil {
			next, err = next.Half(grant.GranteeHalf).WithWriteIntent(grant.Membership, []string{"b"}, time.Now()).Half(grant.GranteeHalf).RecordPresent(time.Now())
		}
		if err == nil {
			next, err = next.Apply(grant.Warn{Left: 15 * time.Minute}, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
		o.put(o.get(g.ID), next) // at once, so that both are sent in one pass
		o.shows("U0RITA", toldOnce[2])
		o.ended(g.ID)
		o.shows("U0RITA", toldOnce[3])
		o.wasToldOnce()
	})
}

// A person who is only informed about a drift gets no question, and the buttons work.
func TestDrift(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.confirm(g.ID)
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was removed by somebody else."})
		asked := o.shows("C0ADMIN", "Access is paused: the statement was removed by somebody else. Affected: ")
		o.shows("U0RITA", "because AWS was changed outside s3share.")
		synctest.Wait()
		o.slack.As("U0EVE").Press(o.ctx, asked, "Restore")
		o.shows("U0EVE", "You are not an approver of")
		o.slack.As("U0ADA").Press(o.ctx, asked, "Restore")
		o.shows("U0ADA", "Restoring access. The alert says when AWS has confirmed it.")
		time.Sleep(time.Minute)
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "It was removed once more."})
		again := o.shows("C0ADMIN", "Access is paused: it was removed once more.")
		o.shows("C0ADMIN", "~Access is paused: the statement was removed by somebody else.~ Restored by <@U0ADA>, then changed again outside s3share.")
		o.slack.As("U0ADA").Press(o.ctx, asked, "Restore")
		o.shows("U0ADA", "That question was about an earlier change")
		if o.get(g.ID).DriftedAt.IsZero() {
			t.Error("a button about an earlier change has put it back")
		}
		o.slack.As("U0BOB").Press(o.ctx, again, "End…")
		o.shows("U0BOB", "<@U0RITA> will be notified.")
		if g := o.get(g.ID); g.State != grant.Ending || g.Outcome != grant.Revoked {
			t.Errorf("%s, %s", g.State, g.Outcome)
		}
		if m := o.slack.DMs("U0RITA"); slices.ContainsFunc(m, func(m slacksim.Message) bool { _, has := m.Button("Restore"); return has }) {
			t.Error("the requester is asked")
		}
	})
}

// A busy channel delays only its own messages: the requester is told at once that access is open. The card
// of a request that was decided before is not posted.
func TestBusyChannelDelaysNoOther(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		asks := func(user, text string) grant.Grant {
			return o.apply(o.requestAs(user, text).ID, grant.Check{})
		}
		asked := []grant.Grant{asks("U0EVE", "request my-bucket/first read build/test.user 8h burst")}
		for n := range 200 {
			asks("U0RITA", fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", n))
		}
		asked = append(asked, asks("U0EVE", "request my-bucket/last read build/test.user 8h burst"))
		time.Sleep(3 * time.Second)
		for _, g := range asked { // the card of the first is posted, that of the last not yet
			o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
			o.confirm(g.ID)
		}
		time.Sleep(2 * time.Second)
		for _, g := range asked {
			if text := "can read s3://my-bucket/" + g.Prefix; !slices.ContainsFunc(o.slack.DMs("U0EVE"), func(m slacksim.Message) bool { return strings.Contains(m.Text, text) }) {
				t.Errorf("after two seconds Eve was not told that it %s", text)
			}
		}
		time.Sleep(15 * time.Second)
		if n := len(o.channel()); n > 20 {
			t.Errorf("%d messages about 202 requests", n)
		}
		for _, g := range o.all() {
			shown := len(o.posts(blocks.PostCard, []grant.ID{g.ID})) + len(o.posts(blocks.PostListed, []grant.ID{g.ID}))
			if wants := g.ID != asked[1].ID; shown > 1 || wants && shown == 0 {
				t.Errorf("%s, %s: shown %d times", g.ID, g.State, shown)
			}
		}
	})
}
