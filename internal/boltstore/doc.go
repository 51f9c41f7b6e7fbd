// Package boltstore keeps the records and the audit chain in one bbolt file. It
// implements [grant.Store], keeps and compares, and has no opinions.
//
// commit.go is the group commit: one goroutine takes the changes that are
// waiting and makes them in one transaction, each by itself held against the
// versions that it was made from; change.go readies a change for it. read.go
// answers, keys.go lays out the file. records.go has the stored records, convert.go
// makes them from the domain's, codec.go and seal.go give them their form and their
// checksum. schema.go brings an older file up to date, guard.go keeps a wrong or broken
// one from being opened as if it were empty, room.go keeps a full disk from
// stopping what ends access.
//
// A damaged record stops no other: reads leave it out, and damage.go names it.
// examine.go looks for damage that no read has met, and index.go makes anew what
// can be worked out from the records.
//
// What it does not promise: an edit of the file that leaves it a valid one is
// noticed only where the audit chain, or the log that follows it, disagrees.
package boltstore
