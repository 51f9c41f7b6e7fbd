// Package app builds the parts of the bot in order, runs them, and stops them
// in reverse. It alone knows everybody; it decides nothing itself.
//
// app.go builds and runs, start.go is what is settled before anything else runs
// (whose store this is, what changed in the config), audit.go keeps the log that
// follows the chain, chain.go reads the chain itself, listen.go answers health checks.
package app
