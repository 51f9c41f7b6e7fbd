package slackbot

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// askedTogether returns the requests of a batch, each changed to a state of its own.
func askedTogether(t testing.TB, d grant.Draft, become ...func(grant.Grant) grant.Grant) (all []grant.Grant) {
	t.Helper()
	n := 0
	d.Requester = person("U0RITA")
	all, err := rules().DraftBatch(func() grant.ID { n++; return grant.ID(fmt.Sprintf("7K2M9QX%d", n)) }, d, 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = become[min(i, len(become)-1)](all[i])
	}
	return all
}

func TestGoldenTogether(t *testing.T) {
	rule := rules().Rules[1]
	found := grant.Findings{Change: "adds two statements to the policy of my-bucket", Diff: "+ S3Share7K2M9QX1", Warnings: []string{"A statement denies s3:GetObject without TLS."}}
	check := grant.Action{Kind: grant.Check, Findings: found}
	pending := func(g grant.Grant) grant.Grant { return after(t, g, check) }
	active := func(g grant.Grant) grant.Grant {
		return opened(t, after(t, g, check, grant.Action{Kind: grant.Approve, By: member("U0ADA"), Rule: &rule}))
	}
	ended := func(g grant.Grant) grant.Grant {
		return gone(t, after(t, active(g), grant.Action{Kind: grant.End, By: member("U0RITA"), Rule: &rule}))
	}
	d := usual
	d.MoreTargets, d.MorePrincipals = []string{"my-other/logs"}, []string{"build/role/deployer"}
	var looks []look
	for _, s := range []struct {
		name string
		all  []grant.Grant
	}{
		{"pending", askedTogether(t, d, pending)},
		{"denied", askedTogether(t, d, func(g grant.Grant) grant.Grant {
			return after(t, pending(g), grant.Action{Kind: grant.Deny, By: member("U0ADA"), Rule: &rule, Why: "one at a time"})
		})},
		{"active", askedTogether(t, d, active, ended)},
		{"ended", askedTogether(t, d, ended)},
	} {
		m := blocks.BatchCard(s.all[0], s.all[1:])
		looks = append(looks, look{s.name + ": card", "channel", m.Text, m.Blocks})
		for _, g := range s.all[:2] { // the lead, and another
			for i := range g.History {
				for _, n := range blocks.Notices(g, i) {
					looks = append(looks, look{fmt.Sprintf("%s: %s is told of %s", s.name, g.ID, g.History[i].Kind), "", n.Text, n.Blocks})
				}
			}
		}
	}
	golden(t, "together", looks)
	accepted(t, looks)
}

// A card with the largest contents is within Slack's limits.
func TestLargestCard(t *testing.T) {
	found := grant.Findings{Change: strings.Repeat("<&>", 2000)}
	for range 20 {
		found.Warnings = append(found.Warnings, strings.Repeat("<&>", 1000))
	}
	d := usual
	d.Target = "my-" + strings.Repeat("b", 60) + "/" + strings.Repeat("&", 36)
	d.Reason = strings.Repeat("&<>", 666)
	for n := range 9 {
		d.MoreTargets = append(d.MoreTargets, fmt.Sprintf("my-%s%d/%s", strings.Repeat("b", 59), n, strings.Repeat("&", 36)))
	}
	d.Principal = "arn:aws:iam::111111111111:user/" + strings.Repeat("p/", 255) + strings.Repeat("u", 64)
	pending := func(g grant.Grant) grant.Grant {
		g.Bucket.Account, g.Principal.Account = strings.Repeat("n", 64), strings.Repeat("n", 64)
		return after(t, g, grant.Action{Kind: grant.Check, Findings: found})
	}
	all := askedTogether(t, d, pending)
	if len(all) != grant.MaxBatch {
		t.Fatalf("%d are asked for", len(all))
	}
	m := blocks.BatchCard(all[0], all[1:])
	rule := rules().Rules[1]
	open := askedTogether(t, d, func(g grant.Grant) grant.Grant {
		return opened(t, after(t, pending(g), grant.Action{Kind: grant.Approve, By: member("U0ADA"), Rule: &rule}))
	})
	o := blocks.BatchCard(open[0], open[1:])
	accepted(t, []look{{"the most", "", m.Text, m.Blocks}, {"the most, open", "", o.Text, o.Blocks}})
	inOffice(t, func(t *testing.T, o *office) {
		for _, g := range all {
			o.put(grant.Grant{}, g)
		}
		view := o.bot.forms.detailsView(o.ctx, commands.Invocation{By: person("U0ADA")}, all[0])
		if _, err := o.bot.api.OpenViewContext(o.ctx, o.slack.Trigger("U0ADA"), view); err != nil {
			t.Errorf("its details: %v, %+v", err, o.slack.Rejected())
		}
	})
}

// togetherIn makes a batch request of two as Rita, and returns them and their card.
func (o *office) togetherIn() (lead, other grant.ID, card slacksim.Message) {
	o.t.Helper()
	lead = o.ask("request my-bucket/builds,my-other/logs read build/test.user 8h nightly build").BatchLead()
	var change store.Tx
	change.At = time.Now()
	for _, id := range o.grant(lead).BatchIDs {
		next, err := o.grant(id).Next(grant.Action{Kind: grant.Check, At: change.At})
		if err != nil {
			o.t.Fatal(err)
		}
		change.Put(o.grant(id), next)
	}
	if err := o.store.Commit(o.ctx, change); err != nil {
		o.t.Fatal(err)
	}
	card = o.reads("C0ADMIN", "asks for 2 grants at once")
	synctest.Wait()
	return lead, o.grant(lead).BatchIDs[1], card
}

// One card shows the batch: a click concerns all until the decision, and then only the grant of the
// button.
func TestOneCard(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.togetherIn()
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages stand in the channel", n)
		}
		o.slack.As("U0RITA").Press(o.ctx, card, "Approve")
		o.reads("U0RITA", "You cannot approve your own request.")
		forged := func(id grant.ID, channel, ts string) slacksim.Delivery {
			return o.forged("U0ADA", channel, ts, blocks.ActApprove, string(id)+".0")
		}
		dm := o.slack.DMs("U0RITA")[0]
		forged(other, dm.Channel, dm.TS)
		o.reads("U0ADA", "That button is not on a message that I posted for this request.")
		for _, id := range []grant.ID{lead, other} {
			if g := o.grant(id); g.State != grant.Pending {
				t.Fatalf("%s is %s", id, g.State)
			}
		}
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.reads("U0ADA", "all 2 grants of it")
		o.applied(lead)
		o.applied(other)
		o.reads("U0RITA", "can read s3://my-bucket/builds/")
		o.reads("U0RITA", "can read s3://my-other/logs/")
		synctest.Wait()
		card, _ = o.slack.Message("C0ADMIN", card.TS)
		var ends []string
		for _, b := range card.Buttons() {
			ends = append(ends, fmt.Sprint(b))
		}
		if len(ends) != 2 {
			t.Fatalf("its buttons are %v", ends)
		}
		o.forged("U0ADA", "C0ADMIN", card.TS, blocks.ActRevoke, string(other)+".0")
		o.wait("the modal", func() bool { return o.slack.View("U0ADA") != nil })
		o.slack.As("U0ADA").Submit(o.ctx, *o.slack.View("U0ADA"), map[string]string{"why": "enough"})
		o.reads("U0ADA", "is over")
		if a, b := o.grant(lead).State, o.grant(other).State; a != grant.Active || b != grant.Ending {
			t.Errorf("they are %s and %s", a, b)
		}
		o.removed(other)
		o.wait("the card to be drawn", func() bool {
			now, _ := o.slack.Message("C0ADMIN", card.TS)
			return len(now.Buttons()) == 1 && strings.Contains(now.Plain(), "1 of 2 not over yet")
		})
		if n := len(o.channel()); n != 1 {
			t.Errorf("%d messages stand in the channel", n)
		}
	})
}

// A click on a post for a grant that is not the lead waits for the reply to that post, like a click
// on a card.
func TestClickOvertakesThePostOfABatchMember(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.togetherIn()
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		o.reads("U0ADA", "all 2 grants of it")
		o.applied(lead)
		o.applied(other)
		o.reads("U0RITA", "can read s3://my-other/logs/")
		synctest.Wait()
		heal := o.slack.Fault("chat.postMessage", slacksim.DelayReply(4*time.Second))
		defer heal()
		o.slack.As("U0RITA").Slash(o.ctx, "C0BUILDS", "/s3share", "extend "+string(other)+" 2h")
		asked := o.reads("C0ADMIN", "for 2h longer")
		o.slack.As("U0ADA").Press(o.ctx, asked, "Approve")
		o.reads("U0ADA", "later end")
		if m, _ := o.slack.Message("C0ADMIN", asked.TS); strings.Contains(m.Plain(), "second copy") {
			t.Errorf("it reads %q", m.Plain())
		}
	})
}

// A notice about the whole batch is sent once, also when it is late.
func TestBatchNoticeIsSentOnce(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		lead, other, card := o.togetherIn()
		heal := o.slack.Fault("chat.postMessage", slacksim.Refuse("internal_error"))
		// with the id of a grant that is not the lead
		o.forged("U0ADA", "C0ADMIN", card.TS, blocks.ActDeny, string(other)+".0")
		o.wait("the modal", func() bool { return o.slack.View("U0ADA") != nil })
		o.slack.As("U0ADA").Submit(o.ctx, *o.slack.View("U0ADA"), map[string]string{"why": "one at a time"})
		time.Sleep(time.Minute)
		heal()
		o.reads("U0RITA", "was denied by <@U0ADA>: one at a time")
		time.Sleep(time.Hour)
		told := 0
		for _, m := range o.slack.DMs("U0RITA") {
			if strings.Contains(m.Text, "was denied by") {
				told++
			}
		}
		again := o.form("U0RITA", o.slack.As("U0RITA").Press(o.ctx, o.reads("U0RITA", "was denied by"), "Request again"))
		if !strings.Contains(again.Plain(), "my-other/logs") {
			t.Errorf("to ask again, the form is\n%s", again.Plain())
		}
		if told != 1 || o.grant(lead).State != grant.Denied || o.grant(other).State != grant.Denied {
			t.Errorf("told %d times; they are %s and %s", told, o.grant(lead).State, o.grant(other).State)
		}
	})
}
