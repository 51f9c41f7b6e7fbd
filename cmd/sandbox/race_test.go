//go:build race

package main

// slower is how many times longer everything may take: the race detector makes
// the bot and both simulators slow.
const slower = 4
