package app

import (
	"os"
	"runtime/debug"
)

const (
	garbage    = 800      // percent of the memory in use
	mostMemory = 64 << 20 // bytes; above it, memory is collected as often as necessary
)

// collectRarely lets memory grow to nine times the memory in use before a collection, unless GOGC
// and GOMEMLIMIT say otherwise. A collection occupies all processors for milliseconds, and delays
// the acknowledgement of a command. The bot uses only a few megabytes.
func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(mostMemory)
	}
}
