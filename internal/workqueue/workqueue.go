package workqueue

import (
	"context"
	"slices"
	"sync"
)

// Work is something to be done. Do is required; the zero value of every other field is sound.
type Work struct {
	Holds     []string // keys: two that hold the same are done one after the other
	Heeds     []string // keys: it waits for earlier work that holds them, and nobody waits for it because of them
	Overtakes bool     // it goes before earlier work that yields, shares a key with it and has not begun
	Yields    bool
	InOrder   bool   // it overtakes nothing that came before work which holds one of its keys and does not yield
	Owner     string // who takes turns with others; "" is one owner like any other
	Lane      int    // in which lane it is done
	Do        func()
}

// A Queue does work. It is safe for concurrent use.
type Queue struct {
	mu     sync.Mutex
	open   bool
	closed bool
	last   uint64 // the number of the last work that was added
	keys   map[string]*key
	lanes  []lane
	owners map[string]int // how much each has begun
	begun  sync.WaitGroup
}

type lane struct {
	width int // how much is done at once
	begun int
	ready []*Ticket
	by    map[string]int // how much each owner has begun
}

// most is how much of one owner is done at once: half of the lane, so that nobody takes
// all of it from the others.
func (l *lane) most() int { return (l.width + 1) / 2 }

// A Ticket is the place of some work in a queue.
type Ticket struct {
	q     *Queue
	work  Work
	rank  rank
	state state
}

type state int

const (
	placed state = iota // it may not begin yet, and later work waits for it
	ready
	begun
	over
)

// New returns a queue with a lane for each width. Nothing begins before [Queue.Open].
func New(widths ...int) *Queue {
	q := &Queue{keys: map[string]*key{}, owners: map[string]int{}}
	for _, width := range widths {
		q.lanes = append(q.lanes, lane{width: width, by: map[string]int{}})
	}
	return q
}

// Open lets work begin.
func (q *Queue) Open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = true
	q.next()
}

// Close lets nothing more begin, and waits for what has begun until ctx ends.
func (q *Queue) Close(ctx context.Context) {
	q.Halt()
	idle := make(chan struct{})
	go func() { q.begun.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// Add gives work its place. It begins only after [Ticket.Ready].
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

// once returns each key once.
func once(keys []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(keys)))
}

// Ready lets the work begin as soon as it is its turn.
func (t *Ticket) Ready() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.state == placed {
		t.state = ready
		t.q.consider(t)
		t.q.next()
	}
}

// Drop takes work out that has not begun, so that nobody waits for it.
func (t *Ticket) Drop() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.state == placed || t.state == ready {
		t.q.remove(t)
		t.q.next()
	}
}

// Urgent reports whether work that overtakes waits or is being done and holds one of the keys.
func (q *Queue) Urgent(keys ...string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(keys, func(name string) bool {
		k := q.keys[name]
		return k != nil && slices.ContainsFunc(k.holders, func(t *Ticket) bool { return t.work.Overtakes })
	})
}

// Halt lets nothing more begin.
func (q *Queue) Halt() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
