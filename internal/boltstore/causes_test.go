package boltstore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/store"
)

// Causes are kept until the end of the following day, which is longer than Slack redelivers. Each
// commit with new causes removes a few old ones.
func TestCausesAreForgottenInTime(t *testing.T) {
	s := open(t, newPath(t))
	const many = 40
	first := store.Tx{At: noon}
	for i := range many {
		first.Causes = append(first.Causes, fmt.Sprint("old ", i))
	}
	must(t, s.Commit(ctx, first))
	kept := func() (n int) {
		must(t, s.file.view(func(tx *bolt.Tx) error { n = tx.Bucket(causesBucket).Stats().KeyN; return nil }))
		return n
	}
	for i, c := range []struct {
		after time.Duration
		want  int // causes that are kept
		again bool
	}{
		{0, many + 1, true}, {24 * time.Hour, many + 2, true}, {36*time.Hour - 1, many + 3, true}, // all kept
		// the old ones are removed
		{36 * time.Hour, many + 4 - 16, false}, {37 * time.Hour, many + 5 - 32, false}, {38 * time.Hour, 5, false},
		{13 * time.Hour, 6, false}, // a clock that was set back
	} {
		must(t, s.Commit(ctx, store.Tx{At: noon.Add(c.after), Causes: []string{fmt.Sprint("new ", i)}}))
		if got := kept(); got != c.want {
			t.Errorf("commit %d, after %s: %d causes are kept; want %d", i, c.after, got, c.want)
		}
		cause := "old 39"
		if !c.again {
			cause = fmt.Sprint("new ", i)
		}
		if err := s.Commit(ctx, store.Tx{At: noon.Add(c.after), Causes: []string{cause}}); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("a second delivery of %q after %s: %v", cause, c.after, err)
		}
	}
	for _, c := range []struct {
		cause string
		again bool
	}{{"old 39", false}, {"new 6", true}, {"new 5", true}} { // the last by a clock that was set back
		if err := s.Commit(ctx, store.Tx{At: noon.Add(12 * time.Hour), Causes: []string{c.cause}}); errors.Is(err, store.ErrDuplicate) != c.again {
			t.Errorf("%q again: %v", c.cause, err)
		}
	}
}

// No cause is removed since the oldest act that may be replayed. A day after that act is done, the
// old causes are removed.
func TestCausesOfActsThatMayBeReplayed(t *testing.T) {
	s := open(t, newPath(t))
	received, undone := noon, true
	s.KeepCauses(func() (time.Time, bool) { return received, undone })
	commit := func(after time.Duration, cause string) error {
		return s.Commit(ctx, store.Tx{At: noon.Add(after), Causes: []string{cause}})
	}
	must(t, commit(time.Minute, "the act"))
	const days = 24 * time.Hour
	for n := range 20 {
		must(t, commit(time.Duration(n)*days, fmt.Sprint("other ", n)))
	}
	if err := commit(20*days, "the act"); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("carried out again after 20 days: %v", err)
	}
	if yes, err := s.Committed(ctx, noon.Add(20*days), "other 7"); !yes || err != nil {
		t.Errorf("a cause between: %v, %v", yes, err)
	}
	undone = false
	must(t, commit(20*days, "just done"))
	received, undone = noon, true // after a power failure the act is not done
	if yes, err := s.Committed(ctx, noon.Add(20*days), "the act"); !yes || err != nil {
		t.Errorf("undone again: %v, %v", yes, err)
	}
	undone = false
	for n := range 4 {
		must(t, commit(time.Duration(21+n)*days, fmt.Sprint("later ", n)))
	}
	received, undone = noon, true
	if yes, err := s.Committed(ctx, noon.Add(25*days), "the act"); yes || err != nil {
		t.Errorf("days after it was done: %v, %v", yes, err)
	}
}

// Two deliveries of one act are recognized within one transaction too.
func TestCauseTwiceInOneGroup(t *testing.T) {
	s := open(t, newPath(t))
	var group []job
	for range 3 {
		e, err := encodeChange(store.Tx{At: noon, Causes: []string{"an envelope"}})
		must(t, err)
		group = append(group, job{change: e, answer: make(chan error, 1)})
	}
	s.commitGroup(group)
	for i, j := range group {
		if err := <-j.answer; errors.Is(err, store.ErrDuplicate) != (i > 0) {
			t.Errorf("delivery %d: %v", i, err)
		}
	}
}

// The days before 1970, which a machine without a clock reports, count as one day.
func TestCausesWithoutAClock(t *testing.T) {
	s := open(t, newPath(t))
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(3600, 0)} {
		c := store.Tx{At: at, Causes: []string{fmt.Sprint("at ", at)}}
		must(t, s.Commit(ctx, c))
		if err := s.Commit(ctx, c); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("at %s, again: %v", at, err)
		}
	}
}
