package grant

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// holdsBetween checks the invariants of every step.
func holdsBetween(t *rapid.T, old, next Grant) {
	if len(next.History) < len(old.History) || !cmp.Equal(old.History, next.History[:len(old.History)]) {
		t.Fatalf("the history was rewritten: %v, then %v", kinds(old), kinds(next))
	}
	happened := next.History[len(old.History):]
	if next.State != old.State && len(happened) == 0 {
		t.Fatalf("from %s to %s without an event", old.State, next.State)
	}
	moved := slices.ContainsFunc(happened, func(ev Event) bool { return movesExpiry(ev) })
	if !next.ExpiresAt.Equal(old.ExpiresAt) && !moved {
		t.Fatalf("the expiry moved from %s to %s by %v", old.ExpiresAt, next.ExpiresAt, happened)
	}
	for _, ev := range happened {
		if ev.Kind == EventApprove && ev.To == Approved {
			approvedByPeople(t, next, next.Decisions)
		}
		if ev.Kind == EventExtend && !ev.Expiry.IsZero() {
			extendedByPeople(t, old, next, ev)
		}
		if ev.Kind == EventNarrow && (len(next.Decisions) > 0 || !within(next.Prefix, old.Prefix) && !within(next.Prefix, old.AskedFor().Prefix) || next.Term > old.AskedFor().Term || !covers(old.AskedFor().Level, next.Level)) {
			t.Fatalf("%s %s for %s was changed to %s %s for %s", old.Level.Name, old.Prefix, old.Term, next.Level.Name, next.Prefix, next.Term)
		}
		if (ev.Kind == EventApplied || ev.Kind == EventExtended) && !(next.Half(OwnerHalf).IsConfirmed() && next.Half(GranteeHalf).IsConfirmed()) {
			t.Fatal("open was said before AWS confirmed both halves")
		}
		if ev.Kind == EventResumed && (next.IsRestoring() || !next.DriftedAt.IsZero() || !next.wasOpen()) {
			t.Fatal("resumed was said before AWS confirmed both halves")
		}
	}
	loops := map[Worker]int{}
	for _, due := range DueTimes(next) {
		loops[due.Worker]++
	}
	entries, news := NewEntries(old, next), HasNews(old, next)
	if len(entries) != len(happened) || news != (len(happened) > 0 || !next.DriftedAt.IsZero() && old.wasOpen() && !next.wasOpen()) {
		t.Fatalf("%d events have %d audit entries, and news %v", len(happened), len(entries), news)
	}
	for i, ev := range happened {
		if e := entries[i]; e.Kind != string(ev.Kind) || e.By != ev.By || e.State != ev.To || !e.At.Equal(ev.At) {
			t.Fatalf("%+v has the entry %+v", ev, e)
		}
	}
	for _, l := range []Worker{CheckWorker, TimerWorker, OwnerWorker, GranteeWorker} {
		if loops[l] != 1 {
			t.Fatalf("%s is told %d times when it is due", l, loops[l])
		}
	}
}

// holdsOf checks the invariants of every record.
func holdsOf(t *rapid.T, g Grant) {
	if last := g.History[len(g.History)-1]; last.To != g.State {
		t.Fatalf("%s, and its last event led to %s", g.State, last.To)
	}
	var decisions, extended = 0, time.Duration(0)
	var approval *Event
	for i, ev := range g.History {
		switch {
		case ev.Kind == EventApprove && ev.To == Approved:
			approval = &g.History[i]
			decisions++
		case ev.Kind == EventDeny, ev.Kind == EventCancel, ev.Kind == EventLapse, ev.Kind == EventReject:
			decisions++
		case ev.Kind == EventExtend && !ev.Expiry.IsZero():
			extended += ev.Expiry.Sub(expiryBefore(g.History[:i]))
		}
	}
	if decisions > 1 || g.State.Open() != (decisions == 0) {
		t.Fatalf("%s after %d decisions: %v", g.State, decisions, kinds(g))
	}
	if len(g.Parts) > 0 && !g.State.InAWS() && g.State != Ended {
		t.Fatalf("AWS may hold parts of a grant that is %s", g.State)
	}
	if (g.Outcome != "") != (g.State == Ending || g.State == Ended) {
		t.Fatalf("%s with the outcome %q", g.State, g.Outcome)
	}
	if g.State == Ended && (g.Owner.RemovedAt.IsZero() || g.Grantee.RemovedAt.IsZero()) {
		t.Fatal("ended was said before AWS confirmed that both halves are gone")
	}
	if approval == nil {
		if !g.ExpiresAt.IsZero() || g.State.InAWS() || g.State == Ended {
			t.Fatalf("%s until %s, and nobody approved it", g.State, g.ExpiresAt)
		}
	} else {
		limit := approval.At.Add(g.Term.Duration() + extended)
		if g.ExpiresAt.After(limit) || limit.Sub(g.ExpiresAt) >= time.Second || g.ExpiresAt.Nanosecond() != 0 || g.ExpiresAt.Location() != time.UTC {
			t.Fatalf("approved %s for %s and extended by %s, it expires %s", approval.At, g.Term, extended, g.ExpiresAt)
		}
		for _, after := range []time.Duration{0, 1, time.Second, 24 * time.Hour} {
			if g.WantsAccess(g.ExpiresAt.Add(after)) {
				t.Fatalf("it asks for access %s after its expiry", after)
			}
		}
	}
	hasWake(t, g)
}

func movesExpiry(ev Event) bool {
	return ev.Kind == EventApprove && ev.To == Approved || ev.Kind == EventExtend && !ev.Expiry.IsZero()
}

func expiryBefore(history []Event) (at time.Time) {
	for _, ev := range history {
		if movesExpiry(ev) {
			at = ev.Expiry
		}
	}
	return at
}

// approvedByPeople requires as many different approvers as the rule says, none
// of them on the requester's side.
func approvedByPeople(t *rapid.T, g Grant, decisions []Decision) {
	seen := map[string]bool{}
	for _, d := range decisions {
		if g.ConcernsToday(d.By, []string{pia.User}) || d.By.User == "" || d.By == otto && len(g.Rule.Approvers.Groups) == 0 {
			t.Fatalf("approved by %s", d.By.User)
		}
		seen[d.By.User] = true
	}
	if len(seen) < g.Rule.Quorum(g.Level.Name) || len(seen) != len(decisions) {
		t.Fatalf("approved by %d people in %d decisions; the rule asks for %d", len(seen), len(decisions), g.Rule.Quorum(g.Level.Name))
	}
}

// extendedByPeople requires a full quorum, or the bot where the rule allows it,
// once per grant. The rule's total limit always holds.
func extendedByPeople(t *rapid.T, old, next Grant, ev Event) {
	if ev.By.IsBot() {
		before := slices.ContainsFunc(old.History, func(ev Event) bool { return ev.Kind == EventExtend && ev.By.IsBot() })
		if !old.PendingExtension.Free || before || old.PendingExtension.Term > old.Rule.FreeExtension {
			t.Fatalf("extended by nobody: %+v", old.PendingExtension)
		}
	} else {
		decisions, _ := Today{Rule: &next.Rule}.countApproval(old, ev.By, stillThere(), ev.At)
		approvedByPeople(t, next, decisions)
	}
	if longest := next.StartAt.Add(next.Rule.Longest().Duration()); next.ExpiresAt.After(longest) {
		t.Fatalf("extended to %s, and %s is the longest that the rule allows", next.ExpiresAt, longest)
	}
}

// hasWake requires a due time: by the expiry for a grant that may hold access,
// and by the lapse for an undecided request.
func hasWake(t *rapid.T, g Grant) {
	life, owner, grantee := wakeOf(g, TimerWorker), wakeOf(g, OwnerWorker), wakeOf(g, GranteeWorker)
	switch g.State {
	case Checking, Pending:
		if life.IsZero() || life.After(g.LapsesAt) {
			t.Fatalf("%s until %s, and woken at %s", g.State, g.LapsesAt, life)
		}
	case Approved, Active:
		if life.IsZero() || life.After(g.ExpiresAt) {
			t.Fatalf("%s until %s, and woken at %s", g.State, g.ExpiresAt, life)
		}
	case Ending:
		if g.Owner.RemovedAt.IsZero() && owner.IsZero() || g.Grantee.RemovedAt.IsZero() && grantee.IsZero() {
			t.Fatalf("ending, with a half that nobody removes: %+v", g)
		}
	}
}
