package slackbot

import (
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
)

// A question about a drift reached the channel, but not the requester. It is answered meanwhile, so
// the event has other notices: the channel is not told again, and no post is mistaken for another.
func TestQuestionAnsweredBeforeAllNotices(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.approve(g)
		o.confirm(g.ID)
		o.shows("U0RITA", "Try: ")
		synctest.Wait()
		o.slack.Fault("chat.postMessage", slacksim.DelayReply(5*time.Second).Only(1))
		o.apply(g.ID, grant.Drift{Half: grant.OwnerHalf, Why: "The statement was removed by somebody else."})
		o.shows("C0ADMIN", "until an approver restores or ends it")
		heal := o.slack.Fault("chat.postMessage", slacksim.Refuse("internal_error"))
		time.Sleep(time.Minute)
		before := len(o.channel())
		rule := rules().Rules[1]
		o.apply(g.ID, grant.Restore{By: member("U0ADA"), Today: grant.Today{Rule: &rule}})
		heal()
		time.Sleep(time.Hour)
		if all := o.texts("C0ADMIN"); len(o.channel()) != before {
			t.Errorf("the channel was told again:\n%q", all)
		}
	})
}
