package slackbot

import (
	"testing"

	"s3share/internal/grant"
)

func TestStory(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.shows("U0ADA", "will be notified when access is active")
		o.confirm(g.ID)
		o.shows("U0RITA", "until")
		o.apply(g.ID, grant.Warn{})
		done := o.shows("U0RITA", "Access ends in")
		o.slack.As("U0RITA").Press(o.ctx, done, "I'm done")
		o.shows("U0RITA", "Ending your access.")
		o.confirmRemoved(g.ID)
		o.shows("U0RITA", "You ended it early.")
		o.shows("C0ADMIN", "ended early by <@U0RITA>")
	})
}
