package workqueue

import (
	"math"
	"slices"
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

// A place is that of one work in the order.
type place struct {
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
	holders []*place // by rank
	begun   int      // how many of the holders have begun
	heeders map[*place]bool
}

// places are the keys in use, by name.
type places map[string]*key

// overtaking returns a rank before the first work that yields to t.
func (all places) overtaking(t *place) rank {
	first, after := rank{major: t.rank.major, minor: behind}, all.lastInOrder(t)
	consider := func(other *place) {
		if other.work.Yields && other.state != begun && other.rank.before(first) && after.before(other.rank) {
			first = other.rank
		}
	}
	for _, name := range t.work.Holds {
		k := all[name]
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
func (all places) lastInOrder(t *place) (last rank) {
	if !t.work.InOrder {
		return last
	}
	for _, name := range t.work.Holds {
		if k := all[name]; k != nil {
			for _, other := range k.holders {
				if !other.work.Yields && last.before(other.rank) {
					last = other.rank
				}
			}
		}
	}
	return last
}

func (all places) key(name string) *key {
	k := all[name]
	if k == nil {
		k = &key{heeders: map[*place]bool{}}
		all[name] = k
	}
	return k
}

// add adds the work to its keys.
func (all places) add(t *place) {
	for _, name := range t.work.Holds {
		k := all.key(name)
		at, _ := slices.BinarySearchFunc(k.holders, t, byRank)
		k.holders = slices.Insert(k.holders, at, t)
	}
	for _, name := range t.work.Heeds {
		all.key(name).heeders[t] = true
	}
}

func byRank(a, b *place) int {
	switch {
	case a.rank.before(b.rank):
		return -1
	case b.rank.before(a.rank):
		return 1
	}
	return 0
}

// remove removes work from its keys, and returns the work that may wait no
// longer.
func (all places) remove(t *place) (next []*place) {
	was := t.state
	t.state = over
	for _, name := range append(slices.Clone(t.work.Holds), t.work.Heeds...) {
		k := all[name]
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
			next = append(next, k.holders[0])
		}
		for other := range k.heeders {
			next = append(next, other)
		}
		if len(k.holders) == 0 && len(k.heeders) == 0 {
			delete(all, name)
		}
	}
	return next
}

// isBlocked reports whether earlier work holds one of t's keys.
func (all places) isBlocked(t *place) bool {
	for _, name := range t.work.Holds {
		if k := all[name]; k.begun > 0 || k.holders[0] != t {
			return true
		}
	}
	for _, name := range t.work.Heeds {
		if k := all[name]; k.begun > 0 || len(k.holders) > 0 && k.holders[0] != t && k.holders[0].rank.before(t.rank) {
			return true
		}
	}
	return false
}
