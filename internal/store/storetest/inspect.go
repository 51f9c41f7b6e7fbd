package storetest

import (
	"slices"
	"time"

	"s3share/internal/grant"
)

// Entries returns the entries of the chain, in order.
func (m *Memory) Entries() []grant.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

// Wake returns when a loop must look at a record; zero means never.
func (m *Memory) Wake(l grant.Worker, id grant.ID) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wakes[wakeKey{l, id}]
}

// Next returns when any loop but Slack's is due next; zero means never.
func (m *Memory) Next() (at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, w := range m.wakes {
		if k.loop != grant.NoticeWorker && !m.damaged[k.id] && (at.IsZero() || w.Before(at)) {
			at = w
		}
	}
	return at
}
