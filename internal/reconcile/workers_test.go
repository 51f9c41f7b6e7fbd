package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// A shift runs jobs of one second on synctest's clock, and notes when each began.
type shift struct {
	*workers
	start time.Time
	began []string
}

func newShift() *shift { return &shift{workers: newWorkers(), start: time.Now()} }

// add starts a job that takes a while. Its fault is that of its result.
func (s *shift) add(j job, takes time.Duration, fault error) {
	j.run = func([]grant.ID) error {
		s.mu.Lock()
		s.began = append(s.began, fmt.Sprintf("%s %s", j.key, time.Since(s.start)))
		s.mu.Unlock()
		time.Sleep(takes)
		return fault
	}
	s.workers.start(j)
}

func (s *shift) expect(t *testing.T, want ...string) {
	t.Helper()
	s.wait()
	slices.Sort(s.began)
	slices.Sort(want)
	if !slices.Equal(s.began, want) {
		t.Errorf("began:\n%s\nwant:\n%s", strings.Join(s.began, "\n"), strings.Join(want, "\n"))
	}
}

// Each key has one job at a time. Work that becomes due during it, or in the pause after it, is
// gathered into one job. The pause grows if jobs follow each other quickly.
func TestOneJobForEachKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		for n := range 30 { // one due grant every 100 ms
			id := wake{grant.OwnerWorker, grant.ID(fmt.Sprint(n))}
			if !s.covers(id) {
				s.add(job{key: "a", accounts: []string{"1"}, worker: id.worker, due: []grant.ID{id.id}}, 50*time.Millisecond, nil)
			}
			time.Sleep(100 * time.Millisecond)
		}
		s.expect(t, "a 0s", "a 300ms", "a 1.35s", "a 2.4s", "a 3.45s")
	})
}

// A job that could not record its result pauses. Others of its account do not.
func TestPauseAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		for range 3 {
			s.add(job{key: "a", accounts: []string{"1"}}, time.Second, errors.New("a full disk"))
			s.add(job{key: "b", accounts: []string{"1"}}, time.Second, nil)
			synctest.Wait()
			time.Sleep(1100 * time.Millisecond)
		}
		s.expect(t, "a 0s", "a 6s", "b 0s", "b 1.25s")
	})
}

// Accounts that hang delay only their own jobs, however many wait, and the goroutines are as many as the slots.
func TestHungAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		for account := range 10 {
			for n := range 100 {
				s.add(job{key: fmt.Sprintf("hung %d %d", account, n), accounts: []string{fmt.Sprint(account)}}, time.Hour, nil)
			}
		}
		s.add(job{key: "a", accounts: []string{"a"}}, time.Second, nil)
		synctest.Wait()
		if n := len(s.began); n != 10*limits[decidedWork].account+1 {
			t.Errorf("%d jobs run", n)
		}
		if !slices.Contains(s.began, "a 0s") {
			t.Error("a job of another account waits")
		}
		s.close()
		s.wait()
	})
}

// An account that did not answer has one slot until a later job succeeds. Its sweeps pause.
func TestSlowAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		s.failed("1", awsErr(awsaccess.Retry, "GetBucketPolicy", "NoAnswer", "timed out"))
		time.Sleep(time.Millisecond)
		s.start = time.Now()
		s.add(job{key: "sweep of 1", kind: sweepWork, accounts: []string{"1"}}, time.Second, nil)
		s.add(job{key: "sweep of 2", kind: sweepWork, accounts: []string{"2"}}, time.Second, nil)
		for _, key := range []string{"a", "b", "c"} {
			s.add(job{key: key, accounts: []string{"1"}}, time.Second, nil)
		}
		s.expect(t, "a 0s", "b 1s", "c 1s", "sweep of 1 1s", "sweep of 2 0s")
	})
}

// Decisions come before the removals of expired access, and both before sweeps. A waiting sweep of a
// key whose work becomes due takes its place.
func TestPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		for n := range limits[decidedWork].account {
			s.add(job{key: fmt.Sprint("first ", n), accounts: []string{"1"}}, time.Duration(n+1)*time.Second, nil)
		}
		s.add(job{key: "sweep of x", kind: sweepWork, accounts: []string{"1"}}, 10*time.Second, nil)
		s.add(job{key: "y", kind: sweepWork, accounts: []string{"1"}}, time.Second, nil)
		s.add(job{key: "expired", kind: expiredWork, accounts: []string{"1"}}, time.Second, nil)
		s.add(job{key: "decided", accounts: []string{"1"}}, 5*time.Second, nil)
		s.add(job{key: "y", kind: expiredWork, accounts: []string{"1"}}, time.Second, nil)
		s.expect(t, "first 0 0s", "first 1 0s", "first 2 0s", "first 3 0s", "first 4 0s", "decided 1s", "expired 2s", "y 3s",
			"sweep of x 3s")
	})
}

// After a stop, waiting jobs do not begin.
func TestCloseDropsWaitingJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShift()
		for _, key := range []string{"a", "b", "a"} {
			s.add(job{key: key, kind: sweepWork, accounts: []string{"1"}}, time.Second, nil)
		}
		synctest.Wait()
		s.close()
		s.add(job{key: "c"}, time.Second, nil)
		s.expect(t, "a 0s")
	})
}
