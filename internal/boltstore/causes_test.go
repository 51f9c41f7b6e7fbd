package boltstore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// Causes are kept for longer than Slack delivers anything again, and not for
// ever: a few old ones go with each commit that brings new ones.
func TestCausesAreForgottenInTime(t *testing.T) {
	s := open(t, newPath(t))
	const many = 40
	first := grant.Change{At: noon}
	for i := range many {
		first.Causes = append(first.Causes, fmt.Sprint("old ", i))
	}
	must(t, s.Commit(ctx, first))
	kept := func() (n int) {
		must(t, s.view(func(tx *bolt.Tx) error {
			n = tx.Bucket(causesBucket).Stats().KeyN
			if times := tx.Bucket(causeTimeBucket).Stats().KeyN; times != n {
				t.Errorf("%d causes, %d times of causes", n, times)
			}
			return nil
		}))
		return n
	}
	for i, c := range []struct {
		after time.Duration
		want  int
	}{
		{0, many + 1}, {24 * time.Hour, many + 2}, // all of them
		{24*time.Hour + 1, many + 3 - 16}, {25 * time.Hour, many + 4 - 32}, {25 * time.Hour, 5}, // the old ones are gone
		{25 * time.Hour, 6}, {23 * time.Hour, 7}, // a clock that was set back
	} {
		must(t, s.Commit(ctx, grant.Change{At: noon.Add(c.after), Causes: []string{fmt.Sprint("new ", i)}}))
		if got := kept(); i < 4 && got != c.want || i >= 4 && got > c.want {
			t.Errorf("commit %d, after %s: %d causes are kept; want %d", i, c.after, got, c.want)
		}
		if c.after <= 24*time.Hour && i < 2 {
			if err := s.Commit(ctx, grant.Change{At: noon.Add(c.after), Causes: []string{"old 39"}}); !errors.Is(err, grant.ErrDuplicate) {
				t.Errorf("a second delivery after %s: %v", c.after, err)
			}
		}
	}
	if err := s.Commit(ctx, grant.Change{At: noon.Add(25 * time.Hour), Causes: []string{"new 6"}}); !errors.Is(err, grant.ErrDuplicate) {
		t.Errorf("a second delivery of the last: %v", err)
	}
}
