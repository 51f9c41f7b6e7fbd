package slackbot

import (
	"strings"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The value of a page's button is not trusted: it can only read, and only what the person who
// presses it may see.
func TestForgedPages(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		o.waitForCard(g.ID)
		for _, value := range []string{"approve " + string(g.ID), "deny " + string(g.ID) + " no", "freeze now", "history csv", "", "{}"} {
			before := len(o.slack.Ephemerals("U0ADA"))
			if d := o.forge("U0ADA", "C0ADMIN", "1.000001", blocks.ActNext, value); !d.Acked {
				t.Errorf("%q: not acknowledged", value)
			}
			o.wait("an answer", func() bool { return len(o.slack.Ephemerals("U0ADA")) > before })
			all := o.slack.Ephemerals("U0ADA")
			if text := all[len(all)-1].Text; !strings.HasPrefix(text, "That button does not show a page.") {
				t.Errorf("%q: %s", value, text)
			}
		}
		o.forge("U0EVE", "C0ADMIN", "1.000001", blocks.ActPrev, "list all")
		o.shows("U0EVE", "There is no request or access that you can see.")
		o.forge("U0ADA", "C0ADMIN", "1.000001", blocks.ActPrev, "list pending page 9")
		o.shows("U0ADA", "There is no page 9; the last page is 1.")
		if got := o.get(g.ID); got.State != grant.Pending || got.Revision != g.Revision {
			t.Errorf("the request changed: %s", got.State)
		}
	})
}
