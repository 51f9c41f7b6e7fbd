package grant

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestAccessOpensOnlyWithBothHalves(t *testing.T) {
	now := noon.Add(6 * time.Minute)
	for _, order := range [][2]Half{{OwnerHalf, GranteeHalf}, {GranteeHalf, OwnerHalf}} {
		g := must(asked(in(Approved), order[0], now).Half(order[0]).RecordPresent(now))
		if g.State != Approved || !g.Half(order[0]).IsConfirmed() || g.Half(order[1]).IsConfirmed() {
			t.Errorf("with the %s half alone it is %s", order[0], g.State)
		}
		g = must(asked(g, order[1], now).Half(order[1]).RecordPresent(now))
		if g.State != Active {
			t.Errorf("with both halves it is %s", g.State)
		}
		if got := kinds(g)[4:]; !slices.Equal(got, []EventKind{EventHalfApplied, EventHalfApplied, EventApplied}) {
			t.Errorf("what happened: %v", got)
		}
	}
}

// The half of an external account cannot be read back. The record only says
// that it was handed over.
func TestHandedOver(t *testing.T) {
	now := noon.Add(6 * time.Minute)
	g := in(Approved)
	g.Principal.External = true
	g = must(asked(g, OwnerHalf, now).Half(OwnerHalf).RecordPresent(now))
	g = must(g.RecordDelegated("the policy", now))
	last := g.History[len(g.History)-2]
	if g.State != Active || last.Kind != EventDelegated || last.Half != GranteeHalf || last.Why != "the policy" || !last.Expiry.Equal(g.ExpiresAt) {
		t.Errorf("%s after %+v", g.State, last)
	}
	g = must(g.Apply(End{By: member(rita)}, now))
	g = must(must(g.Half(OwnerHalf).RecordAbsent(now)).Half(GranteeHalf).RecordAbsent(now.Add(time.Hour)))
	if why := g.Last(EventHalfRemoved).Why; g.State != Ended || why != "Left to the admin of build, who manages it." {
		t.Errorf("%s, and the last half is gone because %q", g.State, why)
	}
}

func TestWriteIntentIsRecorded(t *testing.T) {
	g, now := in(Approved), noon.Add(6*time.Minute)
	once := asked(g, OwnerHalf, now)
	if len(g.Parts) != 0 || len(once.Parts) != 2 || once.Parts[0] != (Part{OwnerHalf, Statement, "S3Share7K2M9QXA", g.ExpiresAt, time.Time{}}) {
		t.Errorf("asked for %+v", once.Parts)
	}
	if once.Half(OwnerHalf).IsConfirmed() || once.Half(OwnerHalf).WasConfirmed() || !once.Owner.WrittenAt.Equal(now) || !once.Grantee.WrittenAt.IsZero() {
		t.Error("asked for is not there yet")
	}
	if again := asked(once, OwnerHalf, now.Add(time.Minute)); len(again.Parts) != 2 || !again.Owner.WrittenAt.Equal(now.Add(time.Minute)) {
		t.Errorf("asked twice: %+v", again.Parts)
	}
	if len(once.History) != len(g.History) {
		t.Error("asking is bookkeeping, and people would be told of it")
	}
}

// A second look keeps the access recorded as open for a minute. So it is taken
// only if a write may still arrive and the date does not close the access
// anyway.
func TestGone(t *testing.T) {
	end := noon.Add(time.Hour)
	lost := func(g Grant) Grant { return asked(g, OwnerHalf, end.Add(-time.Second)) } // its reply was lost
	ending := func(edit func(Grant) Grant) Grant {
		return must(edit(in(Active)).Apply(End{By: member(rita)}, end))
	}
	asIs := func(g Grant) Grant { return g }
	for _, c := range []struct {
		name  string
		g     Grant
		looks []time.Duration // after the end
		want  string          // after each look: gone, or the next look's time
	}{
		{"confirmed before", ending(asIs), []time.Duration{0}, "gone"},
		{"a write without an answer", ending(lost), []time.Duration{0, time.Minute}, "1m0s gone"},
		{"looked at too early", ending(lost), []time.Duration{0, 59 * time.Second, time.Minute}, "1m0s 1m0s gone"},
		{"looked at late", ending(lost), []time.Duration{0, time.Hour}, "1m0s gone"},
		{"after the expiry", ending(lost), []time.Duration{8 * time.Hour}, "gone"},
		{"the expiry comes between", ending(lost), []time.Duration{7*time.Hour + 5*time.Minute - time.Second, 7*time.Hour + 5*time.Minute}, "7h5m59s gone"},
		{"a failure in between starts the minute again", ending(func(g Grant) Grant { return lost(g) }), []time.Duration{0, -30 * time.Second, 70 * time.Second, 130 * time.Second}, "1m0s failed 2m10s gone"},
	} {
		g, got := c.g, ""
		for i, d := range c.looks {
			if i > 0 {
				got += " "
			}
			if d < 0 { // AWS did not answer
				g, got = g.Half(OwnerHalf).Retry("AWS is away", end.Add(-d), 0), got+"failed"
				continue
			}
			g = must(g.Half(OwnerHalf).RecordAbsent(end.Add(d)))
			if g.Owner.RemovedAt.IsZero() {
				got += g.Owner.NextAttemptAt.Sub(end).String()
			} else {
				got += "gone"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

func TestGrantEndsOnlyWithBothHalvesGone(t *testing.T) {
	now := noon.Add(time.Hour)
	for _, order := range [][2]Half{{OwnerHalf, GranteeHalf}, {GranteeHalf, OwnerHalf}} {
		g := must(in(Ending).Half(order[0]).RecordAbsent(now))
		if g.State != Ending {
			t.Errorf("with the %s half gone alone it is %s", order[0], g.State)
		}
		events := len(g.History)
		if g = must(g.Half(order[0]).RecordAbsent(now)); len(g.History) != events {
			t.Errorf("people are told twice that the %s half is gone", order[0])
		}
		g = must(g.Half(order[1]).RecordAbsent(now))
		if g.State != Ended || !g.EndedAt.Equal(now) || g.Outcome != Relinquished {
			t.Errorf("with both halves gone it is %s at %s: %s", g.State, g.EndedAt, g.Outcome)
		}
		if got := kinds(g)[events-2:]; !slices.Equal(got, []EventKind{EventEnd, EventHalfRemoved, EventHalfRemoved, EventRemoved}) {
			t.Errorf("what happened: %v", got)
		}
		for _, l := range []Worker{OwnerWorker, GranteeWorker} {
			if at := wakeOf(g, l); !at.Equal(now.Add(2 * time.Minute)) {
				t.Errorf("the %s half is looked at once more at %s; want two minutes later", l, at)
			}
		}
	}
}

func TestGoneOrFoundInTheWrongState(t *testing.T) {
	for _, s := range States {
		if g, err := in(s).Half(OwnerHalf).RecordAbsent(noon); s != Ending && (err == nil || fmt.Sprint(g) != fmt.Sprint(in(s))) {
			t.Errorf("a half of a grant that is %s was cleared", s)
		}
		if g, err := in(s).Half(OwnerHalf).RecordPresent(noon); s != Approved && s != Active && (err == nil || fmt.Sprint(g) != fmt.Sprint(in(s))) {
			t.Errorf("a half of a grant that is %s was confirmed", s)
		}
	}
}

func TestRetryBacksOff(t *testing.T) {
	for _, spread := range []float64{0, 0.5, 1} {
		g, now := in(Approved), noon.Add(5*time.Minute)
		start, last := now, time.Duration(0)
		for range 200 {
			g = g.Half(OwnerHalf).Retry("AWS is away", now, spread)
			pause, elapsed := g.Owner.NextAttemptAt.Sub(now), now.Sub(start)
			switch {
			case elapsed < time.Minute && (pause > 5*time.Second || pause < 4*time.Second):
				t.Fatalf("after %s the next try comes in %s; want 5s in the first minute", elapsed, pause)
			case pause < last:
				t.Fatalf("after %s the pause shrank from %s to %s", elapsed, last, pause)
			case pause > 5*time.Minute:
				t.Fatalf("after %s the next try comes in %s; want at most 5m", elapsed, pause)
			case elapsed > time.Hour && pause < 4*time.Minute:
				t.Fatalf("after %s the next try comes in %s", elapsed, pause)
			}
			if want := 5*time.Second - time.Duration(spread*float64(time.Second)); elapsed == 0 && pause != want {
				t.Fatalf("spread by %v, the first pause is %s, want %s: many that fail together would come back together", spread, pause, want)
			}
			last, now = pause, g.Owner.NextAttemptAt
		}
		if g.Owner.Attempts != 200 || g.Owner.LastError != "AWS is away" || !g.Owner.FailingAt.Equal(start) || g.Grantee.Attempts != 0 {
			t.Errorf("after 200 tries: %+v", g.Owner)
		}
	}
}

func TestStuckAlertsOnceThenEverySixHours(t *testing.T) {
	for _, s := range []State{Approved, Active, Ending} {
		g, start := in(s), noon.Add(2*time.Hour)
		var told []time.Duration
		for now := start; now.Sub(start) <= 13*time.Hour; now = g.Half(GranteeHalf).NextAttemptAt {
			before := len(g.History)
			g = g.Half(GranteeHalf).Retry("AccessDenied", now, 0)
			for _, ev := range g.History[before:] {
				if ev.Kind != EventStalled || ev.Half != GranteeHalf || ev.Why != "AccessDenied" || ev.To != s {
					t.Errorf("told of %+v", ev)
				}
				told = append(told, now.Sub(start).Truncate(10*time.Minute))
			}
		}
		if want := []time.Duration{0, 6 * time.Hour, 12 * time.Hour}; !slices.Equal(told, want) || g.State != s {
			t.Errorf("a grant that is %s: told after %v; want %v", s, told, want)
		}
		first := g.Last(EventStalled)
		if first == nil {
			t.Fatal("nobody was told")
		}
	}
	g := in(Approved)
	for d := range 2 * time.Minute / time.Second {
		if g = g.Half(OwnerHalf).Retry("slow", noon.Add(d*time.Second), 0); g.Last(EventStalled) != nil {
			t.Fatalf("told after %s; want 2m", d*time.Second)
		}
	}
	if g = g.Half(OwnerHalf).Retry("slow", noon.Add(2*time.Minute), 0); g.Last(EventStalled) == nil {
		t.Error("not told after 2m")
	}
	if g = must(asked(g, OwnerHalf, noon).Half(OwnerHalf).RecordPresent(noon.Add(3 * time.Minute))); g.Owner.Attempts != 0 || g.Owner.LastError != "" || !g.Owner.AlertedAt.IsZero() {
		t.Errorf("found, and still failing: %+v", g.Owner)
	}
	for _, s := range []State{Checking, Pending, Denied, Ended} {
		g := in(s)
		for d := range time.Duration(10) {
			g = g.Half(OwnerHalf).Retry("AWS is away", noon.Add(d*time.Minute), 0)
		}
		if g.Last(EventStalled) != nil {
			t.Errorf("a grant that is %s is stuck", s)
		}
	}
}

func TestRetryCheck(t *testing.T) {
	g := in(Checking).RetryCheck("AWS is away", noon, 0)
	if !wakeOf(g, CheckWorker).Equal(noon.Add(5*time.Second)) || g.Check.Attempts != 1 || len(g.History) != 2 {
		t.Errorf("asked again at %s after %d tries", wakeOf(g, CheckWorker), g.Check.Attempts)
	}
}

func TestDriftAndPutBack(t *testing.T) {
	g, now := in(Active), noon.Add(30*time.Minute)
	d := drifted(g)
	switch {
	case d.State != Active || !d.DriftedAt.Equal(now) || d.WantsAccess(now):
		t.Errorf("drifted: %s since %s, asks for access: %v", d.State, d.DriftedAt, d.WantsAccess(now))
	case !d.Owner.NextAttemptAt.Equal(now) || !d.Grantee.NextAttemptAt.Equal(now):
		t.Error("nobody takes away what is left of it")
	case wakeOf(d, TimerWorker).IsZero():
		t.Error("nobody ends it")
	}
	gone := d.Half(OwnerHalf).RecordDropped().Half(GranteeHalf).RecordDropped()
	if gone.Half(OwnerHalf).WasConfirmed() || gone.Half(GranteeHalf).IsConfirmed() || !gone.Owner.NextAttemptAt.IsZero() || len(gone.History) != len(d.History) || !d.Half(OwnerHalf).WasConfirmed() {
		t.Errorf("given up: %+v", gone.Parts)
	}
	later := now.Add(time.Minute)
	const answered = "That question was about an earlier change, and is already answered. `/s3share show 7K2M9QXA` " +
		"shows its status; a later change has its own message."
	for _, kind := range []EventKind{EventRestore, EventEnd} {
		act := facts{by: member(ada), Today: Today{Rule: &g.Rule}, drift: now.Add(-time.Hour)}
		if _, err := gone.Apply(act.byPerson(kind), later); said(err) != answered {
			t.Errorf("%s, asked about an earlier change: %q", kind, said(err))
		}
		act.drift = now
		if _, err := gone.Apply(act.byPerson(kind), later); err != nil {
			t.Errorf("%s, asked about this change: %v", kind, err)
		}
	}
	back := must(gone.Apply(Restore{By: member(ada), Today: Today{Rule: &g.Rule}}, later))
	switch {
	case !back.WantsAccess(later) || !back.ExpiresAt.Equal(g.ExpiresAt):
		t.Errorf("put back: asks for access: %v, until %s", back.WantsAccess(later), back.ExpiresAt)
	case back.Half(OwnerHalf).WasConfirmed() || back.Half(GranteeHalf).WasConfirmed():
		t.Error("that it is not there yet would be drift again")
	case !back.Owner.NextAttemptAt.Equal(later) || !back.Grantee.NextAttemptAt.Equal(later):
		t.Error("nobody puts it back")
	}
	again := applied(back, later)
	if !again.Half(OwnerHalf).IsConfirmed() || !again.Half(GranteeHalf).IsConfirmed() || again.State != Active {
		t.Errorf("put back and read back: %s", again.State)
	}
	half := must(asked(back, OwnerHalf, later).Half(OwnerHalf).RecordPresent(later))
	if n := count(half, EventResumed); n != 0 {
		t.Errorf("%d events say that access resumed after one half", n)
	}
	if n := count(again, EventResumed); n != 1 {
		t.Errorf("%d events say that access resumed", n)
	}
	const nothing = "There is nothing to restore: nothing is missing, or it was restored already."
	if _, err := back.Apply(Restore{By: member(bob), Today: Today{Rule: &g.Rule}}, later); said(err) != nothing {
		t.Errorf("put back twice: %q", said(err))
	}
}

func TestAsks(t *testing.T) {
	expiry := in(Active).ExpiresAt
	for _, c := range []struct {
		name string
		g    Grant
		at   time.Time
		want bool
	}{
		{"approved", in(Approved), noon.Add(time.Hour), true},
		{"active", in(Active), noon.Add(time.Hour), true},
		{"a nanosecond before its expiry", in(Active), expiry.Add(-1), true},
		{"at its expiry", in(Active), expiry, false},
		{"approved, at its expiry", in(Approved), expiry, false},
		{"after its expiry", in(Active), expiry.Add(time.Hour), false},
		{"drifted", drifted(in(Active)), noon.Add(time.Hour), false},
		{"checking", in(Checking), noon, false},
		{"pending", in(Pending), noon, false},
		{"denied", in(Denied), noon, false},
		{"ending", in(Ending), noon, false},
		{"ended", in(Ended), noon, false},
	} {
		if got := c.g.WantsAccess(c.at); got != c.want {
			t.Errorf("%s: asks for access: %v", c.name, got)
		}
	}
}

func TestConfirmedNeedsEveryPart(t *testing.T) {
	g := in(Active)
	if (Grant{}).Half(OwnerHalf).IsConfirmed() || in(Approved).Half(OwnerHalf).IsConfirmed() || in(Approved).Half(OwnerHalf).WasConfirmed() {
		t.Error("a half without parts is confirmed")
	}
	g.Parts[1].Confirmed = time.Time{} // one statement of two
	if g.Half(OwnerHalf).IsConfirmed() || g.Half(OwnerHalf).WasConfirmed() || !g.Half(GranteeHalf).IsConfirmed() {
		t.Error("one statement of two stands for both")
	}
}

// People are told that access is open or extended, and that a half is released, only after AWS confirmed it.
func TestNothingIsRecordedBeforeAWSConfirmedIt(t *testing.T) {
	now, rule := noon.Add(30*time.Minute), theRule()
	extended := must(more(in(Active), 60).Apply(Extend{By: member(ada), Today: Today{Rule: &rule}, Revision: 1}, now))
	ending := must(in(Active).Apply(Fail{Why: "a test"}, now))
	back := must(drifted(in(Active)).Apply(Restore{By: member(ada), Today: Today{Rule: &rule}}, now))
	const halves = "AWS has not confirmed the access yet."
	for _, c := range []struct {
		name string
		g    Grant
		a    Action
		want string
	}{
		{"open", in(Approved), Applied{}, halves},
		{"extended", extended, Extended{}, halves},
		{"resumed", back, Resumed{}, halves},
		{"released, with the bucket open", ending, HalfRemoved{GranteeHalf, "another grant needs it"},
			"A part may stay in AWS only once AWS has confirmed that the bucket is closed."},
		{"removed", ending, Removed{}, "AWS has not confirmed the removal yet."},
	} {
		if c.g.State == Active && !c.g.IsExtending() && !c.g.IsRestoring() {
			t.Errorf("%s: it is neither being extended nor restored", c.name)
		}
		if _, err := c.g.Apply(c.a, now); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}
