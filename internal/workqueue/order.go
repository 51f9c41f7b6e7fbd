package workqueue

import (
	"math"
	"slices"
)

// A rank orders all work. Overtaking work takes the major number of the work it
// goes before, and its own number as the minor one. All other work has the
// largest minor number.
type rank struct{ major, minor uint64 }

const behind = math.MaxUint64

func (r rank) before(other rank) bool {
	if r.major != other.major {
		return r.major < other.major
	}
	return r.minor < other.minor
}

// A key has the work that holds or heeds it.
type key struct {
	holders []*Ticket // by rank
	begun   int       // how many of the holders have begun
	heeders map[*Ticket]bool
}

// overtaking returns a rank before the first work that yields to t.
func (q *Queue) overtaking(t *Ticket) rank {
	first, after := rank{major: t.rank.major, minor: behind}, q.lastInOrder(t)
	consider := func(other *Ticket) {
		if other.work.Yields && other.state != begun && other.rank.before(first) && after.before(other.rank) {
			first = other.rank
		}
	}
	for _, name := range t.work.Holds {
		k := q.keys[name]
		if k == nil {
			continue
		}
		for _, other := range k.holders {
			consider(other)
		}
		for other := range k.heeders {
			consider(other)
		}
	}
	if first.major == t.rank.major {
		return first
	}
	return rank{major: first.major, minor: t.rank.major}
}

// lastInOrder returns the rank of the last work that t must not overtake; zero
// if there is none.
func (q *Queue) lastInOrder(t *Ticket) (last rank) {
	if !t.work.InOrder {
		return last
	}
	for _, name := range t.work.Holds {
		if k := q.keys[name]; k != nil {
			for _, other := range k.holders {
				if !other.work.Yields && last.before(other.rank) {
					last = other.rank
				}
			}
		}
	}
	return last
}

func (q *Queue) key(name string) *key {
	k := q.keys[name]
	if k == nil {
		k = &key{heeders: map[*Ticket]bool{}}
		q.keys[name] = k
	}
	return k
}

// place adds the work to its keys.
func (q *Queue) place(t *Ticket) {
	for _, name := range t.work.Holds {
		k := q.key(name)
		at, _ := slices.BinarySearchFunc(k.holders, t, byRank)
		k.holders = slices.Insert(k.holders, at, t)
	}
	for _, name := range t.work.Heeds {
		q.key(name).heeders[t] = true
	}
}

func byRank(a, b *Ticket) int {
	switch {
	case a.rank.before(b.rank):
		return -1
	case b.rank.before(a.rank):
		return 1
	}
	return 0
}

// remove removes work from the queue, and considers the work that waited for
// it.
func (q *Queue) remove(t *Ticket) {
	was := t.state
	t.state = over
	for _, name := range append(slices.Clone(t.work.Holds), t.work.Heeds...) {
		k := q.keys[name]
		if k == nil {
			continue
		}
		if at, known := slices.BinarySearchFunc(k.holders, t, byRank); known {
			k.holders = slices.Delete(k.holders, at, at+1)
			if was == begun {
				k.begun--
			}
		}
		delete(k.heeders, t)
		if len(k.holders) > 0 {
			q.consider(k.holders[0])
		}
		for other := range k.heeders {
			q.consider(other)
		}
		if len(k.holders) == 0 && len(k.heeders) == 0 {
			delete(q.keys, name)
		}
	}
}

// waits reports whether earlier work holds one of t's keys.
func (q *Queue) waits(t *Ticket) bool {
	for _, name := range t.work.Holds {
		if k := q.keys[name]; k.begun > 0 || k.holders[0] != t {
			return true
		}
	}
	for _, name := range t.work.Heeds {
		if k := q.keys[name]; k.begun > 0 || len(k.holders) > 0 && k.holders[0] != t && k.holders[0].rank.before(t.rank) {
			return true
		}
	}
	return false
}
