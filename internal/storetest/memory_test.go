package storetest

import "testing"

// memories is a place of a store in memory: what opens it again is the same one.
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
