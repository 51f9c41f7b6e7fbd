// Package store is the interface to the stored records, whatever the engine, and the
// reads and writes that all its callers share.
//
// A [Store] keeps records and compares versions; the rules are in package grant. A
// [Tx] is a value with everything that one decision stores. [Update] is the only
// compare-and-swap loop: a writer reads a record, computes the change and commits
// it. If another writer was faster, it starts again.
//
// Blind spots: versions compare records of one store. They do not show that the
// whole store is an older copy; package audit does. [Update] does not see other
// effects of its step, which may run several times.
//
// A tour of the files: store.go has the interface and its errors, tx.go the
// transaction, delivery.go the record of the messages in Slack, document.go the
// small documents under a key. update.go has [Update], batch.go reads several grants, entries.go the audit
// entries of one. freeze.go reads the documents that stop acts.
// The package storetest has the suite that each store passes, and a store in memory.
package store
