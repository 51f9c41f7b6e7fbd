package grant

import (
	"slices"
	"testing"
	"time"
)

// The effects of time alone, as the moments when an untouched grant changes.
func TestTick(t *testing.T) {
	g := in(Active) // requested at noon, approved at 12:05 for 8h
	warns := func(before ...time.Duration) func(Grant) Grant {
		return func(g Grant) Grant { g.Warnings = before; return g }
	}
	for _, c := range []struct {
		name string
		g    Grant
		want []string
	}{
		{"pending", in(Pending), []string{"24h0m0s lapse → lapsed"}},
		{"checking, and AWS never answers", in(Checking), []string{"24h0m0s refused → refused"}},
		{"approved, and never applied", in(Approved), []string{"8h5m0s end → ending"}},
		{"active", g, []string{"6h5m0s warn 2h0m0s → active", "7h50m0s warn 15m0s → active", "8h5m0s end → ending"}},
		{"warnings out of order", warns(15*time.Minute, 2*time.Hour)(g), []string{"6h5m0s warn 2h0m0s → active", "7h50m0s warn 15m0s → active", "8h5m0s end → ending"}},
		{"no warnings", warns()(g), []string{"8h5m0s end → ending"}},
		{"drifted", warns()(drifted(g)), []string{"8h5m0s end → ending"}},
		{"refused", in(Refused), nil},
		{"denied", in(Denied), nil},
		{"cancelled", in(Cancelled), nil},
		{"lapsed", in(Lapsed), nil},
		{"ending", in(Ending), nil},
		{"ended", in(Ended), nil},
	} {
		var got []string
		for g := c.g; len(got) < 10; {
			at := wakeOf(g, TimerWorker)
			if at.IsZero() {
				break
			}
			if _, early := ApplyTimers(g, at.Add(-1)); early {
				t.Errorf("%s: something happens before %s", c.name, at)
			}
			next, ok := ApplyTimers(g, at)
			if !ok {
				t.Errorf("%s: woken at %s for nothing", c.name, at)
				break
			}
			ev := next.History[len(next.History)-1]
			line := at.Sub(noon).String() + " " + string(ev.Kind)
			if ev.Left != 0 {
				line += " " + ev.Left.String()
			}
			got, g = append(got, line+" → "+string(next.State)), next
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestTickReasons(t *testing.T) {
	g, _ := ApplyTimers(in(Checking), noon.Add(24*time.Hour))
	if want := "AWS or Slack did not answer the checks in time. Request it again " +
		"later."; g.Why != want || g.Last(EventReject).Why != want {
		t.Errorf("refused because %q", g.Why)
	}
	g, _ = ApplyTimers(in(Active), in(Active).ExpiresAt)
	if g.Outcome != Expired || !g.Last(EventEnd).By.IsBot() || !g.Owner.NextAttemptAt.Equal(g.Last(EventEnd).At) || !g.Grantee.NextAttemptAt.Equal(g.Last(EventEnd).At) {
		t.Errorf("%s by %v; its halves are looked at at %s and %s", g.Outcome, g.Last(EventEnd).By, g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt)
	}
}

// After a night without the bot, people get one warning instead of three.
func TestOnlyTheLastDueWarningIsGiven(t *testing.T) {
	g := in(Active)
	g.Warnings = []time.Duration{6 * time.Hour, 2 * time.Hour, 15 * time.Minute, time.Minute}
	g, ok := ApplyTimers(g, g.ExpiresAt.Add(-10*time.Minute))
	if !ok || g.Last(EventWarn).Left != 15*time.Minute || !slices.Equal(g.Warnings, []time.Duration{time.Minute}) {
		t.Fatalf("warned %v, left are %v", g.Last(EventWarn), g.Warnings)
	}
	if g, ok = ApplyTimers(g, g.ExpiresAt.Add(-10*time.Minute)); ok {
		t.Error("warned twice at one moment")
	}
	g, ok = ApplyTimers(g, g.ExpiresAt)
	if !ok || g.State != Ending || slices.Contains(kinds(g)[len(g.History)-1:], EventWarn) {
		t.Errorf("at the expiry: %s", g.State)
	}
}

func TestWarningsShorterThanTheTerm(t *testing.T) {
	for _, c := range []struct {
		term string
		want []time.Duration
	}{
		{"15m", nil},
		{"16m", []time.Duration{15 * time.Minute}},
		{"2h", []time.Duration{15 * time.Minute}},
		{"8h", []time.Duration{2 * time.Hour, 15 * time.Minute}},
		{"24h", []time.Duration{2 * time.Hour, 15 * time.Minute}},
		{"3d", []time.Duration{24 * time.Hour, 2 * time.Hour, 15 * time.Minute}},
	} {
		d := theDraft()
		d.Term = c.term
		if g := must(theRules().Draft("7K2M9QXA", d, 0, noon)); !slices.Equal(g.Warnings, c.want) {
			t.Errorf("a term of %s has warnings %v; want %v", c.term, g.Warnings, c.want)
		}
	}
}

// Every state that is not final has a due time. A final state has none, except
// for the recheck after the end.
func TestWakes(t *testing.T) {
	expiry := in(Active).ExpiresAt
	at := map[State]map[Worker]time.Time{
		Checking: {CheckWorker: noon, TimerWorker: noon.Add(24 * time.Hour)},
		Pending:  {TimerWorker: noon.Add(24 * time.Hour)},
		Approved: {TimerWorker: expiry, OwnerWorker: noon.Add(5 * time.Minute), GranteeWorker: noon.Add(5 * time.Minute)},
		Active:   {TimerWorker: expiry.Add(-2 * time.Hour)},
		Ending:   {OwnerWorker: noon.Add(time.Hour), GranteeWorker: noon.Add(time.Hour)},
		Ended:    {OwnerWorker: noon.Add(time.Hour + 2*time.Minute + time.Second), GranteeWorker: noon.Add(time.Hour + 2*time.Minute + time.Second)},
	}
	for _, s := range States {
		wakes := DueTimes(in(s))
		if len(wakes) != 4 {
			t.Errorf("a grant that is %s says nothing of some loops, and they would keep an old time: %v", s, wakes)
		}
		for _, w := range wakes {
			if want := at[s][w.Worker]; !w.At.Equal(want) || w.ID != "7K2M9QXA" {
				t.Errorf("a grant that is %s wakes %s at %s; want %s", s, w.Worker, w.At, want)
			}
		}
	}
	g := in(Ended).Half(OwnerHalf).RecheckAt(time.Time{}).Half(GranteeHalf).RecheckAt(time.Time{})
	for _, w := range DueTimes(g) {
		if !w.At.IsZero() {
			t.Errorf("nothing is left to do, and %s is woken at %s", w.Worker, w.At)
		}
	}
}
