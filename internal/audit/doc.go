// Package audit is the chain of everything that happened: entries, how they are
// linked, how a chain is verified, and the file that follows it.
//
// It is pure but for the file, and decides nothing. Stores append to the chain
// in the same commit as the change that an entry is about, so an entry is on
// disk before anything takes effect in AWS.
package audit
