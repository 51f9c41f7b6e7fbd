package commands

import (
	"context"
	"testing"
	"time"
)

func TestOnBehalf(t *testing.T) {
	o := newOffice(t, 1)
	o.answers(by("URITA"), "request my-bucket/builds read build/test.user 8h for <@UEVE> from tomorrow 09:00 nightly build", "it goes to the approvers once")
	g := o.all()[0]
	if g.Beneficiary.User != "UEVE" || g.Reason != "nightly build" || !g.StartAt.Equal(noon.Add(21*time.Hour)) || !g.NeedsConsent() {
		t.Errorf("for %s from %s: %q", g.Beneficiary.User, g.StartAt, g.Reason)
	}
	consent := func(who string) string { return reply(o.Decisions.Consent(context.Background(), by(who), g.ID)) }
	contains(t, consent("URITA"), "Only the beneficiary can confirm this request.")
	contains(t, consent("UEVE"), "Confirmed.")
	contains(t, consent("UEVE"), "You already confirmed this request.")
	decline := reply(o.Decisions.Decline(context.Background(), by("UEVE"), g.ID))
	contains(t, decline, "You already confirmed this request.")
	o.answers(by("UEVE"), "cancel "+string(g.ID), "Cancelled")
}
