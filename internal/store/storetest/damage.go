package storetest

import (
	"context"
	"maps"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Unreadable implements [store.Store]. See [Memory.Damage].
func (m *Memory) Unreadable(context.Context) (all []store.Unreadable) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(m.damaged)) {
		all = append(all, store.Unreadable{ID: id, What: store.RecordOfGrant, Why: "damaged by a test"})
	}
	return all
}

// Damage makes the record of a grant unreadable, as a failing disk would.
func (m *Memory) Damage(id grant.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.damaged[id] = true
}

// DamageNote makes a note unreadable.
func (m *Memory) DamageNote(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.badNotes[key] = true
}

// DamageDelivery makes the delivery of a grant unreadable.
func (m *Memory) DamageDelivery(id grant.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.badDeliveries[id] = true
}

// Hide makes lists leave out a grant, as a damaged index would.
func (m *Memory) Hide(id grant.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hidden[id] = true
}

// ForgetEntries removes a grant's entries from the chain, as a damaged page
// would.
func (m *Memory) ForgetEntries(id grant.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten[id] = true
}
