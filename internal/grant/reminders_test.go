package grant

import (
	"slices"
	"testing"
	"time"
)

// An undecided request is reminded of at growing intervals, escalated once, and
// lapses after a day. Nothing else happens, and nothing after that.
func TestReminders(t *testing.T) {
	rule := theRule()
	rule.RemindAfter, rule.EscalateAfter, rule.Escalate = 60, 4*60, People{Users: []string{gail.User}}
	g := must(in(Checking).Apply(Check{Rule: &rule}, noon))
	type told struct {
		after time.Duration
		kind  EventKind
	}
	var all []told
	for range 20 {
		at := wakeOf(g, TimerWorker)
		if at.IsZero() {
			break
		}
		next, ok := ApplyTimers(g, at)
		if !ok {
			t.Fatalf("woken after %s for nothing", at.Sub(noon))
		}
		if early, ok := ApplyTimers(g, at.Add(-1)); ok {
			t.Fatalf("a moment before: %v", kinds(early))
		}
		g = next
		all = append(all, told{at.Sub(noon), g.History[len(g.History)-1].Kind})
	}
	want := []told{{1 * time.Hour, EventRemind}, {3 * time.Hour, EventRemind}, {4 * time.Hour, EventEscalate}, {7 * time.Hour, EventRemind}, {15 * time.Hour, EventRemind}, {24 * time.Hour, EventLapse}}
	if !slices.Equal(all, want) {
		t.Errorf("%v\nwant %v", all, want)
	}
}

func TestNoReminders(t *testing.T) {
	rule := theRule()
	g := must(in(Checking).Apply(Check{Rule: &rule}, noon))
	if at := wakeOf(g, TimerWorker); !at.Equal(g.LapsesAt) {
		t.Errorf("without a rule for it, somebody is reminded at %s", at)
	}
	rule.RemindAfter, rule.EscalateAfter = 60, 60
	g = must(in(Checking).Apply(Check{Rule: &rule}, noon))
	if g, _ = ApplyTimers(g, noon.Add(30*time.Hour)); g.State != Lapsed {
		t.Errorf("after its time it is %s, and should have lapsed", g.State)
	}
	if g.Last(EventEscalate) != nil {
		t.Error("it went on to nobody")
	}
}

// A pending extension is reminded of like a request, until it is decided or the
// access ends. Earlier reminders concern the request and do not count.
func TestExtensionReminders(t *testing.T) {
	rule := theRule()
	rule.RemindAfter, rule.EscalateAfter, rule.Escalate = 60, 2*60, People{Users: []string{gail.User}}
	g := in(Active)
	g.Rule, g.Warnings = rule, nil
	g.History = append(g.History, Event{Kind: EventRemind, At: noon.Add(time.Second)}, Event{Kind: EventEscalate, At: noon.Add(2 * time.Second)})
	if at := wakeOf(g, TimerWorker); !at.Equal(g.ExpiresAt) {
		t.Errorf("with no extension, somebody is reminded at %s", at)
	}
	since := noon.Add(time.Hour)
	asked := must(g.Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: 60}, since))
	var all []EventKind
	for g := asked; g.State == Active; {
		at := wakeOf(g, TimerWorker)
		next, ok := ApplyTimers(g, at)
		if early, ok := ApplyTimers(g, at.Add(-1)); ok {
			t.Fatalf("a moment before: %v", kinds(early))
		}
		if !ok {
			t.Fatalf("woken at %s for nothing", at)
		}
		g = next
		all = append(all, g.History[len(g.History)-1].Kind)
	}
	if want := []EventKind{EventRemind, EventEscalate, EventRemind, EventRemind, EventEnd}; !slices.Equal(all, want) {
		t.Errorf("%v; want %v", all, want)
	}
	if late, _ := ApplyTimers(asked, asked.ExpiresAt); late.State != Ending {
		t.Errorf("at its end, with reminders due, it is %s", late.State)
	}
	denied := must(asked.Apply(DenyExtension{By: member(ada), Today: Today{Rule: &rule}, Revision: asked.Revision, Why: "no"}, since))
	if at := wakeOf(denied, TimerWorker); !at.Equal(g.ExpiresAt) {
		t.Errorf("of what was denied, somebody is reminded at %s", at)
	}
}
