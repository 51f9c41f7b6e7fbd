package boltstore

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// bbolt panics on a damaged page, and may then keep a lock: the writer's lock after a panic in the
// begin or the rollback of a write transaction, and the locks of every transaction after a panic in
// the begin of a read transaction. The file in this store guards the callers: none of them waits
// for such a lock.

// lockguard records the locks that bbolt kept after a panic. They are free again after a restart.
type lockguard struct {
	beginning sync.Mutex // held while a read transaction begins, so that none waits in bbolt

	mu        sync.Mutex
	why       error         // nil while the store can be written
	unwritten chan struct{} // closed when no transaction can write any more
	unread    chan struct{} // closed when no transaction can begin or end any more
}

func newLockguard() lockguard {
	return lockguard{unwritten: make(chan struct{}), unread: make(chan struct{})}
}

// A panicError is a panic in a transaction.
type panicError struct{ value any }

func (e *panicError) Error() string {
	return fmt.Sprintf("the file is broken: %v (hint: restore a backup)", e.value)
}

func isPanic(err error) bool {
	var p *panicError
	return errors.As(err, &p)
}

// errStopped is the cause of every refusal after a stop.
func errStopped(cause error) error {
	var p *panicError
	if errors.As(cause, &p) {
		cause = fmt.Errorf("%v", p.value) // its hint does not apply
	}
	return fmt.Errorf("the store's file is damaged, and nothing is stored until a restart: %w "+
		"(hint: restart the bot; if the store does not open then, restore a backup)", cause)
}

// Broken returns a channel that is closed when the store cannot be written until a restart.
func (s *Store) Broken() <-chan struct{} { return s.locks.unwritten }

// Err returns the cause after Broken, and nil before.
func (s *Store) Err() error {
	s.locks.mu.Lock()
	defer s.locks.mu.Unlock()
	return s.locks.why
}

// stop closes the store for writes, and for reads too if unread is set.
func (s *Store) stop(cause error, unread bool) error {
	s.locks.mu.Lock()
	defer s.locks.mu.Unlock()
	if s.locks.why == nil {
		s.locks.why = errStopped(cause)
		s.log.Error("the store cannot be written until the bot is restarted", "err", cause)
		close(s.locks.unwritten)
	}
	if unread && !isClosed(s.locks.unread) {
		close(s.locks.unread)
	}
	return s.locks.why
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// view runs every read transaction.
func (s *Store) view(do func(*bolt.Tx) error) error {
	tx, err := s.begin()
	if err != nil {
		return err
	}
	defer s.end(tx)
	return s.unbroken(func() error { return do(tx) })
}

func (s *Store) begin() (tx *bolt.Tx, err error) {
	s.locks.beginning.Lock()
	defer s.locks.beginning.Unlock()
	if isClosed(s.locks.unread) {
		return nil, s.Err()
	}
	err = s.unbroken(func() (err error) {
		tx, err = s.db.Begin(false)
		return err
	})
	if isPanic(err) {
		err = s.stop(err, true)
	}
	return tx, err
}

// end ends a read transaction. It waits in a goroutine of its own for the lock that a panic in
// [Store.begin] may have kept.
func (s *Store) end(tx *bolt.Tx) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = tx.Rollback() // fails only after the end of the transaction
	}()
	select {
	case <-ended:
	case <-s.locks.unread:
	}
}

// update runs every write transaction of an open store.
func (s *Store) update(do func(*bolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.headroom.low != nil {
		s.extendFile() // there may be space again
	}
	return s.write(do)
}

// write runs a write transaction in a goroutine of its own. After an error the goroutine may still
// run, and may write to the variables of do. The caller holds s.writing, so that no writer waits in
// bbolt.
func (s *Store) write(do func(*bolt.Tx) error) error {
	if err := s.Err(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		err := errors.New("the write transaction was left")
		defer func() { written <- err }()
		err = s.writeHere(do)
	}()
	select {
	case err := <-written:
		return err
	case <-s.locks.unread:
		return s.Err()
	}
}

// writeHere stops the store if bbolt kept the writer's lock: the transaction panicked before it
// began, or was not ended.
func (s *Store) writeHere(do func(*bolt.Tx) error) error {
	var begun *bolt.Tx
	err := s.unbroken(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			begun = tx
			return do(tx)
		})
	})
	if begun == nil && isPanic(err) || begun != nil && begun.DB() != nil {
		return s.stop(err, false)
	}
	return err
}

// unbroken turns bbolt's panics and page faults into errors. Transactions that do not touch a
// broken page still work.
func (s *Store) unbroken(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("the store's file is broken", "panic", p, "stack", string(debug.Stack()))
			err = &panicError{p}
		}
	}()
	return do()
}

// closeFile closes the file. bbolt's Close waits for its locks, so a stopped store closes only the
// file, which frees it for another process. The mapped pages stay readable until the process ends.
func (s *Store) closeFile() error {
	if s.db != nil && s.Err() == nil {
		closed := make(chan error, 1)
		go func() { closed <- s.db.Close() }()
		select {
		case err := <-closed:
			return err
		case <-s.locks.unwritten:
		}
	}
	if s.file == nil {
		return nil
	}
	if err := errors.Join(unlock(s.file), s.file.Close()); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
