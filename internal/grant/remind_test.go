package grant

import (
	"slices"
	"testing"
	"time"
)

// Left alone for a day, a request is brought to mind at growing intervals, goes
// to others once, and lapses: nothing else, and nothing after that.
func TestReminders(t *testing.T) {
	rule := theRule()
	rule.RemindAfter, rule.EscalateAfter, rule.Escalate = 60, 4*60, People{Users: []string{gail.User}}
	g := must(in(Checking).Next(Act{Kind: Check, At: noon, Rule: &rule}))
	type told struct {
		after time.Duration
		kind  Kind
	}
	var all []told
	for range 20 {
		at := wakeOf(g, LifeLoop)
		if at.IsZero() {
			break
		}
		next, ok := g.Tick(at)
		if !ok {
			t.Fatalf("woken after %s for nothing", at.Sub(noon))
		}
		if early, ok := g.Tick(at.Add(-1)); ok {
			t.Fatalf("a moment before: %v", kinds(early))
		}
		g = next
		all = append(all, told{at.Sub(noon), g.History[len(g.History)-1].Kind})
	}
	want := []told{{1 * time.Hour, Remind}, {3 * time.Hour, Remind}, {4 * time.Hour, Escalate}, {7 * time.Hour, Remind}, {15 * time.Hour, Remind}, {24 * time.Hour, Lapse}}
	if !slices.Equal(all, want) {
		t.Errorf("%v\nwant %v", all, want)
	}
}

func TestNobodyIsReminded(t *testing.T) {
	rule := theRule()
	g := must(in(Checking).Next(Act{Kind: Check, At: noon, Rule: &rule}))
	if at := wakeOf(g, LifeLoop); !at.Equal(g.LapsesAt) {
		t.Errorf("without a rule for it, somebody is reminded at %s", at)
	}
	rule.RemindAfter, rule.EscalateAfter = 60, 60
	g = must(in(Checking).Next(Act{Kind: Check, At: noon, Rule: &rule}))
	if g, _ = g.Tick(noon.Add(30 * time.Hour)); g.State != Lapsed {
		t.Errorf("after its time it is %s, and should have lapsed", g.State)
	}
	if g.Last(Escalate) != nil {
		t.Error("it went on to nobody")
	}
}
