// Package journal keeps acts from before their ack until they are done.
//
// An act (a command that changes something, a button, a submission) is appended
// and synced, then acknowledged, then carried out. A restart finds every act that
// was acknowledged and is not done, in the order of receipt, and carries it out.
// An act may therefore be carried out again after a crash; the store knows by its
// cause that it was done. The package knows neither Slack nor the store: a body is
// opaque here, and it has to stay out of logs, because it holds response URLs.
//
// journal.go has the interface, memory.go the implementation for tests; every
// implementation passes the suite of journaltest. [File] is the one on disk:
// file.go gathers what waits, write.go writes it into segments, rotate.go begins,
// frees and makes segments, frame.go has their format, read.go finds out what they
// say together, and open.go starts from there. disk.go is all that it asks of the
// operating system. docs/adr/0009 says why.
package journal
