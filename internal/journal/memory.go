package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Memory is a journal for tests that lives as long as the process. Its zero value is empty and
// ready to use.
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
	r.Seq = m.acts.last + 1
	m.acts.put(copyOf(r))
	return r.Seq, nil
}

// Done implements [Journal].
func (m *Memory) Done(seq uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acts.remove(seq)
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

// Probe implements [Journal].
func (m *Memory) Probe(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case m.broken != nil:
		return m.broken
	case m.full:
		return ErrFull
	}
	return nil
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

// SetFull makes the journal full, so that it accepts only Closing acts, or ends that.
func (m *Memory) SetFull(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Fail makes every Append and Probe return err until it is called with nil.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}
