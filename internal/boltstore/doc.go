// Package boltstore keeps the records and the audit chain in one bbolt file. It
// implements [grant.Store], keeps and compares, and has no opinions.
//
// commit.go is the group commit: one goroutine takes the changes that are
// waiting and makes them in one transaction, each by itself held against the
// versions that it was made from; change.go readies a change for it. read.go
// answers, keys.go lays out the file, codec.go is the form of what is stored,
// schema.go brings an older file up to date, guard.go keeps a wrong or broken
// one from being opened as if it were empty, room.go keeps a full disk from
// stopping what ends access.
//
// What it does not promise: an edit of the file that leaves it a valid one is
// noticed only where the audit chain, or the log that follows it, disagrees.
package boltstore
