package slackbot

import (
	"testing"

	"s3share/internal/grant"
)

func TestStory(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.request(asking)
		if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); d.Error != "" {
			t.Fatal(d.Error)
		}
		o.reads("U0ADA", "It is being applied")
		o.applied(g.ID)
		o.reads("U0RITA", "until")
		o.happens(g.ID, grant.Warn{})
		done := o.reads("U0RITA", "After that it ends")
		o.slack.As("U0RITA").Press(o.ctx, done, "I'm done")
		o.reads("U0RITA", "is over")
		o.removed(g.ID)
		o.reads("U0RITA", "has ended: given back")
		o.reads("C0ADMIN", "ended: given back")
	})
}
