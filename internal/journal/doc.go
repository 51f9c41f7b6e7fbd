// Package journal keeps acts from before their ack until they are done.
//
// An act (a command that changes something, a button, a submission) is appended
// and synced, then acknowledged, then carried out. A restart finds every act that
// was acknowledged and is not done, in the order of receipt, and carries it out.
// An act may therefore be carried out again after a crash; the store knows by its
// cause that it was done. The package knows neither Slack nor the store: a body is
// opaque here, and it has to stay out of logs, because it holds Slack's token.
//
// journal.go has the interface, memory.go the implementation for tests. Every
// implementation passes the suite of journaltest.
package journal
