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

// deliverLate stops the bot, stores an acknowledged act, and starts the bot once the act is too old.
// It returns the message with the retry button.
func (o *office) deliverLate(a act) slacksim.Message {
	o.t.Helper()
	rules := o.config.Rules
	o.stop()
	a.Version, a.Team, a.At, a.Run, a.Order = actVersion, "T0TEAM", time.Now(), 1, 1
	a.Envelope, a.Trigger, a.Channel = "E", "1.1", "C0ADMIN"
	r, err := a.record()
	if err == nil {
		_, err = o.journal.Append(o.ctx, r)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	time.Sleep(commands.ActLasts + time.Minute)
	o.prepare(o.dial)
	o.configure(func(c *commands.Config) { c.Rules = rules })
	o.start()
	m := o.shows(a.User, "I couldn't do it within ten minutes")
	synctest.Wait()
	if n := len(o.journal.Undone()); n != 0 {
		o.t.Errorf("%d acts are undone", n)
	}
	return m
}

func onMessage(g grant.Grant, m slacksim.Message) *click {
	return &click{ID: g.ID, Revision: g.Revision, Channel: m.Channel, TS: m.TS}
}

// active makes an active grant of Rita's, and returns it with its notice.
func (o *office) active() (grant.Grant, slacksim.Message) {
	o.t.Helper()
	g, card := o.pending(requestText)
	o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
	o.shows("U0ADA", "will be notified when access is active")
	o.confirm(g.ID)
	notice := o.shows("U0RITA", "until")
	synctest.Wait()
	return o.get(g.ID), notice
}

// An approval that came too late is reported directly, with a retry button for the revision that
// the person saw: by button, command, and narrowing form.
func TestLateApprovalHasARetryButton(t *testing.T) {
	for name, late := range map[string]func(g grant.Grant, card slacksim.Message) (act, string){
		"pressed": func(g grant.Grant, card slacksim.Message) (act, string) {
			return act{Verb: commands.Approve, Action: blocks.ActApprove, On: onMessage(g, card)}, "Approve"
		},
		"typed": func(g grant.Grant, _ slacksim.Message) (act, string) {
			return act{Verb: commands.Approve, Text: "approve " + string(g.ID), Picks: []pick{{g.ID, g.Revision}}}, "Approve"
		},
		"sent": func(g grant.Grant, card slacksim.Message) (act, string) {
			n := blocks.NarrowValues{Prefix: "builds", WholePrefix: true, Level: "read", Term: "1h", Approve: true}
			return act{Verb: commands.NarrowAndApprove, Action: blocks.NarrowCallback, View: "V1", On: onMessage(g, card), Narrow: &n}, "Save and approve"
		},
		"ticked": func(g grant.Grant, _ slacksim.Message) (act, string) {
			return act{Verb: commands.ApproveSeveral, Action: blocks.BulkCallback, View: "V1", Picks: []pick{{g.ID, g.Revision}}}, "Approve 1"
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, card := o.pending(requestText)
				a, label := late(g, card)
				a.User = "U0ADA"
				m := o.deliverLate(a)
				contains(t, m.Plain(), "<@U0RITA> requests read access: test.user → s3://my-bucket/builds/ for 8h")
				if o.get(g.ID).State != grant.Pending {
					t.Errorf("%s", o.get(g.ID).State)
				}
				card, _ = o.slack.Message("C0ADMIN", card.TS)
				contains(t, card.Plain(), "The approval by <@U0ADA> (")
				contains(t, card.Plain(), "did not count: Nothing was done")
				if d := o.slack.As("U0EVE").Press(o.ctx, m, label); d.Error == "" {
					o.shows("U0EVE", "That button doesn't count any more")
				}
				o.slack.As("U0ADA").Press(o.ctx, m, label)
				synctest.Wait()
				if g := o.get(g.ID); g.State != grant.Approved {
					t.Errorf("after the fresh button it is %s", g.State)
				}
				if n := o.slack.As("U0ADA").Press(o.ctx, m, label); !n.Acked {
					t.Error("a second press is not acknowledged")
				}
			})
		})
	}
}

// A request that changed since has no retry button: the card shows the current one.
func TestNoRetryButtonForAChangedRequest(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		on := onMessage(g, card)
		on.Revision = g.Revision + 1
		m := o.deliverLate(act{Verb: commands.Approve, User: "U0ADA", Action: blocks.ActApprove, On: on})
		if n := len(m.Buttons()); n != 0 {
			t.Errorf("%d buttons in %s", n, m.Plain())
		}
	})
}

// A retry button requests a late extension with the same values, and once.
func TestLateExtensionHasARetryButton(t *testing.T) {
	for name, late := range map[string]func(grant.Grant, slacksim.Message) act{
		"typed": func(g grant.Grant, _ slacksim.Message) act {
			return act{Verb: commands.Extend, Text: "extend " + string(g.ID) + " 2h not <done>"}
		},
		"sent": func(g grant.Grant, notice slacksim.Message) act {
			return act{Verb: commands.Extend, Action: blocks.ExtendCallback, View: "V1", On: onMessage(g, notice), Term: "2h", Reason: "not <done>"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, notice := o.active()
				a := late(g, notice)
				a.User = "U0RITA"
				m := o.deliverLate(a)
				contains(t, m.Plain(), "2h")
				o.slack.As("U0RITA").Press(o.ctx, m, "Extend")
				o.shows("U0RITA", "Extension of 2h requested; access stays active")
				asks := o.get(g.ID)
				if asks.PendingExtension == nil || asks.PendingExtension.Term != 120 || asks.PendingExtension.Reason != "not <done>" {
					t.Fatalf("it asks for %+v", asks.PendingExtension)
				}
				told := len(o.slack.Ephemerals("U0RITA")) + len(o.slack.DMs("U0RITA"))
				o.slack.As("U0RITA").Press(o.ctx, m, "Extend")
				synctest.Wait()
				if n := o.get(g.ID); len(n.History) != len(asks.History) {
					t.Errorf("pressed twice, its history has %d events, before %d", len(n.History), len(asks.History))
				}
				o.shows("U0RITA", "You already requested that extension")
				if n := len(o.slack.Ephemerals("U0RITA")) + len(o.slack.DMs("U0RITA")); n != told+1 {
					t.Errorf("the second press is answered %d times", n-told)
				}
				time.Sleep(retryLasts + time.Minute)
				o.slack.As("U0RITA").Press(o.ctx, m, "Extend")
				o.shows("U0RITA", "That button doesn't count any more")
			})
		})
	}
}

func TestLateConsentHasARetryButton(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request("request my-bucket/builds read build/test.user 8h for <@U0BOB> nightly build")
		o.allowConsent(g.ID)
		asks := o.shows("U0BOB", "on your behalf")
		synctest.Wait()
		m := o.deliverLate(act{Verb: commands.Consent, User: "U0BOB", Action: blocks.ActConsent, On: onMessage(g, asks)})
		o.slack.As("U0BOB").Press(o.ctx, m, "Confirm")
		o.shows("U0BOB", "goes to the approvers once AWS checks pass")
	})
}

// A retry button restores a drifted grant, as long as it is the same drift.
func TestLateRestoreHasARetryButton(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.active()
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was removed by somebody else."})
		ask := o.shows("C0ADMIN", "removed by somebody else")
		synctest.Wait()
		m := o.deliverLate(act{Verb: commands.PutBack, User: "U0BOB", Action: blocks.ActPutBack, On: onMessage(o.get(g.ID), ask)})
		o.slack.As("U0BOB").Press(o.ctx, m, "Restore")
		o.shows("U0BOB", "Restoring access. The alert says when AWS has confirmed it.")
		if !o.get(g.ID).DriftedAt.IsZero() {
			t.Error("it is not put back")
		}
	})
}

// The retry button of an unfreeze ends the freeze in its message, and no later one.
func TestLateUnfreezeHasARetryButton(t *testing.T) {
	for _, frozenAgain := range []bool{false, true} {
		t.Run(fmt.Sprint(frozenAgain), func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
				gin := o.slack.As("U0GIN")
				gin.Slash(o.ctx, "C0ADMIN", "/s3share", "freeze keys have leaked")
				o.shows("U0GIN", "s3share is frozen. New approvals")
				m := o.deliverLate(act{Verb: commands.Unfreeze, User: "U0GIN", Text: "unfreeze all is well"})
				contains(t, m.Plain(), "s3share is frozen by <@U0GIN>")
				contains(t, m.Plain(), "keys have leaked")
				if frozenAgain {
					gin.Slash(o.ctx, "C0ADMIN", "/s3share", "unfreeze")
					o.shows("U0GIN", "s3share is unfrozen.")
					gin.Slash(o.ctx, "C0ADMIN", "/s3share", "freeze once more")
					o.shows("U0GIN", "s3share is frozen. New approvals")
					synctest.Wait()
				}
				gin.Press(o.ctx, m, "Unfreeze")
				if frozenAgain {
					o.shows("U0GIN", "s3share was frozen again since: once more (by <@U0GIN>; ")
				} else {
					o.shows("U0GIN", "s3share is unfrozen.")
				}
				f, err := store.Frozen(o.ctx, o.store)
				if err != nil || (f != nil) != frozenAgain {
					t.Errorf("frozen: %+v (%v)", f, err)
				}
				if frozenAgain {
					return
				}
				gin.Slash(o.ctx, "C0ADMIN", "/s3share", "freeze anew")
				gin.Press(o.ctx, m, "Unfreeze") // it was pressed before
				o.shows("U0GIN", "s3share was frozen again since: anew (by <@U0GIN>; ")
			})
		})
	}
}

// The retry button of a break-glass asks for confirmation, with all typed values.
func TestLateBreakGlassHasARetryButton(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		rule := &o.config.Rules.Rules[1]
		rule.BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"U0RITA"}}, MaxTerm: 60, PerDay: 1}
		o.configure(func(c *commands.Config) {
			c.Rules.PrincipalOwners = map[string][]string{"arn:aws:iam::111111111111:user/test.user": {"U0RITA"}}
		})
		m := o.deliverLate(act{Verb: commands.BreakGlass, User: "U0RITA", Action: blocks.GlassCallback, View: "V1",
			BreakGlass: &blocks.BreakGlassValues{Target: "my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "1h"}, Reason: "prod is down"})
		rita := o.slack.As("U0RITA")
		v := o.openForm("U0RITA", rita.Press(o.ctx, m, "Break-glass…"))
		contains(t, v.Plain(), "*Open access now, without an approval?*\ntest.user will be able to read s3://my-bucket/builds/ for 1h.")
		if len(o.all()) != 0 {
			t.Error("something is stored before it is confirmed")
		}
		if d := rita.Submit(o.ctx, v, map[string]string{blocks.FieldReason: "prod is down"}); d.Error != "" || len(d.FieldErrors) > 0 {
			t.Fatal(d.Error, d.FieldErrors)
		}
		o.shows("U0RITA", "I'll tell you when it is active")
	})
}

// The retry button of a bulk approval has the items that still wait.
func TestLateBulkApprovalHasARetryButton(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		one, _ := o.pending(requestText)
		two, _ := o.pending("request my-other/builds read build/test.user 8h nightly")
		three, _ := o.pending("request my-third/builds read build/test.user 8h nightly")
		o.waitForCard(three.ID)
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(three.ID)+" no")
		o.shows("U0BOB", "Denied")
		m := o.deliverLate(act{Verb: commands.ApproveSeveral, User: "U0ADA", Action: blocks.BulkCallback, View: "V1",
			Picks: []pick{{one.ID, one.Revision}, {two.ID, two.Revision}, {three.ID, three.Revision}}})
		if strings.Contains(m.Plain(), "my-third") {
			t.Errorf("it offers what is decided: %s", m.Plain())
		}
		o.slack.As("U0ADA").Press(o.ctx, m, "Approve 2")
		o.shows("U0ADA", "Approved 2 of 2")
	})
}

// If Slack refuses a direct message, the answer is sent to the place of the act.
func TestLateWithoutADirectMessage(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		defer o.slack.Fault("chat.postMessage", slacksim.Refuse("channel_not_found"))()
		m := o.deliverLate(act{Verb: commands.Approve, User: "U0ADA", Action: blocks.ActApprove, On: onMessage(g, card)})
		if n := len(o.slack.DMs("U0ADA")); n != 0 || len(m.Buttons()) != 0 {
			t.Errorf("%d direct messages, and %s", n, m.Plain())
		}
	})
}

// An approval that is refused while its card is being posted is noted on the card too.
func TestLateApprovalWhileTheCardIsPosted(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g := o.request(requestText)
		heal := o.slack.Fault("chat.postMessage", slacksim.Delay(5*time.Second))
		g = o.apply(g.ID, grant.Check{})
		time.Sleep(time.Second) // the card is in flight
		heal()
		a := act{Verb: commands.Approve, Team: "T0TEAM", User: "U0ADA", At: time.Now()}
		o.bot.worker.noteLateYes(o.ctx, a, refusedYes{pick{g.ID, g.Revision}, grant.Refuse("It came too late.")})
		o.shows("C0ADMIN", "did not count: It came too late.")
	})
}
