package boltstore

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// While the reserve cannot be written, changes with a new grant are refused and all others are
// committed. New grants are accepted again once there is space.
func TestDiskNearlyFull(t *testing.T) {
	s := open(t, newPath(t))
	must(t, s.Commit(ctx, change("OPEN")))
	var asked, last int64
	full := true
	s.writing.Lock()
	make := s.headroom.ahead
	s.headroom.ahead = func(from, to int64) error {
		asked++
		last = to
		if full {
			return fmt.Errorf("write s3share.db: %w", syscall.ENOSPC)
		}
		return make(from, to)
	}
	s.headroom.upTo = 0 // as if it were used up
	s.writing.Unlock()

	must(t, s.Commit(ctx, store.Tx{At: noon})) // detects the full disk
	err := s.Commit(ctx, change("NEW"))
	var no *grant.Refusal
	const want = "The bot's disk is nearly full, so it takes no new requests just now. What is open still ends. The people who run s3share have to make room."
	if !errors.As(err, &no) || no.Error() != want || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a new grant: %v; want %q", err, want)
	}
	if _, err := s.Get(ctx, "NEW"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a new grant that was refused: %v", err)
	}
	end := change("OPEN")
	end.Grants[0].Version, end.Grants[0].State, end.Causes = 1, grant.Cancelled, nil
	if err := s.Commit(ctx, end); err != nil {
		t.Errorf("the end of one that is open: %v", err)
	}
	if _, err := s.Acquire(ctx, "lease", "me", noon, 1e9); err != nil {
		t.Errorf("a lease: %v", err)
	}
	s.writing.Lock() // the reserve is written after the answer
	full = false
	s.writing.Unlock()
	if err := s.Commit(ctx, change("NEW")); err != nil {
		t.Errorf("a new grant, now that there is room: %v", err)
	}
	head, err := s.Verify(ctx)
	if err != nil || head.Seq != 3 {
		t.Errorf("the chain has %d entries, %v", head.Seq, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if asked < 4 || last < headroomAhead {
		t.Errorf("room was asked for %d times, up to %d", asked, last)
	}
}
