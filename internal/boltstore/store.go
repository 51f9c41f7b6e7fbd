package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

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
	db      *bolt.DB
	file    *os.File // of db
	locks   lockguard
	log     *slog.Logger
	id      string
	version string
	jobs    chan job
	quit    chan struct{}
	done    chan struct{}

	writing  sync.Mutex // held during a write to the file
	headroom headroom
	damage   damage
	keeping  keeping

	mu        sync.Mutex
	listeners []chan struct{}
	closing   sync.Once
}

var _ store.Store = (*Store)(nil)

// lockWait is the longest wait for another process to release the file.
const lockWait = time.Second

// Open opens the file, or creates a new store. It returns an error for a file that another process
// holds, that is broken, or that lost its contents.
func Open(c Config) (*Store, error) {
	if err := guard(c.Path); err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, err)
	}
	s := newStore(c)
	if err := s.unbroken(func() error { return s.open(c.Path) }); err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, errors.Join(err, s.closeFile()))
	}
	s.headroom.ahead = func(from, to int64) error { return writeZeros(s.file, from, to) }
	s.extendFile()
	go s.commits()
	return s, nil
}

// newStore returns a store without its file.
func newStore(c Config) *Store {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{log: c.Log, version: c.Version, locks: newLockguard(), damage: damage{log: c.Log},
		jobs: make(chan job), quit: make(chan struct{}), done: make(chan struct{})}
}

func (s *Store) open(path string) (err error) {
	s.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, PreLoadFreelist: true,
		OpenFile: func(path string, flag int, mode os.FileMode) (f *os.File, err error) {
			s.file, err = os.OpenFile(path, flag, mode)
			return s.file, err
		},
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return errors.New("another process holds it (hint: is the bot already running?)")
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (hint: make the directory %s, or name another in the config)", err, filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (hint: let the user that the bot runs as write in %s)", err, filepath.Dir(path))
	case err != nil:
		return err
	}
	s.id, err = s.prepare(path, schema, migrations())
	if err != nil {
		return err
	}
	return guardID(path, s.id)
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
	return s.view(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// Close waits for the commits in flight and closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.quit) })
	<-s.done
	return s.closeFile()
}
