package audit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a chain that needs time for each read.
type slow struct {
	memory
	each time.Duration
}

func (s *slow) Links(ctx context.Context, after uint64, limit int) ([]Link, error) {
	time.Sleep(s.each)
	return s.memory.Links(ctx, after, limit)
}

// A log that is far behind, such as a new one after a move, delays neither a
// start nor a stop, and is still written.
func TestLogFarBehindDelaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := chainOf(t, 3000)
		source, path := &slow{memory{links: all}, 100 * time.Millisecond}, path(t)
		began := time.Now()
		f, err := Open(ctx, Config{Path: path, Source: source})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if took := time.Since(began); took > time.Second {
			t.Errorf("opening it took %s", took)
		}
		stopping, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		began = time.Now()
		if err := f.Sync(stopping); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("told to stop, it says %v", err)
		}
		if took := time.Since(began); took > 1200*time.Millisecond {
			t.Errorf("stopping took %s", took)
		}
		if n := len(read(t, path)); n == 0 || n >= len(logOf(t, all)) {
			t.Errorf("it has written %d bytes meanwhile", n)
		}
		if err := f.Sync(ctx); err != nil || read(t, path) != logOf(t, all) {
			t.Errorf("written on, the log differs from the chain (%v)", err)
		}
	})
}
