// Package storetest is the test suite that every store must pass. [Run] checks
// the contract of [store.Store] on any engine, and [Memory] is an implementation
// for tests.
//
// The suite knows no engine. The caller opens, closes and reopens the store.
// Time is an argument, and tests do not wait. Failures below a store (a crash
// during a commit, a full disk, a truncated file) are tested beside the engine.
//
// A tour: commits.go has the preconditions and causes of changes, chains.go the
// audit chain and the fences, reads.go the queries, lifetimes.go opening,
// closing and cancelling; samples.go builds records. memory.go is [Memory];
// damage.go damages it and inspect.go looks into it, for tests.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A Store has the records, and the chain for the log that follows it.
type Store interface {
	store.Store
	audit.Source
}

// A Place is the location of one store. Opening it again after Close finds the
// stored data.
type Place interface {
	Open(t *testing.T) Store
}

// Run checks that a store keeps all promises that the bot relies on. makePlace
// returns a new, empty place each time.
func Run(t *testing.T, makePlace func(t *testing.T) Place) {
	for _, group := range [][]check{commits(), reads(), chains(), leases(), races(), lifetimes()} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				place := makePlace(t)
				c.run(&subject{T: t, place: place, Store: place.Open(t)})
			})
		}
	}
}

type check struct {
	name string
	run  func(s *subject)
}

// A subject is one store under test, with its test.
type subject struct {
	*testing.T
	Store
	place Place
}

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
)

// mustCommit commits a change that must succeed.
func (s *subject) mustCommit(c store.Tx) {
	s.Helper()
	if err := s.Commit(ctx, c); err != nil {
		s.Fatalf("committing: %v", err)
	}
}

// mustRefuse commits a change that must fail with want, and checks that the change
// left no records, wakes, entries or causes.
func (s *subject) mustRefuse(c store.Tx, want error) {
	s.Helper()
	before := s.traces(c)
	if err := s.Commit(ctx, c); !errors.Is(err, want) {
		s.Errorf("committing: %v; want %v", err, want)
	}
	if after := s.traces(c); after != before {
		s.Errorf("a change that was refused left a trace: %+v before, %+v after", before, after)
	}
}

// mustRefuseForever is mustRefuse for a change whose records cannot be read.
func (s *subject) mustRefuseForever(c store.Tx, want error) {
	s.Helper()
	if err := s.Commit(ctx, c); !errors.Is(err, want) {
		s.Errorf("committing: %v; want %v", err, want)
	}
}

// get returns a grant, or the zero value if it does not exist.
func (s *subject) get(id grant.ID) grant.Grant {
	s.Helper()
	g, err := s.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Fatalf("getting %s: %v", id, err)
	}
	return g
}

func (s *subject) document(key string) (store.Document, bool) {
	s.Helper()
	n, err := s.Document(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Fatalf("reading the note %s: %v", key, err)
	}
	return n, err == nil
}

func (s *subject) head() grant.Head {
	s.Helper()
	head, err := s.Verify(ctx)
	if err != nil {
		s.Fatalf("verifying: %v", err)
	}
	return head
}

func (s *subject) due(l grant.Worker, now time.Time) []grant.ID {
	s.Helper()
	ids, err := s.Due(ctx, l, now, 1000)
	if err != nil {
		s.Fatalf("reading due records: %v", err)
	}
	return ids
}

// forever is later than all due times in the tests.
var forever = noon.AddDate(100, 0, 0)
