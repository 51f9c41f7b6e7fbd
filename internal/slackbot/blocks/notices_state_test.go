package blocks

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// has fails if a text lacks a part, or has it though it should not.
func has(t *testing.T, text, part string, want bool) {
	t.Helper()
	if strings.Contains(text, part) != want {
		t.Errorf("contains %q: %v, want %v: %s", part, !want, want, text)
	}
}

// A paused access gets no warning with buttons that are refused.
func TestPausedAccessGetsNoWarning(t *testing.T) {
	g := lives(t)["warned"]
	event := len(g.History) - 1
	for g.History[event].Kind != grant.EventWarn {
		event--
	}
	if len(Notices(g, event)) != 1 {
		t.Error("an active access gets no warning")
	}
	g.DriftedAt = noon
	if got := Notices(g, event); len(got) != 0 {
		t.Errorf("a paused access gets %v", got)
	}
}

// The status message says that a freeze holds the request.
func TestStatusNamesTheFreeze(t *testing.T) {
	all := lives(t)
	for name, part := range map[string]string{"approved": "s3share is frozen: access becomes active after the freeze", "pending": "s3share is frozen: nothing can be approved"} {
		for _, frozen := range []bool{true, false} {
			has(t, StatusMessage(all[name], "U0RITA", Standing{CardPosted: true, Frozen: frozen}).Text, part, frozen)
		}
	}
}

// A narrowing that was undone is not called a narrowing.
func TestUndoneNarrowing(t *testing.T) {
	rule := rules().Rules[1]
	g := lives(t)["pending"]
	for _, term := range []grant.Term{240, g.Term} {
		g = after(t, g, grant.Narrow{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: g.Revision,
			To: grant.Narrowing{Prefix: g.Prefix, Level: g.Level, Term: term}})
		undone := term == 480
		has(t, StatusMessage(g, "U0RITA", Standing{CardPosted: true}).Text, "narrowed the request", !undone)
		has(t, decision(g, len(g.History)-1), "changed the request back: ", undone)
	}
}

// The question to the beneficiary shows each request of a batch.
func TestConsentShowsTheBatch(t *testing.T) {
	d := usual
	d.MoreTargets = []string{"my-other/logs"}
	all := askedTogether(t, d, func(g grant.Grant) grant.Grant { return g })
	has(t, ConsentNotice(all[0], all[1:]).Text, "s3://my-other/logs/", true)
}

// A handover is struck once it is replaced, or its access has ended.
func TestHandoverEnds(t *testing.T) {
	g := lives(t)["external"]
	event := 0
	for g.History[event].Kind != grant.EventDelegated {
		event++
	}
	if _, ok := currentAlert(g, event); ok {
		t.Error("a current handover is edited")
	}
	g.State = grant.Ended
	m, ok := currentAlert(g, event)
	has(t, m.Text, "can remove the policy.", ok)
	if !ok || !strings.HasPrefix(m.Text, "~") {
		t.Errorf("after the end: %v %s", ok, m.Text)
	}
}

// A reminder of an extension is struck with the decision.
func TestReminderOfAnExtensionEnds(t *testing.T) {
	g := grant.Grant{History: []grant.Event{{Kind: grant.EventRemind, To: grant.Active}}}
	for want, ev := range map[string]grant.Event{
		"Extended.":                   {Kind: grant.EventExtend, Expiry: noon.Add(time.Hour)},
		"Denied by <@U0ADA>.":         {Kind: grant.EventDenyExtension, By: person("U0ADA")},
		"Cancelled by <@U0RITA>.":     {Kind: grant.EventCancelExtension, By: person("U0RITA")},
		"Expired without a decision.": {Kind: grant.EventEnd},
	} {
		over := g
		over.History = append(over.History[:1:1], ev)
		if got := reminderEnd(over, 0); got != want {
			t.Errorf("%s: %q, want %q", ev.Kind, got, want)
		}
	}
}
