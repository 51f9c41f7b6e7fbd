package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// within fails the test if a call does not return. The limit is far above the time of any call.
func within(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		stacks := make([]byte, 1<<20)
		t.Fatalf("%s hangs:\n%s", what, stacks[:runtime.Stack(stacks, true)])
		return nil
	}
}

// smallStore makes a store with a few pages, and returns its contents.
func smallStore(t *testing.T) []byte {
	t.Helper()
	path := newPath(t)
	s := open(t, path)
	for i := range 3 {
		one := change(grant.ID(fmt.Sprint("G", i)))
		one.Entries[0].Facts["before"] = strings.Repeat("x", 5000)
		must(t, s.Commit(ctx, one))
	}
	must(t, s.Close())
	text, err := os.ReadFile(path)
	must(t, err)
	return text
}

// A harm damages one page of a store.
type harm struct {
	name string
	do   func(page []byte)
}

func harms() []harm {
	return []harm{
		{"the id", func(page []byte) { page[0] ^= 1 }},
		{"the type", func(page []byte) { page[8], page[9] = 0, 0 }},
		{"the overflow", func(page []byte) { binary.NativeEndian.PutUint32(page[12:], 30) }},
		{"all", func(page []byte) { clear(page) }},
	}
}

// useBroken uses every operation of a store whose file was damaged after it was opened. Each returns.
func useBroken(t *testing.T, name string, s *Store) {
	t.Helper()
	for i := range 2 {
		id := grant.ID(fmt.Sprint("NEW", i))
		for _, use := range []struct {
			what string
			do   func() error
		}{
			{"a commit", func() error { return s.Commit(ctx, change(id)) }},
			{"a lease", func() error { _, err := s.Acquire(ctx, "lease", "me", noon, time.Hour); return err }},
			{"a read", func() error { _, err := s.Get(ctx, "G1"); return err }},
			{"a list", func() error { _, err := s.List(ctx, store.Query{}); return err }},
			{"an examination", func() error { return s.Examine(ctx, noon) }},
			{"a repair", func() error { return s.Replace(ctx, change("G1").Grants[0], noon) }},
			{"the chain", func() error { _, err := s.Verify(ctx); return err }},
			{"a backup", func() error { return s.Backup(ctx, io.Discard) }},
		} {
			_ = within(t, name+": "+use.what, use.do) // may fail
		}
	}
	must(t, within(t, name+": closing", s.Close))
}

// A brokenCase is the damage to one page of an open store, and perhaps to the freelist too, which
// bbolt reads again after a panic.
type brokenCase struct {
	harm     harm
	page     int
	freelist bool
}

func (c brokenCase) run(t *testing.T, text []byte) (stopped bool) {
	t.Helper()
	name := fmt.Sprintf("%s of page %d", c.harm.name, c.page)
	size, broken := os.Getpagesize(), bytes.Clone(text)
	c.harm.do(broken[c.page*size : (c.page+1)*size])
	if c.freelist {
		name += " and the freelist"
		broken[freelistAt(t, bytes.NewReader(text))+8] = 0
	}
	path := newPath(t)
	must(t, os.WriteFile(path, text, 0o600))
	s, err := Open(Config{Path: path})
	must(t, err)
	overwrite(t, path, 0, broken)
	useBroken(t, name, s)
	if s.Err() == nil {
		return false
	}
	again, err := Open(Config{Path: path})
	if err == nil {
		must(t, within(t, name+": closing it again", again.Close))
	} else if strings.Contains(err.Error(), "another process") {
		t.Errorf("%s: opening it again: %v", name, err)
	}
	return true
}

// freelistAt returns the offset of the page with the freelist.
func freelistAt(t *testing.T, f io.ReaderAt) int64 {
	t.Helper()
	m, _ := newestMeta(f)
	var number [8]byte
	_, err := f.ReadAt(number[:], int64(m.tx%2*m.pageSize+pageHeader+32))
	must(t, err)
	return int64(binary.NativeEndian.Uint64(number[:]) * m.pageSize)
}

// After damage to any page of an open store, every call returns, and the file can be opened again.
// bbolt panics on such pages, and may keep its locks.
func TestDamagedPagesHangNothing(t *testing.T) {
	text := smallStore(t)
	m, _ := newestMeta(bytes.NewReader(text))
	var stopped atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, h := range harms() {
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				for page := range int(m.pages) {
					for _, freelist := range []bool{false, true} {
						if (brokenCase{h, page, freelist}).run(t, text) {
							stopped.Add(1)
						}
					}
				}
			})
		}
	})
	if t.Logf("%d stores were stopped", stopped.Load()); stopped.Load() == 0 {
		t.Error("no damage stopped a store: the test is too kind")
	}
}

// A store that cannot be written any more refuses each change at once, and is still read.
func TestStoppedStoreIsStillRead(t *testing.T) {
	s := open(t, newPath(t))
	must(t, s.Commit(ctx, change("A")))
	_, err := s.file.os.WriteAt([]byte{0, 0}, freelistAt(t, s.file.os)+8) // the type
	must(t, err)
	select {
	case <-s.Broken():
		t.Fatal("the store is stopped before it is used")
	default:
	}
	err = within(t, "a panic", func() error { return s.update(func(*bolt.Tx) error { panic("a broken page") }) })
	const want = "the store's file is damaged, and nothing is stored until a restart: invalid freelist page: "
	if err == nil || !strings.HasPrefix(err.Error(), want) || s.Err() != err {
		t.Errorf("the panic: %v; want %q", err, want)
	}
	<-s.Broken()
	for range 2 {
		if err := within(t, "a commit", func() error { return s.Commit(ctx, change("B")) }); !errors.Is(err, s.Err()) {
			t.Errorf("a commit: %v", err)
		}
	}
	if g, err := s.Get(ctx, "A"); err != nil || g.ID != "A" {
		t.Errorf("a read: %v, %v", g.ID, err)
	}
	must(t, within(t, "closing", s.Close))
	must(t, within(t, "closing again", s.Close))
}

// A panic whose transaction bbolt rolls back fails only its own change.
func TestPanicWithWholeFreelistStopsNothing(t *testing.T) {
	s := open(t, newPath(t))
	if err := s.update(func(*bolt.Tx) error { panic("a broken page") }); err == nil || s.Err() != nil {
		t.Errorf("%v, stopped: %v", err, s.Err())
	}
	must(t, s.Commit(ctx, change("A")))
}

// A file that is cut under a running store, as by a copy onto it, leaves bbolt's locks to a reader
// that panicked. All other readers and writers return.
func TestFileCutWhileInUse(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	must(t, s.Commit(ctx, change("A")))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := 0; s.Err() == nil; n++ {
				if i == 0 {
					_ = s.Commit(ctx, change(grant.ID(fmt.Sprint("B", n)))) // may fail
				} else {
					_, _ = s.Get(ctx, "A") // may fail
				}
			}
		})
	}
	must(t, os.Truncate(path, 0))
	must(t, within(t, "using the store", func() error { all.Wait(); return nil }))
	for what, do := range map[string]func() error{
		"a read":   func() error { _, err := s.Get(ctx, "A"); return err },
		"a commit": func() error { return s.Commit(ctx, change("C")) },
		"a lease":  func() error { _, err := s.Acquire(ctx, "lease", "me", noon, time.Hour); return err },
	} {
		if err := within(t, what, do); !errors.Is(err, s.Err()) {
			t.Errorf("%s: %v; want %v", what, err, s.Err())
		}
	}
	must(t, within(t, "closing", s.Close))
}
