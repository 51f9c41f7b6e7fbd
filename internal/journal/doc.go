// Package journal keeps acts from before their acknowledgement until they are done.
//
// An act is a command that changes something, a button or a submission. It is appended and synced,
// then acknowledged, then carried out. A restart replays every act that was acknowledged and is not
// done, in order of receipt. A crash can therefore cause an act to be carried out twice; the store
// recognizes the second time by the idempotency keys. The package knows neither Slack nor the
// store. A body is opaque here, and must stay out of logs, because it contains response URLs.
//
// Blind spots: a journal whose files were all removed looks like a new one. Damage to the last group
// before a crash looks like a torn write, and is cut off without a report.
//
// A tour: journal.go has the interface, and memory.go an implementation for tests. Every
// implementation passes the suite of package journaltest. [File] is the one on disk: file.go
// gathers appends, write.go writes them into segments, rotate.go begins and frees segments, pool.go
// creates them, and frame.go has their format. undone.go holds the acts that are not done. read.go
// recovers them from the segments, and open.go continues from there; version.go has the version of
// the bot that wrote them. probe.go tests a journal that failed. disk.go has the operations on files,
// with sync_linux.go and sync_other.go. docs/adr/0009 has the reasons.
package journal
