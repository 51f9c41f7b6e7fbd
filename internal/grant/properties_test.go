package grant

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A world is one grant with everything that acts on it: people with and without
// rights, the loops, AWS, and a changing config.
type world struct {
	g     Grant
	now   time.Time
	rule  Rule     // today's
	today []string // owners of the principal today
}

var digits = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}

// evenly draws each value with the same probability. Rapid's own generator
// prefers the first values so strongly that most grants would never leave their
// state.
func evenly[T any](values []T) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		n := 0
		for range 12 {
			n *= 2
			if rapid.Bool().Draw(t, "bit") {
				n++
			}
		}
		return values[n%len(values)]
	})
}

// newWorld starts with a grant in any state, so that late states are tested as
// often as early ones.
func newWorld(t *rapid.T) *world {
	w := &world{now: noon, rule: theRule(), today: []string{paul.User, pia.User}}
	w.g = in(evenly([]State{Checking, Checking, Pending, Pending, Pending, Approved, Approved, Active, Ending}).Draw(t, "from"))
	if last := w.g.History[len(w.g.History)-1]; last.At.After(w.now) {
		w.now = last.At
	}
	if w.g.State.Open() {
		w.rule.Approvals = evenly([]int{1, 2, 3}).Draw(t, "approvals")
		w.rule.RemindAfter = evenly([]Term{0, 10, 4 * 60}).Draw(t, "remind after")
		w.rule.EscalateAfter, w.rule.Escalate = evenly([]Term{0, 30}).Draw(t, "escalate after"), People{Users: []string{gail.User}}
		w.g.Rule = w.rule
	}
	w.rule.Heal = rapid.Bool().Draw(t, "heal")
	w.rule.FreeExtension = evenly([]Term{0, 60}).Draw(t, "free extension")
	return w
}

// step causes one random event and returns the resulting record.
func (w *world) step(t *rapid.T) (next Grant) {
	after := []time.Duration{0, 1, time.Second, 10 * time.Second, time.Minute, 3 * time.Minute}
	if evenly(digits).Draw(t, "long after") == 9 {
		after = []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 20 * time.Hour}
	}
	w.now = w.now.Add(evenly(after).Draw(t, "after"))
	half := evenly([]Half{OwnerHalf, GranteeHalf}).Draw(t, "half")
	g, now := w.g, w.now
	next = g
	switch evenly([]string{
		"person", "person", "person", "person", "person", "person", "person", "bot", "bot", "tick", "asking", "found", "found", "found", "found", "gone", "gone", "retry", "retry", "retry check", "config",
	}).Draw(t, "who") {
	case "person":
		return w.person(t, w.kind(t), w.facts(t, half))
	case "bot":
		return w.bot(t, w.kind(t), w.facts(t, half))
	case "tick":
		next, _ = ApplyTimers(g, now)
	case "asking":
		if g.WantsAccess(now) {
			next = asked(g, half, now)
		}
	case "found":
		if g.WantsAccess(now) {
			next, _ = asked(g, half, now).Half(half).RecordPresent(now)
		}
	case "gone":
		next, _ = g.Half(half).RecordAbsent(now)
	case "retry":
		next = g.Half(half).Retry("AWS is away", now, rapid.Float64Range(0, 1).Draw(t, "spread"))
	case "retry check":
		next = g.RetryCheck("AWS is away", now, 0)
	case "config":
		w.rule.Approvals = evenly([]int{1, 2, 3}).Draw(t, "approvals")
		w.rule.Approvers.Users = evenly([][]string{{ada.User}, {bob.User}, {ada.User, bob.User, rita.User}}).Draw(t, "approvers")
	}
	return next
}

// person tries an action of a person. If it succeeds, the person was a full
// member.
func (w *world) person(t *rapid.T, k EventKind, f facts) Grant {
	a := f.byPerson(k)
	if a == nil {
		return w.g
	}
	next, err := w.g.Apply(a, f.at)
	if err != nil {
		return next
	}
	switch {
	case f.by.Standing != Member:
		t.Fatalf("%s did %q, being a %q", f.by.User, k, f.by.Standing)
	case slices.Contains([]EventKind{EventApprove, EventDeny, EventNarrow, EventExtend, EventDenyExtension}, k) && f.revision != w.g.Revision:
		t.Fatalf("%s did %q on revision %d of a request that is at %d", f.by.User, k, f.revision, w.g.Revision)
	}
	return next
}

// bot tries the bot's actions. The bot cannot act as a person whose id was lost.
// It records observations in AWS only through RecordPresent and RecordAbsent,
// which derive the consequences.
func (w *world) bot(t *rapid.T, k EventKind, f facts) Grant {
	f.by = Actor{}
	if a := f.byPerson(k); a != nil {
		if _, err := w.g.Apply(a, f.at); err == nil {
			t.Fatalf("%q was done by nobody", k)
		}
	}
	all := f.byBot(k)
	if len(all) == 0 || k == EventHalfApplied || k == EventDelegated || k == EventHalfRemoved {
		return w.g
	}
	a := evenly(all).Draw(t, "action")
	next, err := w.g.Apply(a, f.at)
	if err != nil {
		return next
	}
	allowed := true
	switch a.(type) {
	case AutoApprove, OpenBreakGlass:
		allowed = false
	case ExtendFree:
		allowed = w.g.PendingExtension.Free
	case Heal:
		allowed = w.rule.Heal
	case Expire:
		allowed = !f.at.Before(w.g.ExpiresAt)
	}
	if !allowed {
		t.Fatalf("the bot did %T by itself", a)
	}
	return next
}

// kind draws a kind of event, mostly one that the state allows.
func (w *world) kind(t *rapid.T) EventKind {
	kinds := allKinds
	if possible := transitions[w.g.State]; len(possible) > 0 && evenly(digits).Draw(t, "any kind") > 2 {
		kinds = slices.Sorted(maps.Keys(possible))
	}
	return evenly(kinds).Draw(t, "kind")
}

// facts draws the facts of an action, by a person who may be entitled.
func (w *world) facts(t *rapid.T, half Half) facts {
	by := Actor{
		Person:   evenly([]Person{rita, bea, paul, pia, ada, ada, ada, bob, bob, bob, gail, gail, otto, {"T0OTHER", "U0RITA"}}).Draw(t, "by"),
		Standing: evenly([]Standing{Member, Member, Member, Member, Member, Member, Member, Member, Member, Member, Member, Member, Guest, App, Stranger, Deactivated, Unknown}).Draw(t, "standing"),
	}
	if rapid.Bool().Draw(t, "in the group") {
		by.Groups = []string{"S0PLATFORM"}
	}
	f := facts{
		at: w.now, by: by, why: "because", half: half, Today: Today{PrincipalOwners: w.today},
		revision: w.g.Revision + evenly([]int{0, 0, 0, 0, 0, 0, 0, 0, -1, 1}).Draw(t, "revision"),
		left:     evenly(slices.Concat(w.g.Warnings, []time.Duration{time.Minute})).Draw(t, "left"),
		term:     evenly([]Term{-60, 0, 1, 60, 72 * 60, 73 * 60}).Draw(t, "term"),
		to: Narrowing{
			Prefix: evenly([]string{"builds", "builds/nightly", "buildsandmore", ""}).Draw(t, "prefix"),
			Level:  BuiltinLevels()[evenly([]string{"read", "read", "read", "full"}).Draw(t, "level")],
			Term:   evenly([]Term{0, 60, 8 * 60, 9 * 60}).Draw(t, "narrower term"),
		},
		warnBefore: []Term{120, 15},
		others:     evenly([][]Actor{stillThere(), stillThere(), stillThere(), nil}).Draw(t, "others"),
	}
	if evenly(digits).Draw(t, "rule") > 0 {
		rule := w.rule
		f.Rule = &rule
	}
	return f
}

func TestAnySequenceOfEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range evenly([]int{5, 20, 40, 60}).Draw(t, "steps") {
			before := snapshot(t, w.g)
			next := w.step(t)
			if after := snapshot(t, w.g); after != before {
				t.Fatalf("what happened changed the record it happened to:\n%s", cmp.Diff(before, after))
			}
			sibling := snapshot(t, next)
			w.step(t) // another change of the same record, as in a race
			if after := snapshot(t, next); after != sibling {
				t.Fatalf("what happened to one successor changed another:\n%s", cmp.Diff(sibling, after))
			}
			holdsBetween(t, w.g, next)
			holdsOf(t, next)
			w.g = next
		}
		outlives(t, w.g, w.now)
	})
}

func snapshot(t *rapid.T, g Grant) string {
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A grant that may hold access must always come to its end. From any point,
// only the loops act from now on, when they are due. A request ends when it
// lapses. A grant ends at its expiry, plus the time that AWS needs to confirm
// it.
func outlives(t *rapid.T, g Grant, now time.Time) {
	const passes = 5000 // far above the checks in a day without an answer from AWS: one every 5 minutes
	last := now
	for _, end := range []time.Time{g.LapsesAt, g.ExpiresAt} {
		if end.After(last) {
			last = end
		}
	}
	last = last.Add(10 * time.Minute) // twice the longest pause after a failure
	for range passes {
		if transitions[g.State] == nil || g.State == Ended {
			return
		}
		due := nextWake(g)
		if due.At.IsZero() {
			t.Fatalf("%s, and nobody comes by any more", g.State)
		}
		if due.At.After(now) {
			now = due.At
		}
		if now.After(last) {
			t.Fatalf("still %s %s after its end", g.State, now.Sub(last))
		}
		g = loop(g, due.Worker, now)
		holdsOf(t, g)
	}
	t.Fatalf("%s after %d passes of the loops", g.State, passes)
}

// nextWake returns the earliest due time of all loops.
func nextWake(g Grant) (due DueTime) {
	for _, wake := range DueTimes(g) {
		if !wake.At.IsZero() && (due.At.IsZero() || wake.At.Before(due.At)) {
			due = wake
		}
	}
	return due
}

// loop is one pass of a loop. AWS carries out every write but never answers a
// check.
func loop(g Grant, l Worker, now time.Time) Grant {
	half := OwnerHalf
	switch l {
	case CheckWorker:
		return g.RetryCheck("AWS is away", now, 0)
	case TimerWorker:
		g, _ = ApplyTimers(g, now)
		return g
	case GranteeWorker:
		half = GranteeHalf
	}
	switch {
	case g.WantsAccess(now):
		return must(asked(g, half, now).Half(half).RecordPresent(now))
	case g.State == Ending:
		return must(g.Half(half).RecordAbsent(now))
	case !g.DriftedAt.IsZero() && g.Half(half).WasConfirmed():
		return g.Half(half).RecordDropped()
	}
	return g.Half(half).RecheckAt(time.Time{})
}

// A write that adds access needs a record that says AWS may hold access.
func TestOnlyApprovedGrantsWantAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range evenly([]int{5, 20, 40, 60}).Draw(t, "steps") {
			w.g = w.step(t)
			if w.g.WantsAccess(w.now) && (w.g.Last(EventApprove) == nil || w.g.Last(EventDeny, EventCancel, EventLapse, EventReject, EventEnd) != nil || !w.g.DriftedAt.IsZero()) {
				t.Fatalf("it asks for access after %v", kinds(w.g))
			}
		}
	})
}
