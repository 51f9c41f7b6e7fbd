package app

import (
	"runtime/debug"
	"testing"
)

// The environment can set the memory limits, as in any Go program.
func TestCollectRarely(t *testing.T) {
	settings := func() (percent int, limit int64) {
		percent = debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		return percent, debug.SetMemoryLimit(-1)
	}
	percent, limit := settings()
	defer debug.SetGCPercent(percent)
	defer debug.SetMemoryLimit(limit)
	for _, c := range []struct {
		gogc, memory string
		percent      int
		limit        int64
	}{
		{"50", "1GiB", percent, limit}, // as the runtime has read them
		{"", "1GiB", garbage, limit},
		{"", "", garbage, mostMemory},
	} {
		t.Setenv("GOGC", c.gogc)
		t.Setenv("GOMEMLIMIT", c.memory)
		collectRarely()
		if p, l := settings(); p != c.percent || l != c.limit {
			t.Errorf("GOGC=%q GOMEMLIMIT=%q: %d percent, %d bytes; want %d, %d", c.gogc, c.memory, p, l, c.percent, c.limit)
		}
	}
}
