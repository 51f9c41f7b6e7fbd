// Package boltstore keeps the records and the audit chain in one bbolt file. It implements
// [store.Store]: it stores and compares versions, and decides nothing.
//
// Invariants: a change is committed as a whole or not at all, and only if the versions that it
// expects are current. A damaged record affects no other record: reads leave it out, and
// [Store.Unreadable] lists it. The package does not detect an edit that leaves a valid file, unless
// the audit chain, or the log that follows the chain, disagrees with it.
//
// A tour: store.go opens the file. encode.go encodes a change, and groupcommit.go commits groups of
// changes in one goroutine; causes.go forgets old idempotency keys. read.go answers queries, and
// keys.go has the layout of the file. records.go has the stored structs, convert.go converts them
// from and to the domain's, and codec.go and seal.go encode them with a checksum. schema.go migrates
// an older file, with schema2.go and postkeys.go.
//
// opencheck.go refuses a broken file that bbolt would open as an empty one, and guardedfile.go runs
// the transactions in spite of bbolt's panics. headroom.go reserves space, so that a full disk does
// not block the end of access. damage.go lists damaged records, examine.go searches for them,
// replace.go stores a repaired one, and index.go rebuilds the indexes from the records. trim_linux.go
// and trim_other.go release mapped memory, unlock_flock.go and unlock_other.go the file's lock.
package boltstore
