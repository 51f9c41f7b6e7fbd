// Package storetest is what any store of the bot must pass: [Run] holds one to
// what [grant.Store] promises, whatever engine it is built on.
//
// It knows nothing of an engine. A store is opened, used, closed and opened
// again through what the caller hands over, time is passed in, and nothing
// waits. What an engine must survive beyond that (a crash in the middle of a
// commit, a full disk, a file that was cut short) is tested beside it.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"s3share/internal/audit"
	"s3share/internal/grant"
)

// A Store is what the bot runs on: the records, and the chain for the log that
// follows it.
type Store interface {
	grant.Store
	audit.Source
}

// A Place is where one store is kept. Opening it again after a Close finds what
// was stored.
type Place interface {
	Open(t *testing.T) Store
}

// Run holds a store to everything that the bot relies on. makePlace returns a
// new, empty place each time.
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

// can commits a change that nothing stands against.
func (s *subject) can(c grant.Change) {
	s.Helper()
	if err := s.Commit(ctx, c); err != nil {
		s.Fatalf("committing: %v", err)
	}
}

// cannot commits a change that has to be refused for want, and checks that it
// left no trace of the records, wakes, entries and causes that it names.
func (s *subject) cannot(c grant.Change, want error) {
	s.Helper()
	before := s.traces(c)
	if err := s.Commit(ctx, c); !errors.Is(err, want) {
		s.Errorf("committing: %v; want %v", err, want)
	}
	if after := s.traces(c); after != before {
		s.Errorf("a change that was refused left a trace: %+v before, %+v after", before, after)
	}
}

// cannotEver is cannot for a change whose records cannot be read.
func (s *subject) cannotEver(c grant.Change, want error) {
	s.Helper()
	if err := s.Commit(ctx, c); !errors.Is(err, want) {
		s.Errorf("committing: %v; want %v", err, want)
	}
}

// get returns a grant, or its zero value if there is none.
func (s *subject) get(id grant.ID) grant.Grant {
	s.Helper()
	g, err := s.Get(ctx, id)
	if err != nil && !errors.Is(err, grant.ErrNotFound) {
		s.Fatalf("getting %s: %v", id, err)
	}
	return g
}

func (s *subject) note(key string) (grant.Note, bool) {
	s.Helper()
	n, err := s.Note(ctx, key)
	if err != nil && !errors.Is(err, grant.ErrNotFound) {
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

func (s *subject) due(l grant.Loop, now time.Time) []grant.ID {
	s.Helper()
	ids, err := s.Due(ctx, l, now, 1000)
	if err != nil {
		s.Fatalf("reading what is due: %v", err)
	}
	return ids
}

// forever is after everything that a test makes due.
var forever = noon.AddDate(100, 0, 0)
