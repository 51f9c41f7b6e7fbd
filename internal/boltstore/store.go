package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/store"
)

// Config configures a [Store]. Path is required.
type Config struct {
	Path    string
	Version string       // of the bot; an older bot's refusal names it; may be empty
	Log     *slog.Logger // nil discards
}

// A Store is one open file. It is safe for concurrent use.
type Store struct {
	file    *guardedFile
	log     *slog.Logger
	id      string
	version string
	jobs    chan job
	quit    chan struct{}
	done    chan struct{}

	writing  sync.Mutex // held during a write to the file; guards headroom
	headroom headroom
	damage   damage
	keeping  keeping

	mu        sync.Mutex
	listeners []chan struct{}
	closing   sync.Once
}

var _ store.Store = (*Store)(nil)

// Open opens the file, or creates a new store. It returns an error for a file that another process
// holds, that is broken, or that lost its contents.
func Open(c Config) (*Store, error) {
	if err := guard(c.Path); err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, err)
	}
	s := newStore(c)
	if err := s.file.unbroken(func() error { return s.open(c.Path) }); err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, errors.Join(err, s.file.close()))
	}
	s.headroom.ahead = func(from, to int64) error { return writeZeros(s.file.os, from, to) }
	s.headroom.extend(s.file)
	go s.commits()
	return s, nil
}

// newStore returns a store without its file.
func newStore(c Config) *Store {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{log: c.Log, version: c.Version, file: newGuardedFile(c.Log), damage: damage{log: c.Log},
		jobs: make(chan job), quit: make(chan struct{}), done: make(chan struct{})}
}

func (s *Store) open(path string) (err error) {
	if err := s.file.open(path); err != nil {
		return err
	}
	if s.id, err = s.prepare(path, schema, migrations()); err != nil {
		return err
	}
	return guardID(path, s.id)
}

// update runs every write transaction of an open store.
func (s *Store) update(do func(*bolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.headroom.low != nil {
		s.headroom.extend(s.file) // there may be space again
	}
	return s.file.write(do)
}

// ID returns the random id of the store. Files that belong to the store carry it.
func (s *Store) ID() string { return s.id }

// Subscribe returns a channel that receives after commits. Several commits may cause one receipt.
func (s *Store) Subscribe() <-chan struct{} {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, c)
	return c
}

func (s *Store) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Backup writes a consistent copy of the file. Commits can run meanwhile.
func (s *Store) Backup(_ context.Context, w io.Writer) error {
	return s.file.view(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// Close waits for the commits in flight and closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.quit) })
	<-s.done
	return s.file.close()
}
