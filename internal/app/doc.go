// Package app builds the parts of the bot in order, runs them, and stops them in reverse order. It
// is the only package that knows all others. It decides nothing about a grant.
//
// A tour: app.go builds and runs the bot. start.go and restore_guard.go run before everything else: they
// compare the store with the audit log and a posted head, and record changes in the config.
// audit.go follows the chain with the log, chain.go verifies the chain, and examine.go the records.
// journal.go stops additions while the journal is damaged. alerts.go queues alerts until Slack
// accepts them. listen.go answers health checks. repair.go is the command that rebuilds damaged
// records.
package app
