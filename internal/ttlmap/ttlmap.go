// Package ttlmap remembers answers for a while.
//
// A stale answer stays until it is replaced, because some callers offer it while
// they ask again. Nothing that allows access may be decided by a remembered
// answer, fresh or stale.
//
// The caller passes the time. An entry from the future is stale: the clock may
// have been set back.
package ttlmap

import (
	"sync"
	"time"
)

// maxEntries limits the memory of a map.
const maxEntries = 10_000

// A Map remembers values by key. The zero value is empty and ready to use. A
// Map is safe for concurrent use.
type Map[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]entry[V]
}

type entry[V any] struct {
	value       V
	from, until time.Time
}

// Put remembers a value from now on for ttl. A full map first forgets its stale
// entries, and all entries if none is stale.
func (m *Map[K, V]) Put(k K, v V, now time.Time, ttl time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[K]entry[V]{}
	}
	if _, known := m.entries[k]; !known && len(m.entries) >= maxEntries {
		m.makeRoom(now)
	}
	m.entries[k] = entry[V]{v, now, now.Add(ttl)}
}

func (m *Map[K, V]) makeRoom(now time.Time) {
	for k, e := range m.entries {
		if !e.isFresh(now) {
			delete(m.entries, k)
		}
	}
	if len(m.entries) >= maxEntries {
		clear(m.entries)
	}
}

// Get returns the value of a key, and whether it is fresh. A stale value is
// returned too; an unknown key has the zero value.
func (m *Map[K, V]) Get(k K, now time.Time) (v V, fresh bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, known := m.entries[k]
	return e.value, known && e.isFresh(now)
}

func (e entry[V]) isFresh(now time.Time) bool { return !now.Before(e.from) && now.Before(e.until) }
