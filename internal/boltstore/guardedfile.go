package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// bbolt panics on a damaged page, and may then keep a lock: the writer's lock after a panic in the
// begin or the rollback of a write transaction, and the locks of every transaction after a panic in
// the begin of a read transaction. A guardedFile guards the callers: none of them waits for such
// a lock.

// A guardedFile runs the transactions of the store's file. It records the locks that bbolt kept
// after a panic; they are free again after a restart.
type guardedFile struct {
	db  *bolt.DB
	os  *os.File // of db
	log *slog.Logger

	beginning sync.Mutex // held while a read transaction begins, so that none waits in bbolt

	mu        sync.Mutex    // guards why, and the closing of the channels
	why       error         // nil while the store can be written
	unwritten chan struct{} // closed when no transaction can write any more
	unread    chan struct{} // closed when no transaction can begin or end any more
}

func newGuardedFile(log *slog.Logger) *guardedFile {
	return &guardedFile{log: log, unwritten: make(chan struct{}), unread: make(chan struct{})}
}

// lockWait is the longest wait for another process to release the file.
const lockWait = time.Second

// open opens the file, or creates it.
func (f *guardedFile) open(path string) (err error) {
	f.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, FreelistType: bolt.FreelistMapType, PreLoadFreelist: true,
		OpenFile: func(path string, flag int, mode os.FileMode) (file *os.File, err error) {
			f.os, err = os.OpenFile(path, flag, mode)
			return f.os, err
		},
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return errors.New("another process holds it (hint: is the bot already running?)")
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (hint: make the directory %s, or name another in the config)", err, filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (hint: let the user that the bot runs as write in %s)", err, filepath.Dir(path))
	}
	return err
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
func (s *Store) Broken() <-chan struct{} { return s.file.unwritten }

// Err returns the cause after Broken, and nil before.
func (s *Store) Err() error { return s.file.err() }

func (f *guardedFile) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.why
}

// stop closes the file for writes, and for reads too if unread is set.
func (f *guardedFile) stop(cause error, unread bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.why == nil {
		f.why = errStopped(cause)
		f.log.Error("the store cannot be written until the bot is restarted", "err", cause)
		close(f.unwritten)
	}
	if unread && !isClosed(f.unread) {
		close(f.unread)
	}
	return f.why
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
func (f *guardedFile) view(do func(*bolt.Tx) error) error {
	tx, err := f.begin()
	if err != nil {
		return err
	}
	defer f.end(tx)
	return f.unbroken(func() error { return do(tx) })
}

func (f *guardedFile) begin() (tx *bolt.Tx, err error) {
	f.beginning.Lock()
	defer f.beginning.Unlock()
	if isClosed(f.unread) {
		return nil, f.err()
	}
	err = f.unbroken(func() (err error) {
		tx, err = f.db.Begin(false)
		return err
	})
	if isPanic(err) {
		err = f.stop(err, true)
	}
	return tx, err
}

// end ends a read transaction. It waits in a goroutine of its own for the lock that a panic in
// [guardedFile.begin] may have kept.
func (f *guardedFile) end(tx *bolt.Tx) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = tx.Rollback() // fails only after the end of the transaction
	}()
	select {
	case <-ended:
	case <-f.unread:
	}
}

// write runs a write transaction in a goroutine of its own. After an error the goroutine may still
// run, and may write to the variables of do. A second write at the same time would wait in bbolt, so
// the callers run one at a time.
func (f *guardedFile) write(do func(*bolt.Tx) error) error {
	if err := f.err(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		err := errors.New("the write transaction was left")
		defer func() { written <- err }()
		err = f.writeHere(do)
	}()
	select {
	case err := <-written:
		return err
	case <-f.unread:
		return f.err()
	}
}

// writeHere stops the file if bbolt kept the writer's lock: the transaction panicked before it
// began, or was not ended.
func (f *guardedFile) writeHere(do func(*bolt.Tx) error) error {
	var begun *bolt.Tx
	err := f.unbroken(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			begun = tx
			return do(tx)
		})
	})
	if begun == nil && isPanic(err) || begun != nil && begun.DB() != nil {
		return f.stop(err, false)
	}
	return err
}

// unbroken turns bbolt's panics and page faults into errors. Transactions that do not touch a
// broken page still work.
func (f *guardedFile) unbroken(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("the store's file is broken", "panic", p, "stack", string(debug.Stack()))
			err = &panicError{p}
		}
	}()
	return do()
}

// close closes the file. bbolt's Close waits for its locks, so a stopped file is closed without it,
// which frees it for another process. The mapped pages stay readable until the process ends.
func (f *guardedFile) close() error {
	if f.db != nil && f.err() == nil {
		closed := make(chan error, 1)
		go func() { closed <- f.db.Close() }()
		select {
		case err := <-closed:
			return err
		case <-f.unwritten:
		}
	}
	if f.os == nil {
		return nil
	}
	if err := errors.Join(unlock(f.os), f.os.Close()); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
