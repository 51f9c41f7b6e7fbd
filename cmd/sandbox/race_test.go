//go:build race

package main

// slower multiplies all timeouts, because the race detector slows the bot and
// both simulators.
const slower = 4
