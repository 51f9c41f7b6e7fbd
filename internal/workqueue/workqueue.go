package workqueue

import (
	"context"
	"slices"
	"sync"
)

// A Queue runs work. It is safe for concurrent use.
type Queue struct {
	mu     sync.Mutex
	open   bool
	closed bool
	last   uint64 // number of the last added work
	keys   places
	lanes  []lane
	owners map[string]int // running work by owner
	begun  sync.WaitGroup
}

type lane struct {
	width int // limit of running work
	begun int
	ready []*place       // in order of rank
	by    map[string]int // running work by owner
}

// most is the limit of one owner's running work: half of the lane, so that the
// others keep the rest.
func (l *lane) most() int { return (l.width + 1) / 2 }

// A Ticket is the place of one work in a queue.
type Ticket struct {
	q *Queue
	place
}

// New returns a queue with one lane for each width. No work begins before
// [Queue.Open].
func New(widths ...int) *Queue {
	q := &Queue{keys: places{}, owners: map[string]int{}}
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
	t := &Ticket{q: q, place: place{work: w, rank: rank{major: q.last, minor: behind}}}
	if w.Overtakes {
		t.rank = q.keys.overtaking(&t.place)
	}
	q.keys.add(&t.place)
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
		t.q.consider(&t.place)
		t.q.next()
	}
}

// Drop removes work that has not begun, so that other work stops waiting for
// it.
func (t *Ticket) Drop() {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	if t.state == placed || t.state == ready {
		t.q.remove(&t.place)
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
		return k != nil && slices.ContainsFunc(k.holders, func(p *place) bool { return p.work.Overtakes })
	})
}

// Halt prevents further work from beginning.
func (q *Queue) Halt() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// consider adds work to its lane's ready list if it waits only for its turn.
func (q *Queue) consider(t *place) {
	l := &q.lanes[t.work.Lane]
	if t.state != ready || q.keys.isBlocked(t) {
		return
	}
	if at, listed := slices.BinarySearchFunc(l.ready, t, byRank); !listed {
		l.ready = slices.Insert(l.ready, at, t)
	}
}

// next begins as much work as the lanes allow.
func (q *Queue) next() {
	if !q.open || q.closed {
		return
	}
	for n := range q.lanes {
		for q.lanes[n].begun < q.lanes[n].width {
			t := q.pick(&q.lanes[n])
			if t == nil {
				break
			}
			q.begin(t)
		}
	}
}

// pick removes and returns the next work of a lane: the first one of the owners
// with the least running work. Work that was overtaken leaves the ready list;
// it is considered again when the other work is over.
func (q *Queue) pick(l *lane) *place {
	best := -1
	for i := 0; i < len(l.ready); i++ {
		t := l.ready[i]
		if t.state != ready || q.keys.isBlocked(t) {
			l.ready = slices.Delete(l.ready, i, i+1)
			i--
			continue
		}
		if l.by[t.work.Owner] >= l.most() {
			continue
		}
		if best < 0 || q.owners[t.work.Owner] < q.owners[l.ready[best].work.Owner] {
			best = i
		}
		if q.owners[l.ready[best].work.Owner] == 0 {
			break // none has less, and the list is in order
		}
	}
	if best < 0 {
		return nil
	}
	t := l.ready[best]
	l.ready = slices.Delete(l.ready, best, best+1)
	return t
}

func (q *Queue) begin(t *place) {
	t.state = begun
	for _, name := range t.work.Holds {
		if k := q.keys[name]; k.holders[0] == t {
			k.begun++
		}
	}
	q.lanes[t.work.Lane].begun++
	q.lanes[t.work.Lane].by[t.work.Owner]++
	q.owners[t.work.Owner]++
	q.begun.Go(func() {
		defer q.done(t)
		t.work.Do()
	})
}

func (q *Queue) done(t *place) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := &q.lanes[t.work.Lane]
	l.begun--
	if l.by[t.work.Owner]--; l.by[t.work.Owner] == 0 {
		delete(l.by, t.work.Owner)
	}
	if q.owners[t.work.Owner]--; q.owners[t.work.Owner] == 0 {
		delete(q.owners, t.work.Owner)
	}
	q.remove(t)
	q.next()
}

// remove removes work from the queue, and considers the work that waited for
// it.
func (q *Queue) remove(t *place) {
	for _, other := range q.keys.remove(t) {
		q.consider(other)
	}
}
