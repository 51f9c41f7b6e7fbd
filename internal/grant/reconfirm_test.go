package grant

import (
	"slices"
	"testing"
	"time"
)

const day = 24 * time.Hour

// lasting is an active grant without other warnings.
func lasting(t *testing.T, term Term, start time.Time) Grant {
	t.Helper()
	g, rule := in(Pending), theRule()
	g.Term, g.Warnings, g.StartAt = term, nil, start
	g = must(g.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, noon))
	return applied(asked(asked(g, OwnerHalf, noon), GranteeHalf, noon), noon)
}

// reconfirmed lets time pass and returns how long before the end the approvers
// were asked.
func reconfirmed(g Grant) (lefts []time.Duration) {
	for g.State == Active {
		g, _ = ApplyTimers(g, wakeOf(g, TimerWorker))
		if last := len(g.History) - 1; g.Reconfirms(last) {
			lefts = append(lefts, g.History[last].Left)
		}
	}
	return lefts
}

func TestLongGrantsAreReconfirmed(t *testing.T) {
	for _, c := range []struct {
		name  string
		term  Term
		start time.Time
		want  []time.Duration
	}{
		{"90 days", 90 * 24 * 60, time.Time{}, []time.Duration{14 * day, 3 * day}},
		{"a minute more than 14 days", 14*24*60 + 1, time.Time{}, []time.Duration{14 * day, 3 * day}},
		{"14 days", 14 * 24 * 60, time.Time{}, nil},
		{"8 hours", 8 * 60, time.Time{}, nil},
		{"8 hours that begin in 20 days", 8 * 60, noon.Add(20 * day), nil},
		{"20 days that begin in 20 days", 20 * 24 * 60, noon.Add(20 * day), []time.Duration{14 * day, 3 * day}},
	} {
		if got := reconfirmed(lasting(t, c.term, c.start)); !slices.Equal(got, c.want) {
			t.Errorf("%s: asked %v before the end; want %v", c.name, got, c.want)
		}
	}
}

// A grant that became long by extensions is reconfirmed like any other. Each
// extension asks again before the new end.
func TestExtensionsAreReconfirmed(t *testing.T) {
	rule := theRule()
	rule.MaxTerm = 30 * 24 * 60
	extend := func(g Grant, at time.Time) Grant {
		g = must(g.Apply(RequestExtension{By: member(ada), Today: Today{Rule: &rule}, Term: 10 * 24 * 60}, at))
		return must(g.Apply(Extend{By: member(ada), Today: Today{Rule: &rule}, Revision: g.Revision}, at))
	}
	g := extend(lasting(t, 10*24*60, time.Time{}), noon.Add(time.Hour))
	if got := reconfirmed(g); !slices.Equal(got, []time.Duration{14 * day, 3 * day}) {
		t.Errorf("20 days in all: asked %v before the end", got)
	}
	for range 2 { // both warnings of the first end
		g, _ = ApplyTimers(g, wakeOf(g, TimerWorker))
	}
	if got := reconfirmed(extend(g, g.ExpiresAt.Add(-time.Hour))); !slices.Equal(got, []time.Duration{3 * day}) {
		t.Errorf("extended by 10 days in the last hour: asked %v before the new end", got)
	}
}
