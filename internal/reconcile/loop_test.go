package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// The loops on synctest's clock: a grant is applied at once and ends on time, and the process stops
// after the passes in flight.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		kick := make(chan struct{}, 1)
		b.rec.now, b.rec.kick, b.rec.pause, b.rec.passes = time.Now, kick, backoff.Wait, newWorkers()
		b.clock.at = time.Now()
		b.store.Made = func(store.Tx) {
			select {
			case kick <- struct{}{}:
			default:
			}
		}
		stop, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.rec.Run(stop) }()
		synctest.Wait()
		b.clock.at = time.Now()
		id := b.request("fixtures", "read", "build/ann", "1h")
		synctest.Wait() // the loops check the request
		b.apply(id, grant.Approve{By: ada, Today: b.today(id)})
		synctest.Wait()
		b.expectState(id, "active")
		if d := time.Since(b.clock.at); d != 0 {
			t.Errorf("applied after %s", d)
		}
		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		b.expectState(id, "active")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		b.expectState(id, "ended expired")
		cancel()
		synctest.Wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A stop waits for the read-back of a write, but not forever.
func TestStopWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rec.now, b.rec.pause, b.rec.passes = time.Now, backoff.Wait, newWorkers()
		b.clock.at = time.Now()
		id := b.approved("fixtures", "read", "build/ann", "1h")
		b.aws.errs["Joined"] = awsErr("retry", "Joined", "SlowDown", "")
		b.aws.lag = time.Hour
		stop, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.rec.Run(stop) }()
		time.Sleep(100 * time.Millisecond)
		cancel()
		start := time.Now()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d == 0 || d > 10*time.Second {
			t.Errorf("it took %s to stop", d)
		}
		b.expectState(id, "approved")
	})
}

// A store that refuses all commits does not make the loops read AWS as fast as it answers. Expiry
// resumes when the store works again.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rec.now, b.rec.pause, b.rec.passes = time.Now, backoff.Wait, newWorkers()
		b.clock.at = time.Now()
		id := b.approved("fixtures", "read", "build/ann", "1h")
		var disk atomic.Bool
		b.fault = func(n int, op string, _ bool) fault {
			if n > 50_000 { // the loops do not come to rest: let the test fail
				disk.Store(false)
			}
			if op == "Commit" && disk.Load() {
				return refused
			}
			return works
		}
		disk.Store(true)
		stop, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.rec.Run(stop) }()
		time.Sleep(10 * time.Minute)
		if n := b.aws.count("GetBucketPolicy"); n < 50 || n > 130 {
			t.Errorf("%d reads of the policy in ten minutes, want one every five seconds", n)
		}
		if n := b.aws.writes(); n != 0 {
			t.Errorf("%d writes without a record of them", n)
		}
		disk.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		b.expectState(id, "active")
		cancel()
		<-ended
	})
}

// After three days down, all expired grants are ended at once, hundreds in each commit, and
// requests lapse.
func TestAfterThreeDays(t *testing.T) {
	b := newBench(t)
	var ids []grant.ID
	for n := range 2500 {
		g := must(b.rules.Draft(grant.ID(fmt.Sprintf("Q%07d", n)), grant.Draft{Target: "fixtures", Level: "read", Principal: "build/ann", Term: "1h", Reason: "x", Requester: rita}, 0, noon))
		g = must(g.Apply(grant.Check{Principal: &g.Principal, Rule: &g.Rule}, noon))
		if n%5 > 0 {
			g = must(g.Apply(grant.Approve{By: ada, Today: grant.Today{Rule: &g.Rule}}, noon))
		}
		b.put(grant.Grant{}, g)
		ids = append(ids, g.ID)
	}
	b.clock.move(72 * time.Hour)
	commits := 0
	b.store.Made = func(store.Tx) { commits++ }
	for b.rec.expireDue(ctx) {
	}
	for _, id := range ids {
		if s := b.get(id).State; s != grant.Ending && s != grant.Lapsed {
			t.Fatalf("%s is %s", id, s)
		}
	}
	if commits != 10 {
		t.Errorf("%d commits for 2,500 records, want 10", commits)
	}
}

// A grant that is ended by a person at the moment of its expiry ends once.
func TestExpiryMeetsAnEnd(t *testing.T) {
	b := newBench(t)
	var ids []grant.ID
	for range 5 {
		ids = append(ids, b.approved("fixtures", "read", "build/ann", "1h"))
	}
	b.clock.move(time.Hour - time.Second)
	raced := raced{b.store, func() { b.end(ids[2]) }}
	b.rec.store = &raced
	b.clock.move(time.Second)
	b.rec.expireDue(ctx)
	for i, id := range ids {
		if g := b.get(id); g.State != grant.Ending || len(b.events(id, grant.EventEnd)) != 1 || (g.Outcome == grant.Expired) != (i != 2) {
			t.Errorf("%d is %s %s, ended %d times", i, g.State, g.Outcome, len(b.events(id, grant.EventEnd)))
		}
	}
}

// raced commits another change before the first commit.
type raced struct {
	*memory
	first func()
}

func (r *raced) Commit(ctx context.Context, c store.Tx) error {
	if f := r.first; f != nil {
		r.first = nil
		f()
	}
	return r.memory.Commit(ctx, c)
}

// A sweep starts one pass for each bucket and principal, however many grants there are.
func TestSweepIsOfBuckets(t *testing.T) {
	b := newBench(t)
	for n := range 5 {
		b.approved(fmt.Sprintf("fixtures/%d", n), "read", "build/ann", "8h")
	}
	b.run(time.Minute)
	b.aws.calls = nil
	b.rec.passes = newWorkers()
	b.rec.sweep(ctx) //nolint:errcheck // there is none
	b.rec.passes.wait()
	slices.Sort(b.aws.calls)
	if want := []string{"GetBucketPolicy", "Joined", "Members", "Principal"}; !slices.Equal(b.aws.calls, want) {
		t.Errorf("a sweep makes the calls %q, want %q", b.aws.calls, want)
	}
}

// A record that cannot be written as a policy opens nothing, blocks no other, and ends.
func TestBadRecord(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "1h")
	g := b.get(id)
	bad := g
	bad.Prefix = "a/${aws:username}"
	b.put(g, bad)
	other := b.approved("fixtures/b", "read", "build/ben", "1h")
	b.run(time.Minute)
	b.expectState(other, "active")
	b.expectState(id, "ended failed")
	if !preflight.Absent(b.policyOf(fixtures), id) {
		t.Error("it opened something")
	}
	b.run(2 * time.Hour)
	if !policy.Equivalent(b.policyOf(fixtures), policy.Document{}) {
		t.Error("something is left")
	}
}

// Grants that failed together are retried at different times.
func TestRetriesAreSpread(t *testing.T) {
	b := newBench(t)
	for _, op := range []string{"GetBucketPolicy", "Joined"} {
		b.aws.errs[op] = awsErr(awsaccess.Retry, op, "SlowDown", "")
	}
	for spread, who := range map[float64]string{0: "ann", 0.5: "ben", 1: "cas"} {
		b.rec.spread = func() float64 { return spread }
		asked := b.request("fixtures", "read", "build/"+who, "8h")
		id := b.approved("fixtures/"+who, "read", "build/"+who, "8h")
		g := b.get(id)
		for _, err := range []error{b.rec.passBucket(ctx, g.Bucket), b.rec.passPrincipal(ctx, g.Principal), b.rec.check(ctx, asked)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want := noon.Add(5*time.Second - time.Duration(spread*float64(time.Second)))
		if g = b.get(id); !g.Owner.NextAttemptAt.Equal(want) || !g.Grantee.NextAttemptAt.Equal(want) || !b.get(asked).Check.NextAttemptAt.Equal(want) {
			t.Errorf("spread by %v, tried again at %s, %s, %s; want %s", spread, g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt, b.get(asked).Check.NextAttemptAt, want)
		}
		b.end(id) // otherwise it is retried with the next
	}
	r := New(Config{})
	if r.spread() == r.spread() {
		t.Error("what is not told how to spread does not spread")
	}
}

// A grant that cannot be recorded stops no other grant.
func TestEach(t *testing.T) {
	var tried []int
	err := each([]int{1, 2, 3}, func(n int) error {
		tried = append(tried, n)
		return map[int]error{1: errDisk, 2: errKilled}[n]
	})
	if !slices.Equal(tried, []int{1, 2, 3}) || !errors.Is(err, errDisk) {
		t.Errorf("tried %v, and returned %v", tried, err)
	}
}
