package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Memory is a journal for tests: it lives as long as the process. Its zero
// value is empty and ready to use.
type Memory struct {
	mu     sync.Mutex
	acts   undone
	full   bool
	broken error
	closed bool
}

var _ Journal = (*Memory)(nil)

// Append implements [Journal].
func (m *Memory) Append(ctx context.Context, r Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("appending to the journal: %w", err)
	}
	if sizeOf(r) > MaxBody {
		return 0, ErrTooLarge
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return 0, ErrClosed
	case m.broken != nil:
		return 0, m.broken
	case m.full && !r.Closing:
		return 0, ErrFull
	}
	return m.acts.add(r), nil
}

// Done implements [Journal].
func (m *Memory) Done(seq uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acts.done(seq)
}

// Undone implements [Journal].
func (m *Memory) Undone() []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acts.list()
}

// Oldest implements [Journal].
func (m *Memory) Oldest() (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acts.oldest()
}

// Close implements [Journal].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// Reopen returns a journal with the acts of m, as a restart would find them.
func (m *Memory) Reopen() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{acts: undone{last: m.acts.last, records: slices.Clone(m.acts.records)}, full: m.full}
}

// SetFull says whether only Closing acts are taken from now on.
func (m *Memory) SetFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Fail makes every Append return err until it is called with nil.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

// undone are the acts that are not done, by ascending Seq.
type undone struct {
	last    uint64 // the highest Seq that was given
	records []Record
}

// add keeps a copy of r under the next Seq.
func (u *undone) add(r Record) uint64 {
	u.last++
	r.Seq, r.At = u.last, r.At.UTC().Round(0)
	r.Keys, r.Body = slices.Clone(r.Keys), slices.Clone(r.Body)
	u.records = append(u.records, r)
	return r.Seq
}

func (u *undone) done(seq uint64) error {
	if seq == 0 || seq > u.last {
		return fmt.Errorf("marking act %d done: it was never appended", seq)
	}
	if i, found := u.find(seq); found {
		u.records = slices.Delete(u.records, i, i+1)
	}
	return nil
}

func (u *undone) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(u.records, seq, func(r Record, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
}

func (u *undone) list() []Record { return slices.Clone(u.records) }

func (u *undone) oldest() (time.Time, bool) {
	if len(u.records) == 0 {
		return time.Time{}, false
	}
	return u.records[0].At, true
}

// sizeOf returns how many bytes of a segment the text of r takes.
func sizeOf(r Record) int {
	size := len(r.Body)
	for _, key := range r.Keys {
		size += len(key)
	}
	return size
}
