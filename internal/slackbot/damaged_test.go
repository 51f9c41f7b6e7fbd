package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
)

// A damaged list of messages does not block new ones: the card is posted again, and no notice is
// repeated.
func TestDamagedDelivery(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, _ := o.pending(requestText)
		received := len(o.texts("U0RITA"))
		o.store.DamageDelivery(g.ID)
		o.apply(g.ID, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &g.Rule}})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d, err := o.store.Delivery(o.ctx, g.ID); err != nil || d.Told != len(o.get(g.ID).History) {
			t.Errorf("the delivery is %+v, %v", d, err)
		}
		cards := 0
		for _, text := range o.texts("C0ADMIN") {
			if strings.Contains(text, "read access: ") {
				cards++
			}
		}
		if cards != 2 {
			t.Errorf("%d cards: %q", cards, o.texts("C0ADMIN"))
		}
		if n := len(o.texts("U0RITA")); n != received {
			t.Errorf("Rita had %d messages and has %d: %q", received, n, o.texts("U0RITA"))
		}
		o.apply(g.ID, grant.Fail{Why: "A test."})
		synctest.Wait()
		time.Sleep(time.Second)
		if all := o.texts("U0RITA"); len(all) != received+1 {
			t.Errorf("she is not told what came: %q", all)
		}
	})
}
