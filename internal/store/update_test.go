package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// add increments the number in a note.
func add(s store.Store) func(context.Context) (store.Tx, error) {
	return func(ctx context.Context) (store.Tx, error) {
		n := 0
		note, err := store.ReadDocument(ctx, s, "n", &n)
		if err != nil {
			return store.Tx{}, err
		}
		note.JSON = strconv.Itoa(n + 1)
		return store.Tx{At: noon, Documents: []store.Document{note}}, nil
	}
}

// No update is lost among concurrent ones.
func TestConcurrentUpdates(t *testing.T) {
	const many = 64
	synctest.Test(t, func(t *testing.T) {
		s := storetest.NewMemory()
		var all sync.WaitGroup
		for range many {
			all.Go(func() {
				if _, err := store.Update(t.Context(), s, add(s)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if note, err := s.Document(t.Context(), "n"); err != nil || note.JSON != strconv.Itoa(many) {
			t.Errorf("%q, %v; want %d", note.JSON, err, many)
		}
	})
}

// A committer answers each commit as the test wants.
type committer func(store.Tx) error

func (f committer) Commit(_ context.Context, c store.Tx) error { return f(c) }

func TestUpdateEnds(t *testing.T) {
	full, no := errors.New("the disk is full"), errors.New("no")
	for _, c := range []struct {
		name         string
		step, commit error
		conflicts    int // before the store returns commit
		want         error
		steps        int
	}{
		{"at once", nil, nil, 0, nil, 1},
		{"after some conflicts", nil, nil, 3, nil, 4},
		{"in a crowd", nil, nil, 100, nil, 101},
		{"never", nil, nil, 1000, store.ErrConflict, 101},
		{"the step refuses", no, nil, 0, no, 1},
		{"a duplicate", nil, store.ErrDuplicate, 1, store.ErrDuplicate, 2},
		{"another has the lease", nil, store.ErrFenced, 0, store.ErrFenced, 1},
		{"an unknown outcome", nil, full, 2, full, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			steps, commits := 0, 0
			_, err := store.Update(t.Context(), committer(func(store.Tx) error {
				if commits++; commits <= c.conflicts {
					return store.ErrConflict
				}
				return c.commit
			}), func(context.Context) (store.Tx, error) { steps++; return store.Tx{}, c.step })
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || steps != c.steps {
				t.Errorf("%s: %v after %d steps; want %v after %d", c.name, err, steps, c.want, c.steps)
			}
		})
	}
}

// After the caller's context ends there are no retries.
func TestUpdateStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		_, err := store.Update(ctx, committer(func(store.Tx) error { return store.ErrConflict }), func(context.Context) (store.Tx, error) {
			if steps++; steps == 12 { // during a pause
				time.AfterFunc(time.Nanosecond, cancel)
			}
			return store.Tx{}, nil
		})
		if !errors.Is(err, context.Canceled) || steps > 13 {
			t.Errorf("%v after %d steps", err, steps)
		}
	})
}
