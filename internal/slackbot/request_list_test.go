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
	"s3share/internal/store"
)

// burstOf makes requests that pass their checks at the same moment.
func (o *office) burstOf(n int) (ids []grant.ID) {
	o.t.Helper()
	for i := range n {
		ids = append(ids, o.request(fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", i)).ID)
	}
	for _, id := range ids {
		o.apply(id, grant.Check{})
	}
	return ids
}

// posts returns the recorded posts of a kind, by grant.
func (o *office) posts(kind string, ids []grant.ID) map[grant.ID]store.Post {
	o.t.Helper()
	found := map[grant.ID]store.Post{}
	for _, id := range ids {
		d, err := o.store.Delivery(o.ctx, id)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, p := range d.Posts {
			if p.Kind == kind && p.TS != "" {
				if _, twice := found[id]; twice {
					o.t.Errorf("%s has two posts of kind %s", id, kind)
				}
				found[id] = p
			}
		}
	}
	return found
}

// shownOnce waits until each of some requests is shown to the approvers, once: by a card or in a list.
func (o *office) shownOnce(ids []grant.ID) (listed []grant.ID) {
	o.t.Helper()
	for range 600 {
		cards, lists := o.posts(blocks.PostCard, ids), o.posts(blocks.PostListed, ids)
		if len(cards)+len(lists) == len(ids) {
			for _, id := range ids {
				if _, ok := lists[id]; ok {
					listed = append(listed, id)
				}
			}
			synctest.Wait()
			return listed
		}
		time.Sleep(time.Second)
	}
	o.t.Fatalf("%d cards and %d lines for %d requests", len(o.posts(blocks.PostCard, ids)), len(o.posts(blocks.PostListed, ids)), len(ids))
	return nil
}

// list returns the recorded list that shows a request.
func (o *office) list(id grant.ID) slacksim.Message {
	o.t.Helper()
	p, ok := o.posts(blocks.PostListed, []grant.ID{id})[id]
	if !ok {
		o.t.Fatalf("no list shows %s", id)
	}
	m, _ := o.slack.Message(p.Channel, p.TS)
	return m
}

// pressOpen presses *Open* of one request of a list.
func (o *office) pressOpen(by string, list slacksim.Message, id grant.ID) {
	o.t.Helper()
	at := slices.IndexFunc(list.Blocks, func(b map[string]any) bool {
		button, _ := b["accessory"].(map[string]any)
		return button["value"] == blocks.Value(o.get(id))
	})
	if at < 0 {
		o.t.Errorf("no line of %s has a button:\n%s", id, list.Plain())
		return
	}
	list.Blocks = list.Blocks[at : at+1]
	if d := o.slack.As(by).Press(o.ctx, list, "Open"); d.Error != "" {
		o.t.Error(d.Error)
	}
}

// card waits for the recorded card of a request.
func (o *office) card(id grant.ID) slacksim.Message {
	o.t.Helper()
	o.wait("the card of "+string(id), func() bool { return len(o.posts(blocks.PostCard, []grant.ID{id})) == 1 })
	p := o.posts(blocks.PostCard, []grant.ID{id})[id]
	m, _ := o.slack.Message(p.Channel, p.TS)
	return m
}

// Of a burst, the first requests have cards and the others a line in a list. *Open* posts the card, and only
// the card decides. The list follows.
func TestBurstIsListed(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.RateLimits(true)
		ids := o.burstOf(30)
		listed := o.shownOnce(ids)
		if n := len(o.channel()); n > 12 || len(listed) < 15 {
			t.Errorf("%d messages, %d requests in lists", n, len(listed))
		}
		id := listed[0]
		if text := o.list(id).Text; !strings.Contains(text, "requests are waiting for a decision") {
			t.Error(text)
		}
		o.shows("U0RITA", "Request `"+string(id)+"`: read access")
		o.wait("the status", func() bool {
			return slices.ContainsFunc(o.texts("U0RITA"), func(s string) bool {
				return strings.Contains(s, string(id)) && strings.Contains(s, "Waiting for <@U0ADA>")
			})
		})
		o.pressOpen("U0ADA", o.list(id), id)
		card := o.card(id)
		if before := o.get(id).State; before != grant.Pending {
			t.Errorf("it is %s", before)
		}
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.wait("the line", func() bool { return strings.Contains(o.list(id).Plain(), "~ Approved by <@U0ADA>") })
		for _, r := range o.slack.Rejected() {
			t.Errorf("%s: %s", r.Method, r.Error)
		}
	})
}

// A list that Slack refuses, or whose reply is lost, loses no request and makes no second card that counts.
func TestFaultsOfLists(t *testing.T) {
	forLists := func(f slacksim.Fault) slacksim.Fault { f.Blocks = 10; return f }
	for name, f := range map[string]slacksim.Fault{
		"refused for a while":      forLists(slacksim.Refuse("rate_limited").Only(3)),
		"too much":                 forLists(slacksim.Fault{Times: 2, Status: 429, RetryAfter: 20 * time.Second}),
		"blocks refused":           forLists(slacksim.Refuse("invalid_blocks")),
		"the reply is lost":        forLists(slacksim.LoseReply().Only(1)),
		"all replies are lost":     forLists(slacksim.LoseReply()),
		"an error after an effect": forLists(slacksim.Fault{Times: 1, After: time.Minute}),
		"down":                     {Status: 503, Times: 50},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.slack.RateLimits(true)
				heal := o.slack.Fault("chat.postMessage", f)
				ids := o.burstOf(30)
				time.Sleep(2 * time.Minute)
				heal()
				o.shownOnce(ids)
				lists := o.posts(blocks.PostListed, ids)
				for _, m := range o.channel() {
					_, isList := m.Button("Open")
					if !isList || slices.ContainsFunc(ids, func(id grant.ID) bool { return lists[id].TS == m.TS }) {
						continue
					}
					var copied grant.ID // of the first line of a list that no record has
					for _, id := range ids {
						if strings.Contains(m.Plain(), o.get(id).Principal.Name+" ") {
							copied = id
							break
						}
					}
					cards := len(o.posts(blocks.PostCard, ids))
					o.pressOpen("U0ADA", m, copied)
					o.shows("U0ADA", "That button doesn't count")
					time.Sleep(time.Second)
					if now, _ := o.slack.Message(m.Channel, m.TS); !strings.Contains(now.Text, "Duplicate") || len(now.Buttons()) > 0 {
						t.Errorf("the copy reads %s", now.Plain())
					}
					if n := len(o.posts(blocks.PostCard, ids)); n != cards {
						t.Errorf("the copy has posted a card: %d, before %d", n, cards)
					}
				}
				for _, id := range ids {
					if _, ok := lists[id]; ok {
						o.pressOpen("U0BOB", o.list(id), id)
						o.slack.As("U0BOB").Press(o.ctx, o.card(id), "Approve")
						o.wait("its approval", func() bool { return o.get(id).State == grant.Approved })
						break
					}
				}
			})
		})
	}
}

// The bot stops between the post of a list and its record: the next run shows each request once.
func TestStoppedWhileListing(t *testing.T) {
	for _, replies := range []time.Duration{0, time.Hour} {
		inOffice(t, func(t *testing.T, o *office) {
			o.slack.RateLimits(true)
			heal := o.slack.Fault("chat.postMessage", slacksim.Fault{After: replies, Blocks: 10})
			ids := o.burstOf(40)
			time.Sleep(1500 * time.Millisecond)
			o.restart()
			heal()
			listed := o.shownOnce(ids)
			id := listed[len(listed)-1]
			o.pressOpen("U0ADA", o.list(id), id)
			o.restart() // the press is in the journal, or done
			o.slack.As("U0ADA").Press(o.ctx, o.card(id), "Deny…")
			o.shownOnce(listed[:1])
		})
	}
}

// *Open* is for those who may decide on the request, counts once, and only from a list that shows it.
func TestOpenFromAList(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		ids := o.burstOf(20)
		listed := o.shownOnce(ids)
		a, b, c := listed[0], listed[1], listed[2]
		list := o.list(a)
		for _, refused := range []struct {
			by, channel, ts string
			action          string
			id              grant.ID
			want            string
		}{
			{"U0EVE", list.Channel, list.TS, blocks.ActOpen, a, "You are not an approver of"},
			{"U0RITA", list.Channel, list.TS, blocks.ActOpen, a, "your own request"},
			{"U0ADA", list.Channel, list.TS, blocks.ActApprove, a, "That button doesn't count"},
			{"U0ADA", list.Channel, list.TS, blocks.ActDeny, a, "That button doesn't count"},
			{"U0ADA", list.Channel, "1.000001", blocks.ActOpen, a, "That button doesn't count"},
			{"U0ADA", "C0BUILDS", list.TS, blocks.ActOpen, a, "That button doesn't count"},
		} {
			before := len(o.slack.Ephemerals(refused.by))
			if d := o.forge(refused.by, refused.channel, refused.ts, refused.action, blocks.Value(o.get(refused.id))); !d.Acked {
				t.Errorf("%v: %s", refused, d.Error)
			}
			o.wait("an answer", func() bool { return len(o.slack.Ephemerals(refused.by)) > before })
			all := o.slack.Ephemerals(refused.by)
			if last := all[len(all)-1].Text; !strings.Contains(last, refused.want) {
				t.Errorf("%v: %s", refused, last)
			}
		}
		if n := len(o.posts(blocks.PostCard, listed)); n != 0 {
			t.Errorf("%d cards", n)
		}
		for _, by := range []string{"U0ADA", "U0BOB", "U0ADA"} {
			go o.pressOpen(by, list, a)
		}
		o.card(a)
		o.shows("U0ADA", "Posting the card of request `"+string(a)+"`")
		time.Sleep(time.Minute)
		o.shownOnce(ids[:0])
		if n := strings.Count(strings.Join(o.texts("C0ADMIN"), "\n"), o.get(a).Principal.Name+" → s3://my-bucket/builds/ for 8h — "); n != 1 {
			t.Errorf("%d cards of one request", n)
		}

		g := o.get(b) // decided before anybody opens it
		o.apply(b, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
		o.apply(c, grant.Cancel{By: member("U0RITA")})
		o.wait("the lines", func() bool {
			return strings.Contains(o.list(b).Plain(), "~ Denied by <@U0ADA>") && strings.Contains(o.list(c).Plain(), "~ Cancelled by <@U0RITA>")
		})
		o.pressOpen("U0ADA", list, b) // a stale copy of the list
		o.shows("U0ADA", "already denied")
		time.Sleep(time.Minute)
		if n := len(o.posts(blocks.PostCard, []grant.ID{b, c})); n != 0 {
			t.Errorf("%d cards of decided requests", n)
		}
	})
}

// Many decisions cause few edits of a list. When nothing waits any more, it has no buttons.
func TestEditsOfAList(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.slack.RateLimits(true)
		ids := o.burstOf(40)
		listed := o.shownOnce(ids)
		time.Sleep(time.Minute)
		before := o.list(listed[0]).Edited
		for _, id := range ids {
			g := o.get(id)
			o.apply(id, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(5 * time.Minute)
		list := o.list(listed[0])
		if n := list.Edited - before; n > 5 || !strings.Contains(list.Text, "none of them waiting") || len(list.Buttons()) > 0 {
			t.Errorf("%d edits; %s %v", n, list.Text, list.Buttons())
		}
		if due, _ := o.store.Due(o.ctx, grant.NoticeWorker, time.Now(), 10); len(due) > 0 {
			t.Errorf("%d are due for ever", len(due))
		}
	})
}

// A deleted list: its waiting requests are shown again.
func TestDeletedList(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		ids := o.burstOf(30)
		listed := o.shownOnce(ids)
		list := o.list(listed[0])
		o.slack.DeleteMessage(list.Channel, list.TS)
		g := o.get(listed[0])
		o.apply(g.ID, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}, Why: "no need"})
		time.Sleep(2 * time.Minute)
		waiting := slices.DeleteFunc(ids, func(id grant.ID) bool { return id == g.ID })
		o.shownOnce(waiting)
		for id, p := range o.posts(blocks.PostListed, waiting) {
			if p.TS == list.TS {
				t.Fatalf("%s is only on the deleted list", id)
			}
		}
	})
}

// A reminder of a request on a list has *Open* instead of a decision.
func TestReminderOfAListedRequest(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.config.Rules.Rules[1].RemindAfter = 60
		ids := o.burstOf(20)
		listed := o.shownOnce(ids)
		o.apply(listed[0], grant.Remind{})
		o.wait("the reminder", func() bool { return len(o.thread()) == 1 })
		var reminder slacksim.Message
		for _, m := range o.slack.Messages("C0ADMIN") {
			if m.ThreadTS != "" {
				reminder = m
			}
		}
		if _, has := reminder.Button("Approve"); has || reminder.ThreadTS != o.list(listed[0]).TS {
			t.Errorf("in the thread of %s: %v", reminder.ThreadTS, reminder.Buttons())
		}
		o.slack.As("U0ADA").Press(o.ctx, reminder, "Open")
		o.slack.As("U0ADA").Press(o.ctx, o.card(listed[0]), "Approve")
		o.wait("its approval", func() bool { return o.get(listed[0]).State == grant.Approved })
	})
}

// The ends of many grants at once: everybody is told, one summary stands for most replies in the channel, and a new
// card does not wait for any of it.
func TestManyEndAtOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		var ids []grant.ID
		for i := range 60 {
			g := o.apply(o.request(fmt.Sprintf("request my-bucket/builds read build/user%d 8h burst", i)).ID, grant.Check{})
			time.Sleep(10 * time.Second) // so that each has a card
			o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
			o.confirm(g.ID)
			ids = append(ids, g.ID)
		}
		time.Sleep(10 * time.Minute)
		o.slack.RateLimits(true)
		replies := len(o.thread())
		for _, id := range ids {
			o.ended(id)
		}
		time.Sleep(3 * time.Second)
		began := time.Now()
		_, _ = o.pending(requestText)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the card of a new request took %s", took)
		}
		o.shows("C0ADMIN", "more grants ended; AWS confirmed each removal")
		if n := len(o.thread()) - replies; n > 25 {
			t.Errorf("%d replies", n)
		}
		time.Sleep(10 * time.Minute)
		if n := strings.Count(strings.Join(o.texts("U0RITA"), "\n"), "Access ended: "); n != 60 {
			t.Errorf("Rita was told of %d ends", n)
		}
		for _, r := range o.slack.Rejected() {
			t.Errorf("%s: %s", r.Method, r.Error)
		}
	})
}
