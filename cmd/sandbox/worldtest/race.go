//go:build race

package worldtest

// slower multiplies all time-outs, because the race detector slows the bot and
// both simulators.
const slower = 4
