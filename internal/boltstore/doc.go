// Package boltstore keeps the records and the audit chain in one bbolt file. It
// implements [grant.Store], keeps and compares, and has no opinions.
//
// commit.go is the group commit: one goroutine takes the changes that are
// waiting and makes them in one transaction, each by itself held against the
// versions that it was made from. read.go answers, keys.go lays out the file,
// codec.go is the form of what is stored, guard.go keeps a wrong or broken file
// from being opened as if it were empty.
package boltstore
