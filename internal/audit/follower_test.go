package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"s3share/internal/grant"
)

var ctx = context.Background()

// A memory is a chain without a store.
type memory struct{ links []Link }

func (m *memory) Links(_ context.Context, after uint64, limit int) ([]Link, error) {
	links := m.links[min(int(after), len(m.links)):]
	return links[:min(limit, len(links))], nil
}

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "audit.jsonl") }

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// closed closes a follower after it has written everything. On a slow machine,
// Open leaves a part for later.
func closed(t *testing.T, f *Follower) {
	t.Helper()
	if err := errors.Join(f.Sync(ctx), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestFollow(t *testing.T) {
	all := chainOf(t, 1000) // more than one write
	source, path := &memory{links: all[:3]}, path(t)
	f, err := Open(ctx, Config{Path: path, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 3, 4, 1000} {
		source.links = all[:n]
		if err := f.Sync(ctx); err != nil {
			t.Fatal(err)
		}
		if read(t, path) != logOf(t, all[:n]) {
			t.Fatalf("after %d entries the log differs from the chain", n)
		}
	}
	f.Close()
	f, err = Open(ctx, Config{Path: path, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, f)
	if read(t, path) != logOf(t, all) {
		t.Fatal("opened again it differs")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if err := (*Follower)(nil).Close(); err != nil {
		t.Error(err)
	}
}

// A crash tears the end of the file anywhere. The next start goes on after the
// last intact line, so no entry is lost, repeated or cut.
func TestTornAnywhere(t *testing.T) {
	links := chainOf(t, 4)
	text := logOf(t, links)
	source := &memory{links: links}
	for at := range len(text) + 1 {
		if atEnd := at > 0 && text[at-1] == '\n' || at < len(text) && text[at] == '\n'; at%13 != 0 && !atEnd {
			continue // a test at every byte adds nothing
		}
		for _, tail := range []string{"", "\x00", strings.Repeat("\x00", 700)} { // or blocks that were never written
			path := path(t)
			write(t, path, text[:at]+tail)
			f, err := Open(ctx, Config{Path: path, Source: source})
			if err != nil {
				t.Fatalf("torn at %d, and %d zeros: %v", at, len(tail), err)
			}
			closed(t, f)
			if read(t, path) != text {
				t.Fatalf("torn at %d, and %d zeros, it becomes\n%s", at, len(tail), read(t, path))
			}
		}
	}
}

// A crash may also lose a block in the middle of one write and keep later ones.
func TestHoleNearTheEnd(t *testing.T) {
	links := chainOf(t, 4)
	text := logOf(t, links)
	for at := 0; at < len(text)-100; at += 41 {
		path := path(t)
		write(t, path, text[:at]+strings.Repeat("\x00", 100)+text[at+100:])
		f, err := Open(ctx, Config{Path: path, Source: &memory{links: links}})
		if err != nil {
			t.Fatalf("a hole at %d: %v", at, err)
		}
		closed(t, f)
		if read(t, path) != text {
			t.Fatalf("a hole at %d, it becomes\n%s", at, read(t, path))
		}
	}
}

// Lines longer than the first part of the file that is read.
func TestLongLines(t *testing.T) {
	links := chainOf(t, 4, func(i int, e *grant.Entry) {
		if i%2 == 0 {
			e.Facts["before"] = strings.Repeat("x", window*3/2)
		}
	})
	text := logOf(t, links)
	for n := range links {
		path := path(t)
		torn := len(logOf(t, links[:n])) + 200
		write(t, path, text[:torn])
		f, err := Open(ctx, Config{Path: path, Source: &memory{links: links}})
		if err != nil {
			t.Fatalf("torn behind %d: %v", n, err)
		}
		closed(t, f)
		if read(t, path) != text {
			t.Fatalf("torn behind %d it becomes %d bytes; want %d", n, len(read(t, path)), len(text))
		}
	}
}

func TestLogAheadOfTheStore(t *testing.T) {
	links := chainOf(t, 5)
	other := chainOf(t, 5, func(i int, e *grant.Entry) {
		if i > 2 {
			e.Why += "!"
		}
	})
	behind := func(n uint64) string {
		return fmt.Sprintf("the audit log has %d entries, and the store's chain has fewer: the store is older than the log", n)
	}
	apart := func(n uint64) string {
		return fmt.Sprintf("entry %d is %.12s in the audit log and %.12s in the store's chain: an older store went on from before it, or one of them was replaced",
			n, links[n-1].Head().Hash, other[n-1].Head().Hash)
	}
	half := logOf(t, chainOf(t, 6)[5:])[:40]
	for _, c := range []struct {
		name, text string
		store      []Link
		want       string
	}{
		{"an old store", logOf(t, links), links[:3], behind(5)},
		{"an empty store", logOf(t, links), nil, behind(5)},
		{"an old store, and a torn line", logOf(t, links) + half, links[:3], behind(5)},
		{"an old store, and a hole", logOf(t, links[:4]) + strings.Repeat("\x00", 99) + "\n" + logOf(t, links[4:]), links[:4], behind(5)},
		{"an old store that went on", logOf(t, links), other, apart(5)},
		{"an old store that went on for longer", logOf(t, links[:4]), other, apart(4)},
	} {
		path := path(t)
		write(t, path, c.text)
		f, err := Open(ctx, Config{Path: path, Source: &memory{links: c.store}})
		var ahead *AheadError
		if !errors.As(err, &ahead) || !strings.HasSuffix(err.Error(), c.want) || f != nil {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
		if read(t, path) != c.text {
			t.Errorf("%s: the log is evidence, and was changed", c.name)
		}
	}
}

// A file that is no log is not overwritten: the config may name the wrong file.
func TestOtherFileIsNotOverwritten(t *testing.T) {
	links := chainOf(t, 3)
	text := logOf(t, links)
	const hint = " stands what is no line of an audit log (hint: if the config names the right file, move it aside, and it is written anew)"
	for name, c := range map[string]struct {
		text string
		at   int
	}{
		"a diary":                 {"Dear diary,\nnothing happened.\n", 0},
		"a word":                  {"hello", 0},
		"a note behind the log":   {text + "seen by the auditors\n", len(text)},
		"a note without an end":   {text + "seen by", len(text)},
		"a note among the lines":  {logOf(t, links[:2]) + "seen\n" + logOf(t, links[2:]), len(logOf(t, links[:2]))},
		"a line that was edited":  {strings.Replace(text, `"seq":2,`, `"seq": 2,`, 1), len(logOf(t, links[:1]))},
		"an entry that is a JSON": {text + "{}\n", len(text)},
	} {
		path := path(t)
		write(t, path, c.text)
		_, err := Open(ctx, Config{Path: path, Source: &memory{links: links}})
		if want := fmt.Sprintf("reading the end of %s: at byte %d%s", path, c.at, hint); said(err) != want {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
		if read(t, path) != c.text {
			t.Errorf("%s: it was changed", name)
		}
	}
}

// A chain that was tampered with in the store is not written to the log.
func TestTamperedSource(t *testing.T) {
	links := chainOf(t, 3)
	path := path(t)
	source := &memory{links: links[:1]}
	f, err := Open(ctx, Config{Path: path, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	source.links = []Link{links[0], forged(links[1])}
	source.links[1].Hash = links[1].Hash
	if err := f.Sync(ctx); said(err) != "the store's chain does not go on from the log: entry 2 is not what was written" {
		t.Errorf("%v", err)
	}
	if read(t, path) != logOf(t, links[:1]) {
		t.Error("it was written all the same")
	}
}

// A faulty file fails at its nth call, after doing a part of it.
type faulty struct {
	*os.File
	calls, fail int
	unsynced    bool
}

func (f *faulty) fails() bool {
	f.calls++
	return f.calls == f.fail
}

func (f *faulty) WriteAt(text []byte, at int64) (int, error) {
	if f.fails() {
		n, _ := f.File.WriteAt(text[:len(text)*2/3], at)
		return n, fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	f.unsynced = true
	return f.File.WriteAt(text, at)
}

func (f *faulty) Truncate(size int64) error {
	if f.fails() {
		return fmt.Errorf("truncate: %w", syscall.EIO)
	}
	return f.File.Truncate(size)
}

func (f *faulty) Sync() error {
	if f.fails() {
		return fmt.Errorf("sync: %w", syscall.EIO)
	}
	f.unsynced = false
	return f.File.Sync()
}

// Each call fails once, and the next start comes before or after the retry. The
// log always becomes the chain, without gaps or repeats.
func TestEveryCallFailsOnce(t *testing.T) {
	links := chainOf(t, 250, func(i int, e *grant.Entry) { e.Facts["before"] = strings.Repeat("x", 1200) })
	for fail := 1; ; fail++ {
		failed := false
		for _, restart := range []bool{false, true} {
			path := path(t)
			write(t, path, logOf(t, links[:1])+logOf(t, links[1:2])[:9])
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			info, _ := file.Stat()
			source := &memory{links: links[:120]}
			disk := &faulty{File: file, fail: fail}
			f, err := follow(ctx, Config{Path: path, Source: source}, disk, info.Size())
			if err != nil {
				t.Fatalf("call %d fails: opening: %v", fail, err)
			}
			source.links = links
			for range 2 {
				err := f.Sync(ctx)
				if err != nil && !strings.Contains(err.Error(), path) {
					t.Errorf("call %d fails: %v", fail, err)
				}
				if err == nil && disk.unsynced && !restart {
					t.Errorf("call %d fails: what was written is not on disk", fail)
				}
				if restart {
					f.Close()
					if f, err = Open(ctx, Config{Path: path, Source: source}); err != nil {
						t.Fatalf("call %d fails: opening again: %v", fail, err)
					}
				}
			}
			closed(t, f)
			if read(t, path) != logOf(t, links) {
				t.Fatalf("call %d fails, restarted %v: the log has %d bytes; want %d", fail, restart, len(read(t, path)), len(logOf(t, links)))
			}
			failed = failed || disk.calls >= fail
		}
		if !failed {
			if fail < 6 {
				t.Errorf("only %d calls were tried", fail-1)
			}
			return
		}
	}
}

// After a failed read of the chain the follower keeps its position.
func TestSourceFails(t *testing.T) {
	links := chainOf(t, 3)
	source := &failing{memory: memory{links: links}}
	path := path(t)
	f, err := Open(ctx, Config{Path: path, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	source.err = errors.New("the store is away")
	if err := f.Sync(ctx); !errors.Is(err, source.err) {
		t.Errorf("%v", err)
	}
	if _, err := Open(ctx, Config{Path: path, Source: source}); !errors.Is(err, source.err) {
		t.Errorf("opening: %v", err)
	}
	source.err = nil
	if err := f.Sync(ctx); err != nil || read(t, path) != logOf(t, links) {
		t.Errorf("afterwards: %v", err)
	}
}

type failing struct {
	memory
	err error
}

func (f *failing) Links(ctx context.Context, after uint64, limit int) ([]Link, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.memory.Links(ctx, after, limit)
}

// A log that was moved, removed or replaced is not written in its new place.
// Once it is back, writing goes on.
func TestMovedLogIsNotWritten(t *testing.T) {
	all := chainOf(t, 3)
	source, path := &memory{links: all[:1]}, path(t)
	f, err := Open(ctx, Config{Path: path, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	source.links = all
	if err := f.Sync(ctx); !errors.Is(err, ErrMoved) {
		t.Errorf("moved: %v", err)
	}
	write(t, path, "")
	if err := f.Sync(ctx); !errors.Is(err, ErrMoved) {
		t.Errorf("replaced: %v", err)
	}
	if got := read(t, path) + read(t, path+".1"); got != logOf(t, all[:1]) {
		t.Errorf("written meanwhile: %s", got)
	}
	if err := os.Rename(path+".1", path); err != nil {
		t.Fatal(err)
	}
	closed(t, f)
	if got := read(t, path); got != logOf(t, all) {
		t.Errorf("put back: %s", got)
	}
}
