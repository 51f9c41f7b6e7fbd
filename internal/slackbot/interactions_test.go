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

// A click that arrives before the reply to its card's post waits for it.
func TestClickOvertakesItsCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("chat.postMessage", slacksim.DelayReply(4*time.Second))
		g := o.apply(o.request(requestText).ID, grant.Check{})
		card := o.shows("C0ADMIN", string(g.ID))
		began := time.Now()
		d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		if !d.Acked || d.Latency > 100*time.Millisecond {
			t.Errorf("acknowledged: %v, after %s", d.Acked, d.Latency)
		}
		o.shows("U0ADA", "will be notified when access is active")
		if took := time.Since(began); took < 3*time.Second || took > 5*time.Second {
			t.Errorf("it counted after %s; the card was in the record after 4 s", took)
		}
		heal()
		// Deny… cannot wait that long: its modal opens, and the submission waits.
		heal = o.slack.Fault("chat.postMessage", slacksim.DelayReply(8*time.Second))
		g = o.apply(o.request(requestText).ID, grant.Check{})
		card = o.shows("C0ADMIN", string(g.ID))
		o.slack.As("U0BOB").Press(o.ctx, card, "Deny…")
		o.wait("the modal", func() bool { return o.slack.View("U0BOB") != nil })
		if d := o.slack.As("U0BOB").Submit(o.ctx, *o.slack.View("U0BOB"), map[string]string{"why": "no need"}); !d.Acked || d.Error != "" {
			t.Errorf("the modal: %s", d.Error)
		}
		o.shows("U0BOB", "Denied")
		heal()
	})
}

// forge clicks a button that does not exist.
func (o *office) forge(user, channel, ts, action, value string) slacksim.Delivery {
	return o.slack.Inject(o.ctx, "interactive", map[string]any{
		"type": "block_actions", "trigger_id": o.slack.Trigger(user), "response_url": o.slack.ResponseURL("C0ADMIN", user),
		"user": map[string]any{"id": user, "team_id": "T0TEAM"}, "team": map[string]any{"id": "T0TEAM"},
		"channel": map[string]any{"id": channel}, "container": map[string]any{"type": "message", "channel_id": channel, "message_ts": ts},
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "decide", "value": value}},
	})
}

func TestForgedClicks(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, cardA := o.pending(requestText)
		b, cardB := o.pending("request my-bucket/other read build/test.user 8h another")
		va, vb := string(a.ID)+".0", string(b.ID)+".0"
		theirs := o.slack.As("U0EVE").Say("C0ADMIN", "Approve?")
		dm := o.slack.DMs("U0RITA")[0]
		const ours, moved = "That button doesn't count: its message isn't one that I posted " +
			"for this request.", "This request has " +
			"changed since that card was posted."
		for _, c := range []struct{ name, channel, ts, action, value, want string }{
			{"another card with this grant's value", "C0ADMIN", cardB.TS, "approve", va, ours},
			{"this card with another grant's value", "C0ADMIN", cardA.TS, "approve", vb, ours},
			{"a person's message", "C0ADMIN", theirs.TS, "approve", va, ours},
			{"a message of the bot's that is no card", dm.Channel, dm.TS, "approve", va, ours},
			{"another channel", "C0BUILDS", cardA.TS, "approve", va, ours},
			{"no message", "C0ADMIN", "", "approve", va, ours},
			{"no grant", "C0ADMIN", cardA.TS, "approve", "ZZZZZZZZ.0", ours},
			{"no value", "C0ADMIN", cardA.TS, "approve", "", ours},
			{"no revision", "C0ADMIN", cardA.TS, "approve", string(a.ID), ours},
			{"a revision that is no number", "C0ADMIN", cardA.TS, "approve", string(a.ID) + ".x", ours},
			{"another revision", "C0ADMIN", cardA.TS, "approve", string(a.ID) + ".7", moved},
			{"a negative revision", "C0ADMIN", cardA.TS, "approve", string(a.ID) + ".-1", moved},
			{"an action of another message", "C0ADMIN", cardA.TS, "put_back", va, ours},
			{"ending by the card", "C0ADMIN", cardA.TS, "end", va, ours},
			{"an action that does not exist", "C0ADMIN", cardA.TS, "become_admin", va, ours},
			{"a deny of another card", "C0ADMIN", cardB.TS, "deny", va, ours},
			{"a deny of another revision", "C0ADMIN", cardA.TS, "deny", string(a.ID) + ".7", moved},
			{"a path for a value", "C0ADMIN", cardA.TS, "approve", "../../" + va, ours},
		} {
			before := len(o.slack.Ephemerals("U0ADA")) + len(o.slack.DMs("U0ADA"))
			if d := o.forge("U0ADA", c.channel, c.ts, c.action, c.value); !d.Acked {
				t.Errorf("%s: not acknowledged", c.name)
			}
			synctest.Wait()
			all := append(o.slack.DMs("U0ADA"), o.slack.Ephemerals("U0ADA")...)
			if len(all) != before+1 || !strings.Contains(all[len(all)-1].Text, c.want) {
				t.Errorf("%s: told %d times, at last %q", c.name, len(all)-before, all[len(all)-1].Text)
			}
			for _, id := range []grant.ID{a.ID, b.ID} {
				if g := o.get(id); g.State != grant.Pending || len(g.Decisions) > 0 {
					t.Errorf("%s: %s is %s", c.name, id, g.State)
				}
			}
			if o.slack.View("U0ADA") != nil {
				t.Errorf("%s: a form was opened", c.name)
			}
		}
		for _, card := range []slacksim.Message{cardA, cardB} { // nor has one of them been changed
			if now, _ := o.slack.Message("C0ADMIN", card.TS); now.Plain() != card.Plain() {
				t.Errorf("a card shows %s", now.Plain())
			}
		}
		o.slack.As("U0ADA").Press(o.ctx, cardA, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
	})
}

// A submitted form is checked against the record like a click: its metadata may be forged.
func TestForgedForm(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, _ := o.pending(requestText)
		_, cardB := o.pending(requestText)
		o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "view_submission", "user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0ADA"),
			"view": map[string]any{"callback_id": "deny", "private_metadata": `{"ID":"` + string(a.ID) + `","Revision":0,"Channel":"C0ADMIN","TS":"` + cardB.TS + `"}`,
				"state": map[string]any{"values": map[string]any{"why": map[string]any{"reason": map[string]any{"type": "plain_text_input", "value": "x"}}}}},
		})
		o.shows("U0ADA", "isn't one that I posted")
		if g := o.get(a.ID); g.State != grant.Pending {
			t.Errorf("it is %s", g.State)
		}
	})
}

// A form without a message can only come from the person's own Home.
func TestForgedFormWithoutAMessage(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		a, _ := o.pending(requestText)
		o.slack.Inject(o.ctx, "interactive", map[string]any{
			"type": "view_submission", "user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0ADA"),
			"view": map[string]any{"callback_id": "change", "private_metadata": `{"ID":"` + string(a.ID) + `","Revision":0,"Channel":"","TS":""}`,
				"state": map[string]any{"values": map[string]any{
					"prefix": map[string]any{"prefix": map[string]any{"type": "plain_text_input", "value": "builds"}},
					"term":   map[string]any{"term": map[string]any{"type": "plain_text_input", "value": "1h"}},
				}}},
		})
		o.shows("U0ADA", "isn't one that I posted")
		if g := o.get(a.ID); g.Revision != 0 || g.State != grant.Pending {
			t.Errorf("it is %s, and has been changed %d times", g.State, g.Revision)
		}
	})
}

// openDenial presses Deny… and returns the form, or nil if there is none.
func (o *office) openDenial(user string, card slacksim.Message) *slacksim.View {
	o.t.Helper()
	if d := o.slack.As(user).Press(o.ctx, card, "Deny…"); d.Error != "" {
		o.t.Fatal(d.Error)
	}
	synctest.Wait()
	return o.slack.View(user)
}

func TestDeny(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		form := o.openDenial("U0ADA", card)
		for _, c := range []struct{ why, want string }{
			{"", "Please complete this required field."}, // Slack itself
			{" \n ", "A reason is missing."},
			{"a\u202eb", "The reason has an invisible character: U+202E."},
		} {
			if d := o.slack.As("U0ADA").Submit(o.ctx, *form, map[string]string{"why": c.why}); !strings.Contains(d.FieldErrors["why"], c.want) {
				t.Errorf("%q: beside the field stands %q", c.why, d.FieldErrors["why"])
			}
		}
		second := o.openDenial("U0BOB", card)
		if d := o.slack.As("U0ADA").Submit(o.ctx, *form, map[string]string{"why": "<!channel> there is a *copy*"}); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.shows("U0ADA", "Denied")
		o.shows("U0RITA", ") denied by <@U0ADA>: &lt;!channel&gt; there is a *copy*")
		o.shows("C0ADMIN", "denied by <@U0ADA>")
		// Bob still has the form open.
		if d := o.slack.As("U0BOB").Submit(o.ctx, *second, map[string]string{"why": "no"}); d.Error != "" || o.slack.View("U0BOB") != nil {
			t.Errorf("the form stays open: %s", d.Error)
		}
		o.shows("U0BOB", "This request was already denied (by <@U0ADA>; ")
		// And an old card.
		if form := o.openDenial("U0EVE", card); form != nil {
			t.Error("a form is opened for what is already denied")
		}
		o.shows("U0EVE", "This request was already denied (by <@U0ADA>; ")
		if n := len(o.get(g.ID).History); n != 3 {
			t.Errorf("%d events", n)
		}
	})
}

// A form that is submitted twice at once denies once, and the second submission has no answer. A
// person who opened two forms is told that they have denied the request already.
func TestDenySubmittedTwice(t *testing.T) {
	for _, c := range []struct {
		name  string
		views [2]string
		told  bool
	}{{"one form", [2]string{"V1", "V1"}, false}, {"two forms", [2]string{"V1", "V2"}, true}} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, card := o.pending(requestText)
				form := o.openDenial("U0ADA", card)
				defer o.slack.Fault("users.info", slacksim.Delay(time.Second))()
				for _, id := range c.views {
					o.slack.Inject(o.ctx, "interactive", map[string]any{
						"type": "view_submission", "user": map[string]any{"id": "U0ADA", "team_id": "T0TEAM"}, "trigger_id": o.slack.Trigger("U0ADA"),
						"view": map[string]any{"id": id, "callback_id": form.CallbackID, "private_metadata": form.PrivateMetadata,
							"state": map[string]any{"values": map[string]any{"why": map[string]any{"reason": map[string]any{"type": "plain_text_input", "value": "no"}}}}},
					})
				}
				o.shows("U0ADA", "Denied")
				time.Sleep(5 * time.Second)
				told := slices.ContainsFunc(append(o.slack.DMs("U0ADA"), o.slack.Ephemerals("U0ADA")...), func(m slacksim.Message) bool {
					return strings.Contains(m.Text, "already "+
						"denied")
				})
				if told != c.told {
					t.Errorf("told that it was already denied: %v", told)
				}
				if g := o.get(g.ID); g.State != grant.Denied || len(g.History) != 3 {
					t.Errorf("%s after %d events", g.State, len(g.History))
				}
			})
		})
	}
}

// A person who certainly may not deny is told before they type a reason.
func TestDenyIsRefusedBeforeTheForm(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		_, card := o.pending("request two-keys read build/test.user 8h two people") // its rule has no groups
		if o.openDenial("U0EVE", card) != nil {
			t.Error("a form is opened for somebody who may not decide")
		}
		o.shows("U0EVE", "You are not an approver of two-keys.")
		o.slack.Join("C0ADMIN", "U0RITA")
		if o.openDenial("U0RITA", card) != nil {
			t.Error("a form is opened for the requester")
		}
		o.shows("U0RITA", "You can't deny your own request.")
		_, card = o.pending(requestText) // its rule has a group: only Slack knows the members
		form := o.openDenial("U0EVE", card)
		if d := o.slack.As("U0EVE").Submit(o.ctx, *form, map[string]string{"why": "no"}); d.Error != "" {
			t.Error(d.Error)
		}
		o.shows("U0EVE", "You are not an approver of my-bucket.")
	})
}

// If a form cannot be opened in time, a message has the alternative.
func TestFormTooLate(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		defer o.slack.Fault("views.open", slacksim.Delay(4*time.Second))()
		o.slack.As("U0ADA").Press(o.ctx, card, "Deny…")
		o.shows("U0ADA", "The form could not be opened. Press the button again, or type `/s3share deny "+string(g.ID))
	})
}

// looks is the digest of a grant's card.
func looks(g grant.Grant) string { return blocks.Card(g).Digest() }

// A click on an outdated card is answered with the decision, and the card is redrawn, even if the
// record says that it is up to date.
func TestStaleCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		heal := o.slack.Fault("chat.update", slacksim.Refuse("internal_error"))
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		synctest.Wait()
		d, err := o.store.Delivery(o.ctx, g.ID) // as in a restored store
		if err != nil {
			t.Fatal(err)
		}
		d.Posts[0].Digest, d.Told = looks(o.get(g.ID)), len(o.get(g.ID).History)
		if err := o.store.Commit(o.ctx, store.Tx{Deliveries: []store.Delivery{d}, DueTimes: []grant.DueTime{{Worker: grant.NoticeWorker, ID: g.ID}}}); err != nil {
			t.Fatal(err)
		}
		heal()
		time.Sleep(time.Hour)
		if now, _ := o.slack.Message("C0ADMIN", card.TS); now.Edited > 0 {
			t.Fatal("it is not stale")
		}
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve")
		o.shows("U0BOB", "This request was already approved, and is waiting for AWS (by <@U0ADA>; ")
		o.wait("the card to be drawn", func() bool {
			now, _ := o.slack.Message("C0ADMIN", card.TS)
			_, has := now.Button("Approve")
			return !has && strings.Contains(now.Plain(), "approved by <@U0ADA>")
		})
	})
}

// A click on an outdated card during a pass does not repeat its notices.
func TestStaleCardWhileTelling(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		synctest.Wait()
		heal := o.slack.Fault("chat.postMessage", slacksim.DelayReply(4*time.Second))
		o.confirm(g.ID)
		o.shows("U0RITA", "until") // and its reply is in flight
		o.slack.As("U0BOB").Press(o.ctx, card, "Approve")
		o.shows("U0BOB", "This request was already approved")
		time.Sleep(time.Hour)
		heal()
		var told int
		for _, m := range o.slack.DMs("U0RITA") {
			if strings.Contains(m.Text, "until") && strings.Contains(m.Plain(), "I'm done") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("it was told %d times", told)
		}
		if strings.Contains(o.log.String(), "has changed since") {
			t.Errorf("the record of what was told lost: %s", o.log)
		}
	})
}

// The duplicate of a card, whose reply was lost, does not count. The person who clicks on it is
// told, and it is replaced.
func TestSecondCopyOfACard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		heal := o.slack.Fault("chat.postMessage", slacksim.LoseReply().Only(1))
		g := o.apply(o.request(requestText).ID, grant.Check{})
		o.wait("two cards", func() bool { return len(o.channel()) == 2 })
		heal()
		synctest.Wait()
		cards := o.channel()
		o.slack.As("U0ADA").Press(o.ctx, cards[0], "Approve")
		o.shows("U0ADA", "That button doesn't count: its message isn't one that I posted for this request.")
		o.shows("C0ADMIN", "Duplicate: Slack did not confirm an earlier message about `"+string(g.ID)+"`")
		if m, _ := o.slack.Message("C0ADMIN", cards[0].TS); len(m.Buttons()) > 0 {
			t.Error("the copy has its buttons still")
		}
		if g := o.get(g.ID); g.State != grant.Pending {
			t.Errorf("it is %s", g.State)
		}
		o.slack.As("U0ADA").Press(o.ctx, cards[1], "Approve")
		o.shows("U0ADA", "will be notified when access is active")
		time.Sleep(time.Hour)
		if n := len(o.channel()); n != 2 {
			t.Errorf("%d messages in the channel", n)
		}
	})
}

// People are looked up at the click.
func TestWhoMayApprove(t *testing.T) {
	for _, c := range []struct {
		name, user string
		edit       func(*office)
		want       string
	}{
		{"listed", "U0ADA", nil, "will be notified when access is active"},
		{"in the group", "U0GIN", nil, "will be notified when access is active"},
		{"not an approver", "U0EVE", nil, "You are not an approver of"},
		{"left the group", "U0GIN", func(o *office) { o.slack.EditGroup("S0OPS", func(g *slacksim.Group) { g.Users = nil }) }, "You " +
			"are not an approver of"},
		{"a guest by now", "U0ADA", func(o *office) { o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.IsRestricted = true }) }, "Guests " +
			"can't request or approve access"},
		{"a guest in the group", "U0GIN", func(o *office) { o.slack.EditUser("U0GIN", func(u *slacksim.User) { u.IsUltraRestricted = true }) }, "Guests " +
			"can't request or approve access"},
		{"a stranger", "U0ADA", func(o *office) {
			o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.IsStranger, u.TeamID = true, "T0OTHER" })
		}, "Only members of this workspace"},
		{"of another team", "U0ADA", func(o *office) { o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.TeamID = "T0OTHER" }) }, "Only members of this workspace"},
		{"a bot", "U0ADA", func(o *office) { o.slack.EditUser("U0ADA", func(u *slacksim.User) { u.IsBot = true }) }, "Apps can't"},
		{"users.info fails", "U0ADA", func(o *office) { o.slack.Fault("users.info", slacksim.Refuse("internal_error")) }, "Slack " +
			"couldn't confirm who you are"},
		{"users.info hangs", "U0ADA", func(o *office) { o.slack.Fault("users.info", slacksim.Delay(time.Hour)) }, "Slack " +
			"couldn't confirm who you are"},
		{"users.info is limited", "U0ADA", func(o *office) { o.slack.Fault("users.info", slacksim.RateLimit(9)) }, "Slack " +
			"couldn't confirm who you are"},
		{"the group cannot be asked", "U0GIN", func(o *office) { o.slack.Fault("usergroups.users.list", slacksim.Refuse("internal_error")) }, "Slack " +
			"couldn't confirm who you are"},
		{"no scope for groups, in one of them", "U0GIN", func(o *office) { o.slack.Fault("usergroups.users.list", slacksim.Refuse("missing_scope")) }, "You " +
			"are not an approver of"},
		{"no scope for groups, listed by id", "U0ADA", func(o *office) { o.slack.Fault("usergroups.users.list", slacksim.Refuse("missing_scope")) }, "will " +
			"be notified when access is active"},
		{"the group is gone, others decide", "U0ADA", func(o *office) {
			o.slack.Fault("usergroups.users.list", slacksim.Refuse("no_such_subteam"))
		}, "will be notified when access is active"},
		{"the group is gone", "U0GIN", func(o *office) { o.slack.Fault("usergroups.users.list", slacksim.Refuse("no_such_subteam")) }, "You " +
			"are not an approver of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, card := o.pending(requestText)
				if c.edit != nil {
					c.edit(o)
					time.Sleep(time.Second) // an answer from before the click does not count
				}
				if d := o.slack.As(c.user).Press(o.ctx, card, "Approve"); d.Error != "" {
					t.Fatal(d.Error)
				}
				o.shows(c.user, c.want)
				now := o.get(g.ID)
				if approved := now.State == grant.Approved; approved != (c.want == "will be notified when "+
					"access is active") {
					t.Errorf("it is %s", now.State)
				}
				if now.State == grant.Pending && len(now.History) != len(g.History) {
					t.Error("a refusal was written")
				}
			})
		})
	}
}

// Many clicks at once cause one lookup of a group, because Slack's rate limit is low.
func TestGroupIsLookedUpOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		var cards []slacksim.Message
		for range 10 {
			_, card := o.pending(requestText)
			cards = append(cards, card)
		}
		time.Sleep(time.Second)
		before := o.slack.Count("usergroups.users.list")
		for _, card := range cards {
			go o.slack.As("U0GIN").Press(o.ctx, card, "Approve")
		}
		o.wait("all answers", func() bool { return len(o.slack.Ephemerals("U0GIN")) == 10 })
		if n := o.slack.Count("usergroups.users.list") - before; n != 1 {
			t.Errorf("asked %d times", n)
		}
		time.Sleep(time.Second) // an answer from before a click does not count for it
		_, card := o.pending(requestText)
		o.slack.EditGroup("S0OPS", func(g *slacksim.Group) { g.Users = nil })
		o.slack.As("U0GIN").Press(o.ctx, card, "Approve")
		o.shows("U0GIN", "You are not an approver of")
	})
}
