// Package app builds the parts of the bot in order, runs them, and stops them in reverse order. It
// is the only package that knows all others. It decides nothing about a grant.
//
// A blind spot: a store that was restored together with its audit log looks current. Only the option
// Head, a later entry of the chain, shows that it is old.
//
// A tour: app.go builds and runs the bot, and options.go checks its options. start.go runs before
// everything else: the audit log is compared with the store, and changes in the config are recorded.
// audit.go follows the chain with the log, chain.go verifies the chain, and examine.go the records.
// unwritten_audit.go alerts the admin channel while the log cannot be written. journal.go stops
// additions while the journal is damaged. the alerts are kept by package alarm;
// storewatch.go has the one alert that cannot use that queue. listen.go answers health checks, and
// gc.go makes garbage collections rare. repair.go is the command that rebuilds damaged records.
package app
