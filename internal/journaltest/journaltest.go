// Package journaltest is the test suite that every implementation of
// journal.Journal must pass. It does not cover power failures. They need a
// simulated disk and are tested beside the implementation.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"s3share/internal/journal"
)

// A Subject is one journal that can be closed and opened again.
type Subject struct {
	// Open opens the journal. It is called again only after Close.
	Open func(t *testing.T) journal.Journal
	// SetFull makes the disk full, or gives it space again.
	SetFull func(full bool)
}

var noon = time.Date(2026, 11, 30, 12, 0, 0, 123456789, time.UTC)

// Run runs the suite. Each test has a new Subject.
func Run(t *testing.T, make func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"acts come back as they were received", same},
		{"sequence numbers continue after a restart", numbers},
		{"done acts do not come back", done},
		{"the oldest undone act", oldest},
		{"the journal keeps copies", copies},
		{"a full disk takes closing acts only", full},
		{"a probe keeps nothing", probed},
		{"an oversized act", large},
		{"an act whose caller has cancelled", cancelled},
		{"a closed journal", closed},
		{"64 at once", crowd},
		{"many acts, done out of order, over many restarts", restarts},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, make(t)) })
	}
}

func record(n int) journal.Record {
	return journal.Record{
		At:      noon.Add(time.Duration(n) * time.Second),
		Keys:    []string{fmt.Sprintf("trigger %d", n), fmt.Sprintf("envelope %d", n)},
		Closing: n%3 == 0, Body: fmt.Appendf(nil, "act %d", n),
	}
}

func mustAppend(t *testing.T, j journal.Journal, r journal.Record) uint64 {
	t.Helper()
	seq, err := j.Append(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func mustClose(t *testing.T, j journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func seqs(rs []journal.Record) []uint64 {
	all := []uint64{}
	for _, r := range rs {
		all = append(all, r.Seq)
	}
	return all
}

func wantUndone(t *testing.T, j journal.Journal, want ...uint64) {
	t.Helper()
	if got := seqs(j.Undone()); !slices.Equal(got, want) {
		t.Fatalf("undone are %v, want %v", got, want)
	}
}

func same(t *testing.T, s Subject) {
	j := s.Open(t)
	wantUndone(t, j)
	many := []journal.Record{
		record(1), record(2), record(3), {At: noon}, {At: noon.In(time.FixedZone("", 3600)), Body: make([]byte, 70_000)}}
	for i, r := range many {
		if seq := mustAppend(t, j, r); seq != uint64(i+1) {
			t.Errorf("the act has sequence number %d, want %d", seq, i+1)
		}
	}
	for range 2 {
		for i, r := range j.Undone() {
			want := many[i]
			if r.Seq != uint64(i+1) || !r.At.Equal(want.At) || r.At.Location() != time.UTC || r.Closing != want.Closing ||
				!slices.Equal(r.Keys, want.Keys) || !slices.Equal(r.Body, want.Body) {
				t.Errorf("the act %+v came back as %+v", want, r)
			}
		}
		wantUndone(t, j, 1, 2, 3, 4, 5)
		mustClose(t, j)
		j = s.Open(t)
	}
	mustClose(t, j)
}

func numbers(t *testing.T, s Subject) {
	for n := range uint64(5) {
		j := s.Open(t)
		if seq := mustAppend(t, j, record(1)); seq != n+1 {
			t.Fatalf("the act has sequence number %d, want %d", seq, n+1)
		}
		if err := j.Done(n + 1); err != nil {
			t.Fatal(err)
		}
		mustClose(t, j)
		j = s.Open(t)
		wantUndone(t, j)
		mustClose(t, j)
	}
}

func done(t *testing.T, s Subject) {
	j := s.Open(t)
	for n := range 5 {
		mustAppend(t, j, record(n))
	}
	for _, seq := range []uint64{2, 5, 2} {
		if err := j.Done(seq); err != nil {
			t.Fatal(err)
		}
	}
	for _, seq := range []uint64{0, 6} {
		if err := j.Done(seq); err == nil {
			t.Errorf("act %d was never appended and could be marked done", seq)
		}
	}
	wantUndone(t, j, 1, 3, 4)
	mustClose(t, j)
	j = s.Open(t)
	wantUndone(t, j, 1, 3, 4)
	if err := j.Done(5); err != nil {
		t.Errorf("marking an act again after a restart: %v", err)
	}
	mustClose(t, j)
}

func oldest(t *testing.T, s Subject) {
	j := s.Open(t)
	if at, ok := j.Oldest(); ok {
		t.Errorf("an empty journal has an act of %s", at)
	}
	mustAppend(t, j, record(7))
	mustAppend(t, j, record(9))
	for _, want := range []int{7, 9} {
		if at, ok := j.Oldest(); !ok || !at.Equal(record(want).At) {
			t.Errorf("the oldest is of %s, want %s", at, record(want).At)
		}
		if err := j.Done(j.Undone()[0].Seq); err != nil {
			t.Fatal(err)
		}
	}
	if at, ok := j.Oldest(); ok {
		t.Errorf("all is done and the journal has an act of %s", at)
	}
	mustClose(t, j)
}

func copies(t *testing.T, s Subject) {
	j := s.Open(t)
	r := record(1)
	mustAppend(t, j, r)
	r.Body[0], r.Keys[0] = 'X', "X"
	if got := j.Undone()[0]; got.Body[0] == 'X' || got.Keys[0] == "X" {
		t.Errorf("the caller changed an act after it was appended: %+v", got)
	}
	mustClose(t, j)
}

// probed fills the journal with smaller and smaller acts, because a probe asks
// for the space of a 64 KB act.
func probed(t *testing.T, s Subject) {
	j := s.Open(t)
	s.SetFull(true)
	for size := journal.MaxBody; size >= 16<<10; size /= 2 {
		for n := 0; ; n++ {
			_, err := j.Append(t.Context(), journal.Record{At: noon, Body: make([]byte, size)})
			if errors.Is(err, journal.ErrFull) {
				break
			} else if err != nil || n == 100 {
				t.Fatalf("act %d is appended: %v", n, err)
			}
		}
	}
	kept := seqs(j.Undone())
	if err := j.Probe(t.Context()); !errors.Is(err, journal.ErrFull) {
		t.Errorf("a full journal: %v", err)
	}
	s.SetFull(false)
	for range 2 {
		if err := j.Probe(t.Context()); err != nil {
			t.Errorf("a journal with space: %v", err)
		}
		wantUndone(t, j, kept...)
		mustClose(t, j)
		if err := j.Probe(t.Context()); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("a closed journal: %v", err)
		}
		j = s.Open(t)
	}
	wantUndone(t, j, kept...)
	mustClose(t, j)
}

// full appends until the journal refuses, because the journal may have spare
// space.
func full(t *testing.T, s Subject) {
	j := s.Open(t)
	mustAppend(t, j, record(1))
	s.SetFull(true)
	var kept []uint64
	r := journal.Record{At: noon, Body: make([]byte, journal.MaxBody)}
	for len(kept) < 100 {
		seq, err := j.Append(t.Context(), r)
		if errors.Is(err, journal.ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, seq)
	}
	if len(kept) == 100 {
		t.Fatal("a full journal goes on taking acts")
	}
	closing := journal.Record{At: noon, Closing: true, Body: []byte("end")}
	last := mustAppend(t, j, closing)
	if _, err := j.Append(t.Context(), r); !errors.Is(err, journal.ErrFull) {
		t.Errorf("after a closing act, another act: %v", err)
	}
	if want := append(append([]uint64{1}, kept...), last); !slices.Equal(seqs(j.Undone()), want) {
		t.Errorf("undone are %v, want %v", seqs(j.Undone()), want)
	}
	s.SetFull(false)
	after := mustAppend(t, j, record(2))
	mustClose(t, j)
	j = s.Open(t)
	wantUndone(t, j, append(append([]uint64{1}, kept...), last, after)...)
	mustClose(t, j)
}

func large(t *testing.T, s Subject) {
	j := s.Open(t)
	_, err := j.Append(t.Context(), journal.Record{At: noon, Body: make([]byte, journal.MaxBody+1)})
	if !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a large body: %v", err)
	}
	_, err = j.Append(t.Context(), journal.Record{At: noon, Keys: []string{"k"}, Body: make([]byte, journal.MaxBody)})
	if !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a large body with a key: %v", err)
	}
	wantUndone(t, j)
	if seq := mustAppend(t, j, journal.Record{At: noon, Body: make([]byte, journal.MaxBody)}); seq != 1 {
		t.Errorf("the act has sequence number %d", seq)
	}
	mustClose(t, j)
}

func cancelled(t *testing.T, s Subject) {
	j := s.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ctx, record(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("appending: %v", err)
	}
	wantUndone(t, j)
	mustClose(t, j)
}

func closed(t *testing.T, s Subject) {
	j := s.Open(t)
	mustAppend(t, j, record(1))
	mustClose(t, j)
	if _, err := j.Append(t.Context(), record(2)); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("appending: %v", err)
	}
	_ = j.Done(1) // either result is allowed, but it must not block
	mustClose(t, j)
}

func crowd(t *testing.T, s Subject) {
	j := s.Open(t)
	const people, each = 64, 20
	var all sync.WaitGroup
	for p := range people {
		all.Go(func() {
			last := uint64(0)
			for n := range each {
				seq, err := j.Append(t.Context(), journal.Record{At: noon, Body: fmt.Appendf(nil, "%d/%d", p, n)})
				if err != nil || seq <= last {
					t.Errorf("act %d after %d: %v", seq, last, err)
				}
				if last = seq; n%2 == 0 {
					if err := j.Done(seq); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	mustClose(t, j)
	j = s.Open(t)
	found := map[string]bool{}
	for _, r := range j.Undone() {
		found[string(r.Body)] = true
	}
	for p := range people {
		for n := range each {
			if body := fmt.Sprintf("%d/%d", p, n); found[body] != (n%2 == 1) {
				t.Errorf("act %s is undone: %v", body, found[body])
			}
		}
	}
	mustClose(t, j)
}

// restarts leaves a few acts undone for a long time while hundreds of others
// come and go.
func restarts(t *testing.T, s Subject) {
	const rounds, each = 6, 60
	want := []uint64{}
	for round := range rounds {
		j := s.Open(t)
		wantUndone(t, j, want...)
		for n := range each {
			seq := mustAppend(t, j, journal.Record{At: noon, Body: make([]byte, 50_000)})
			if n == round {
				want = append(want, seq)
				continue
			}
			if err := j.Done(seq); err != nil {
				t.Fatal(err)
			}
		}
		if round == rounds/2 {
			if err := j.Done(want[0]); err != nil {
				t.Fatal(err)
			}
			want = want[1:]
		}
		wantUndone(t, j, want...)
		mustClose(t, j)
	}
}
