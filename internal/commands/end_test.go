package commands

import (
	"context"
	"testing"

	"s3share/internal/grant"
)

// A responder sees every grant and may end a single one.
func TestRespondersSeeAndEnd(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Rules[0].Approvers.Groups = nil })
	one, two := o.active(), o.active()
	o.answers(by("UEVE"), "show "+one, "There is no grant")
	if err := o.Prechecks.CanEnd(context.Background(), by("UEVE"), grant.ID(one), "a leak"); err == nil {
		t.Error("anybody could fill in the form")
	}
	o.makeResponder("UEVE")
	o.answers(by("UEVE"), "show "+one, "shown "+one)
	o.answers(by("UEVE"), "list active", two)
	if err := o.Prechecks.CanEnd(context.Background(), by("UEVE"), grant.ID(one), "a leak"); err != nil {
		t.Errorf("the form: %v", err)
	}
	o.answers(by("UEVE"), "end "+one+" a leak", "will be notified.")
	if g := o.get(one); g.Outcome != grant.Revoked || g.Last(grant.EventEnd).By.User != "UEVE" {
		t.Errorf("it is %s, %s by %s", g.State, g.Outcome, g.Last(grant.EventEnd).By.User)
	}
	o.answers(by("UEVE"), "approve "+o.pending(), "You are not an approver of")
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Groups: []string{"SOPS"}} })
	o.answers(by("UGINA"), "end "+two, "will be notified.")
}

// A redelivered end does not promise a confirmation that was sent already.
func TestRedeliveredEnd(t *testing.T) {
	for user, want := range map[string][2]string{
		"URITA": {"Ending your access. I'll confirm in a direct message when AWS has removed it.", "Your access has ended."},
		"UADA":  {"Ending `", "` has ended."},
	} {
		o := newOffice(t, 1)
		id := o.active()
		o.answers(by(user, "c1"), "end "+id, want[0])
		o.edit(id, func(g *grant.Grant) { g.State = grant.Ended })
		o.answers(by(user, "c1"), "end "+id, want[1])
	}
}
