package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// The alert about a call that fails is edited when the call works, and answered in its thread. If Slack
// refuses the edit, or the alert was deleted, the answer still comes.
func TestStalledAlertHasItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		fault  func(o *office) (heal func())
		edited bool
	}{
		"edited":               {func(*office) func() { return func() {} }, true},
		"the edit is refused":  {func(o *office) func() { return o.slack.Fault("chat.update", slacksim.Refuse("cant_update_message")) }, false},
		"the edit is cut once": {func(o *office) func() { return o.slack.Fault("chat.update", slacksim.Fault{Times: 1, Cut: true}) }, true},
		"the answer is refused": {func(o *office) func() {
			return o.slack.Fault("chat.postMessage", slacksim.Fault{Times: 1, Error: "fatal_error"})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				g, _ := o.pending(requestText)
				o.approve(g)
				o.apply(g.ID, grant.Stalled{Half: grant.GranteeHalf, Why: "GetUser in build: ServiceUnavailable"})
				alert := o.shows("C0ADMIN", "Can't add test.user to the group in *build*: `GetUser in build: ServiceUnavailable`. Retrying; next try ")
				time.Sleep(4 * time.Minute)
				o.apply(g.ID, grant.Stalled{Half: grant.GranteeHalf, Why: "GetUser in build: AccessDenied"})
				if again := o.shows("C0ADMIN", "Still failing. Can't add"); again.ThreadTS != alert.TS {
					t.Errorf("the second report is in the thread %q, not %q", again.ThreadTS, alert.TS)
				}
				synctest.Wait()
				heal := c.fault(o)
				o.confirm(g.ID)
				time.Sleep(time.Minute)
				heal()
				time.Sleep(time.Hour)
				all := texts(o.slack.Messages("C0ADMIN"))
				const line = "Resolved after 4 min: AWS confirmed the change."
				struck, answers := 0, 0
				for _, text := range all {
					switch {
					case strings.HasPrefix(text, "~Can't add test.user") && strings.HasSuffix(text, line):
						struck++
					case text == line:
						answers++
					}
				}
				if answers != 1 || (struck == 1) != c.edited {
					t.Errorf("%d alerts are struck, and %d answers: %q", struck, answers, all)
				}
			})
		})
	}
}

// The question about a changed access says that the access has ended once AWS has confirmed it.
func TestDriftEndsOnceAWSConfirms(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.confirm(g.ID)
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was altered."})
		o.apply(g.ID, grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
		o.shows("C0ADMIN", "s3share is ending the access, as <@U0ADA> decided.")
		time.Sleep(10 * time.Minute)
		if all := strings.Join(o.texts("C0ADMIN"), "\n"); strings.Contains(all, "Ended") {
			t.Errorf("AWS has confirmed nothing, and the channel has\n%s", all)
		}
		o.confirmRemoved(g.ID)
		o.shows("C0ADMIN", "~ Ended by <@U0ADA> after 10 min.")
	})
}
