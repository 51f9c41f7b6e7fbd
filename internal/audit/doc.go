// Package audit is the audit chain: the encoding of entries, their hash links,
// the verification of a chain, and the log file that follows it.
//
// The package decides nothing about a grant. Stores append an
// entry in the commit of the change it records. So an entry is on disk before
// anything takes effect in AWS. A blind spot: a chain that was rewritten as a
// whole is valid. Only a posted head shows that.
//
// A tour of the files: chain.go has the entries, their hashes and their lines.
// file.go verifies a log. follower.go writes the log and repairs its end after a crash.
// restore_guard.go stops additions if the log, or a posted head, proves that the store
// is an old one.
package audit
