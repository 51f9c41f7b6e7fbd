package workqueue

import "slices"

// consider adds work to its lane's ready list if it waits only for its turn.
func (q *Queue) consider(t *Ticket) {
	l := &q.lanes[t.work.Lane]
	if t.state == ready && !q.waits(t) && !slices.Contains(l.ready, t) {
		l.ready = append(l.ready, t)
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
func (q *Queue) pick(l *lane) *Ticket {
	l.ready = slices.DeleteFunc(l.ready, func(t *Ticket) bool { return t.state != ready || q.waits(t) })
	best := -1
	for i, t := range l.ready {
		if l.by[t.work.Owner] >= l.most() {
			continue
		}
		if best < 0 || q.sooner(t, l.ready[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	t := l.ready[best]
	l.ready = slices.Delete(l.ready, best, best+1)
	return t
}

func (q *Queue) sooner(t, other *Ticket) bool {
	if a, b := q.owners[t.work.Owner], q.owners[other.work.Owner]; a != b {
		return a < b
	}
	return t.rank.before(other.rank)
}

func (q *Queue) begin(t *Ticket) {
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

func (q *Queue) done(t *Ticket) {
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
