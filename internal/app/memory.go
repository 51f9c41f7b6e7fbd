package app

import (
	"os"
	"runtime/debug"
)

const (
	garbage    = 800       // percent of what is in use
	mostMemory = 128 << 20 // bytes; above it, memory is collected as often as it takes
)

// collectRarely lets the memory grow to nine times what is in use before it is
// collected, unless the environment says otherwise (GOGC, GOMEMLIMIT). While it
// is collected all processors are busy for milliseconds, and whose command comes
// then waits for its ack. What the bot has in use is a few megabytes.
func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(mostMemory)
	}
}
