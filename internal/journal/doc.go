// Package journal keeps acts from before their acknowledgement until they are done.
//
// An act is a command that changes something, a button or a submission. It is appended and synced,
// then acknowledged, then carried out. A restart replays every act that was acknowledged and is not
// done, in order of receipt. A crash can therefore cause an act to be carried out twice; the store
// recognizes the second time by the idempotency keys. The package knows neither Slack nor the
// store. A body is opaque here, and must stay out of logs, because it contains response URLs.
//
// A tour: journal.go has the interface, and memory.go an implementation for tests. Every
// implementation passes the suite of package journaltest. [File] is the one on disk: file.go
// gathers appends, write.go writes them into segments, rotate.go begins and frees segments, pool.go
// creates them, and frame.go has their format. read.go recovers the state from the segments, and
// open.go continues from there. probe.go tests a journal that failed. disk.go has the operations on
// files. docs/adr/0009 has the reasons.
package journal
