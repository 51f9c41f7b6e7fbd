package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"s3share/internal/grant"
)

// Config says where the store is. Path is required.
type Config struct {
	Path string
	Log  *slog.Logger // nil discards
}

// A Store is one open file. It is safe for concurrent use.
type Store struct {
	db   *bolt.DB
	jobs chan job
	quit chan struct{}
	done chan struct{}

	mu        sync.Mutex
	listeners []chan struct{}
	closing   sync.Once
}

var _ grant.Store = (*Store)(nil)

// lockWait is how long another process may take to let go of the file.
const lockWait = time.Second

// Open opens the file, or makes it if there was never one. A file that another
// process holds, that is broken, or that lost its contents is an error.
func Open(c Config) (*Store, error) {
	if err := guard(c.Path); err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, err)
	}
	db, err := open(c.Path)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("opening %s: another process holds it (hint: is the bot already running?)", c.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, err)
	}
	s := &Store{db: db, jobs: make(chan job), quit: make(chan struct{}), done: make(chan struct{})}
	if err := s.prepare(c.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", c.Path, err), db.Close())
	}
	go s.commits()
	return s, nil
}

// open turns the panics with which bbolt meets a broken file into errors.
func open(path string) (db *bolt.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is broken: %v (hint: restore a backup)", p)
		}
	}()
	return bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType})
}

// Subscribe returns a channel that receives after commits. Several commits may
// be one receipt.
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

// Backup writes a consistent copy of the file while the store goes on.
func (s *Store) Backup(_ context.Context, w io.Writer) error {
	return s.db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// Close waits for the commits in flight and closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.quit) })
	<-s.done
	return s.db.Close()
}
