package workqueue

import (
	"context"
	"slices"
	"sync"
)

// Work is one unit of work. Do is required; all other fields have sound zero
// values.
type Work struct {
	Holds     []string // keys: work with a common key runs one after the other
	Heeds     []string // keys: it waits for earlier holders of them; other work does not wait for it by these
	Overtakes bool     // it goes before earlier work that yields, shares a key with it and has not begun
	Yields    bool
	InOrder   bool   // it does not overtake work before an earlier holder of its keys that does not yield
	Owner     string // owners take turns; "" is an owner like any other
	Lane      int    // index of its lane
	Do        func()
}

// A Queue runs work. It is safe for concurrent use.
type Queue struct {
	mu     sync.Mutex
	open   bool
	closed bool
	last   uint64 // number of the last added work
	keys   map[string]*key
	lanes  []lane
	owners map[string]int // running work by owner
	begun  sync.WaitGroup
}

type lane struct {
	width int // limit of running work
	begun int
	ready []*Ticket
	by    map[string]int // running work by owner
}

// most is the limit of one owner's running work: half of the lane, so that the
// others keep the rest.
func (l *lane) most() int { return (l.width + 1) / 2 }

// A Ticket is the place of one work in a queue.
type Ticket struct {
	q     *Queue
	work  Work
	rank  rank
	state state
}

type state int

const (
	placed state = iota // not allowed to begin yet; later work waits for it
	ready
	begun
	over
)

// New returns a queue with one lane for each width. No work begins before
// [Queue.Open].
func New(widths ...int) *Queue {
	q := &Queue{keys: map[string]*key{}, owners: map[string]int{}}
	for _, width := range widths {
		q.lanes = append(q.lanes, lane{width: width, by: map[string]int{}})
	}
	return q
}

// Open allows work to begin.
func (q *Queue) Open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = true
	q.next()
}

// Close prevents further work from beginning, and waits for running work until
// ctx ends.
func (q *Queue) Close(ctx context.Context) {
	q.Halt()
	idle := make(chan struct{})
	go func() { q.begun.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// Add gives work its place. It may begin after [Ticket.Ready].
func (q *Queue) Add(w Work) *Ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	w.Holds, w.Heeds = once(w.Holds), once(w.Heeds)
	t := &Ticket{q: q, work: w, rank: rank{major: q.last, minor: behind}}
	if w.Overtakes {
		t.rank = q.overtaking(t)
	}
	q.place(t)
	return t
}

// once returns the distinct keys, sorted.
func once(keys []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(keys)))
}

// Ready allows the work to begin at its turn.
func (t *Ticket) Ready() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.state == placed {
		t.state = ready
		t.q.consider(t)
		t.q.next()
	}
}

// Drop removes work that has not begun, so that other work stops waiting for
// it.
func (t *Ticket) Drop() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.state == placed || t.state == ready {
		t.q.remove(t)
		t.q.next()
	}
}

// Urgent reports whether overtaking work that waits or runs holds one of the
// keys.
func (q *Queue) Urgent(keys ...string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(keys, func(name string) bool {
		k := q.keys[name]
		return k != nil && slices.ContainsFunc(k.holders, func(t *Ticket) bool { return t.work.Overtakes })
	})
}

// Halt prevents further work from beginning.
func (q *Queue) Halt() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
