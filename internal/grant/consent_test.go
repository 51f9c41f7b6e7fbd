package grant

import (
	"testing"
	"time"
)

// A request for another person waits for that person's confirmation only.
func TestConsent(t *testing.T) {
	g := must(theRules().Draft("7K2M9QXA", theDraft(), 0, noon))
	if at := wakeOf(g, CheckWorker); !at.Equal(noon) {
		t.Errorf("whether the person can answer is asked at %s", at)
	}
	if at := wakeOf(g.WithConsentAllowed(), CheckWorker); !at.IsZero() {
		t.Errorf("AWS is asked about it at %s, before the person it is for was", at)
	}
	if _, err := g.Apply(Check{}, noon); said(err) != "The beneficiary has not confirmed this request yet." {
		t.Errorf("a card goes out all the same: %v", err)
	}
	for _, c := range []struct {
		name string
		by   Actor
		want string
	}{
		{"the beneficiary", member(bea), ""},
		{"the beneficiary, a guest by now", Actor{Person: bea, Standing: Guest}, "Guests can't request or " +
			"approve access. Ask a full member of this workspace."},
		{"the requester", member(rita), "Only the beneficiary can confirm this request."},
		{"an approver", member(ada), "Only the beneficiary can confirm this request."},
		{"the bot", Actor{}, unknown},
	} {
		next, err := g.Apply(Consent{By: c.by}, noon.Add(time.Minute))
		if said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
		if err == nil && (!wakeOf(next, CheckWorker).Equal(noon.Add(time.Minute)) || next.NeedsConsent()) {
			t.Errorf("confirmed, and asked about at %s", wakeOf(next, CheckWorker))
		}
	}
	if _, err := in(Checking).Apply(Consent{By: member(bea)}, noon); said(err) != "You already confirmed this "+
		"request." {
		t.Errorf("twice: %v", err)
	}
	if no := must(g.Apply(Cancel{By: member(bea)}, noon)); no.State != Cancelled {
		t.Errorf("the beneficiary says no, and it is %s", no.State)
	}
	late, _ := ApplyTimers(g, g.LapsesAt)
	if late.State != Refused || late.Why != "The beneficiary did not confirm the request in time. Tell them, "+
		"then request it again." {
		t.Errorf("nobody answers: %s, %q", late.State, late.Why)
	}
	alone := theDraft()
	alone.Beneficiary = Person{}
	if g := must(theRules().Draft("7K2M9QXA", alone, 0, noon)); g.NeedsConsent() || wakeOf(g, CheckWorker).IsZero() {
		t.Error("what somebody asks for themselves waits for their word")
	}
}

// A grant may begin later than its approval; the term runs from there.
func TestScheduledStart(t *testing.T) {
	const hint = " Leave it out to start at the approval."
	for _, c := range []struct {
		name  string
		start time.Time
		want  string
	}{
		{"at once", time.Time{}, ""},
		{"tomorrow", noon.Add(21 * time.Hour), ""},
		{"now", noon, "The start 2026-11-02 12:00 UTC is in the past." + hint},
		{"yesterday", noon.Add(-24 * time.Hour), "The start 2026-11-01 12:00 UTC is in the past." + hint},
		{"in thirty days", noon.Add(furthest), ""},
		{"later", noon.Add(furthest + time.Second), "The start 2026-12-02 12:00 UTC is more than 30 days ahead. " +
			"Request it closer to the day."},
	} {
		d := theDraft()
		d.Start = c.start
		if _, err := theRules().Draft("7K2M9QXA", d, 0, noon); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
	rule := theRule()
	for _, c := range []struct {
		name            string
		start, approved time.Time
		begins          time.Time
		scheduled       bool
	}{
		{"approved before", noon.Add(3 * time.Hour), noon.Add(time.Hour), noon.Add(3 * time.Hour), true},
		{"approved in that second", noon.Add(3 * time.Hour), noon.Add(3 * time.Hour), noon.Add(3 * time.Hour), false},
		{"approved after", noon.Add(3 * time.Hour), noon.Add(4 * time.Hour), noon.Add(4 * time.Hour), false},
		{"a part of a second", noon.Add(3*time.Hour + 1), noon.Add(time.Hour), noon.Add(3*time.Hour + time.Second), true},
	} {
		d := theDraft()
		d.Start = c.start
		g := must(theRules().Draft("7K2M9QXA", d, 0, noon))
		g = must(g.Apply(Consent{By: member(bea)}, noon))
		g = must(g.Apply(Check{Rule: &rule}, noon))
		g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, c.approved))
		if !g.StartAt.Equal(c.begins) || !g.ExpiresAt.Equal(c.begins.Add(8*time.Hour)) || g.Scheduled != c.scheduled {
			t.Errorf("%s: from %s until %s, %v", c.name, g.StartAt, g.ExpiresAt, g.Scheduled)
		}
	}
}

func TestRespondersEndAnything(t *testing.T) {
	g, err := attempt(EventEnd, member(otto), func(_ *Grant, a *facts) { a.responder = true })
	if err != nil || g.Outcome != Revoked {
		t.Errorf("%v, %s", err, g.Outcome)
	}
}
