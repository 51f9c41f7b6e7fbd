package storetest

import "testing"

// memories is the [Place] of a store in memory. Opening it again returns the
// same store.
type memories struct{ *Memory }

func (m memories) Open(*testing.T) Store {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = false
	return m.Memory
}

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Place { return memories{NewMemory()} })
}
