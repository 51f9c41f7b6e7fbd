package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"s3share/internal/grant"
)

// Source is the chain that a file follows.
type Source interface {
	// Links returns the links after a number, the oldest first.
	Links(ctx context.Context, after uint64, limit int) ([]Link, error)
}

// Config says what a [Follower] writes where. Path and Source are required.
type Config struct {
	Path   string
	Source Source
	Log    *slog.Logger // nil discards
}

// An AheadError says that the file knows of entries that the store does not: an
// old store was restored, or one of them was replaced.
type AheadError struct{ File, Store grant.Head }

func (e *AheadError) Error() string {
	return fmt.Sprintf("the audit log ends at entry %d (%.12s) and the store's chain has entry %d (%.12s): the store is older than the log, or one of them was replaced",
		e.File.Seq, e.File.Hash, e.Store.Seq, e.Store.Hash)
}

// A Follower appends to the file what the chain has and the file does not.
type Follower struct {
	Config
	file *os.File
	head grant.Head
}

// Open opens the file, mends a last line that a crash has torn, and holds its
// end against the chain. With an [*AheadError] it leaves the file as it is.
func Open(ctx context.Context, c Config) (*Follower, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	file, err := os.OpenFile(c.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	f := &Follower{Config: c, file: file}
	if err := f.open(ctx); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, f.Sync(ctx)
}

func (f *Follower) open(ctx context.Context) error {
	last, end, err := f.last()
	if err != nil {
		return fmt.Errorf("reading the end of %s: %w", f.Path, err)
	}
	if last.Seq > 0 {
		stored, err := f.Source.Links(ctx, last.Seq-1, 1)
		if err != nil {
			return err
		}
		if len(stored) == 0 || stored[0].Hash != last.Hash {
			ahead := &AheadError{File: last.Head()}
			if len(stored) > 0 {
				ahead.Store = stored[0].Head()
			}
			return ahead
		}
		f.head = last.Head()
	}
	if err := f.file.Truncate(end); err != nil {
		return err
	}
	_, err = f.file.Seek(end, io.SeekStart)
	return err
}

// last returns the last whole line, and where it ends. What follows it is what a
// crash left of a line: it was never reported as written.
func (f *Follower) last() (l Link, end int64, err error) {
	size, err := f.file.Seek(0, io.SeekEnd)
	if err != nil {
		return l, 0, err
	}
	for span := min(size, 64<<10); ; span = min(size, span*2) {
		tail := make([]byte, span)
		if _, err := f.file.ReadAt(tail, size-span); err != nil && !errors.Is(err, io.EOF) {
			return l, 0, err
		}
		closing := bytes.LastIndexByte(tail, '\n')
		opening := bytes.LastIndexByte(tail[:max(closing, 0)], '\n')
		switch {
		case closing >= 0 && (opening >= 0 || span == size):
			l, err = parseLine(tail[opening+1 : closing])
			return l, size - span + int64(closing) + 1, err
		case span == size:
			return l, 0, nil // no whole line at all
		case span > longestLine:
			return l, 0, errors.New("its last line has no end")
		}
	}
}

// Sync writes what the chain has and the file does not, and syncs it to disk. It
// may be called again after an error.
func (f *Follower) Sync(ctx context.Context) error {
	for {
		links, err := f.Source.Links(ctx, f.head.Seq, 500)
		if err != nil || len(links) == 0 {
			return err
		}
		var text bytes.Buffer
		for _, l := range links {
			if l.Seq > 1 && hex.EncodeToString(l.Prev[:]) != f.head.Hash {
				return fmt.Errorf("entry %d of the chain does not follow the log", l.Seq)
			}
			one, err := l.line()
			if err != nil {
				return err
			}
			text.Write(one)
			f.head = l.Head()
		}
		if err := f.write(text.Bytes()); err != nil {
			return err
		}
	}
}

// write appends whole lines or nothing: after a failure the file is cut back, so
// that the next try does not follow half a line.
func (f *Follower) write(text []byte) error {
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err = f.file.Write(text); err == nil {
		err = f.file.Sync()
	}
	if err == nil {
		return nil
	}
	cut := f.file.Truncate(at)
	_, seek := f.file.Seek(at, io.SeekStart)
	last, _, read := f.last()
	f.head = grant.Head{}
	if last.Seq > 0 {
		f.head = last.Head()
	}
	return errors.Join(fmt.Errorf("writing %s: %w", f.Path, err), cut, seek, read)
}

// Close closes the file. A nil follower has none.
func (f *Follower) Close() error {
	if f == nil {
		return nil
	}
	return f.file.Close()
}
