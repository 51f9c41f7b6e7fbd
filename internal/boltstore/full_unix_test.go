//go:build unix

package boltstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// In a process whose files may not grow, the store refuses new requests early enough that active
// grants can still end.
func TestDiskFull(t *testing.T) {
	path := newPath(t)
	cmd, out := startChild(t, "full", path)
	text, err := io.ReadAll(out)
	if err := errors.Join(err, wait(t, cmd)); err != nil || string(text) != "done\n" {
		t.Fatalf("%s%v", text, err)
	}
	s := open(t, path)
	gs, err := s.List(ctx, store.Query{States: []grant.State{grant.Ended}})
	must(t, err)
	if head, err := s.Verify(ctx); err != nil || len(gs) != 300 {
		t.Errorf("%d have ended, the chain has %d entries, %v", len(gs), head.Seq, err)
	}
}

// onAFullDisk runs in a child process whose files may not grow.
func onAFullDisk(path string) (code int) {
	complain := func(format string, args ...any) int {
		fmt.Printf(format+"\n", args...)
		return 1
	}
	s, err := Open(Config{Path: path})
	if err != nil {
		return complain("opening: %v", err)
	}
	defer s.Close()
	const begun = 300
	var c store.Tx
	for i := range begun {
		one := change(grant.ID(fmt.Sprintf("G%04d", i)))
		c.Grants = append(c.Grants, one.Grants...)
	}
	if err := s.Commit(ctx, c); err != nil {
		return complain("filling it: %v", err)
	}
	s.writing.Lock() // until the reserve is written
	info, err := os.Stat(path)
	s.writing.Unlock()
	if err != nil {
		return complain("%v", err)
	}
	var before, full syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return complain("%v", err)
	}
	full = before
	full.Cur = limit(full.Cur, info.Size())
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return complain("%v", err)
	}
	for i := 0; ; i++ { // requests until one is refused
		one := change(grant.ID(fmt.Sprintf("NEW%d", i)))
		one.Entries[0].Facts["before"] = strings.Repeat("x", 50_000)
		var no *grant.Refusal
		if err := s.Commit(ctx, one); errors.As(err, &no) {
			break
		} else if err != nil {
			return complain("request %d: %v; want it refused for lack of room", i, err)
		}
		if i > 1000 {
			return complain("requests are not refused")
		}
	}
	for i := range begun {
		one := change(grant.ID(fmt.Sprintf("G%04d", i)))
		one.Causes, one.Grants[0].Version, one.Grants[0].State = nil, 1, grant.Ended
		if err := s.Commit(ctx, one); err != nil {
			return complain("ending grant %d: %v", i, err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return complain("%v", err)
	}
	if err := s.Commit(ctx, change("AFTER")); err != nil {
		return complain("a request after there was room again: %v", err)
	}
	fmt.Println("done")
	return 0
}

// limit converts size to the type of the system's limits.
func limit[T int64 | uint64](_ T, size int64) T { return T(size) }
