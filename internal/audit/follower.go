package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"s3share/internal/grant"
)

// Source is the chain that a file follows.
type Source interface {
	// Links returns up to limit links after a number, oldest first.
	Links(ctx context.Context, after uint64, limit int) ([]Link, error)
}

// Config configures a [Follower]. Path and Source are required.
type Config struct {
	Path   string
	Source Source
	Log    *slog.Logger // nil discards
}

// An AheadError says that the file has entries that the store's chain lacks: an
// old store was restored, or one of the two was replaced.
type AheadError struct {
	File  grant.Head // the last entry of the file
	Store grant.Head // the entry of that number in the store's chain; zero: the chain is shorter
}

func (e *AheadError) Error() string {
	if e.Store.Seq == 0 {
		return fmt.Sprintf("the audit log has %d entries, and the store's chain has fewer: the store is older than the log",
			e.File.Seq)
	}
	return fmt.Sprintf("entry %d is %.12s in the audit log and %.12s in the store's chain: an older store went on from "+
		"before it, or one of them was replaced",
		e.File.Seq, e.File.Hash, e.Store.Hash)
}

// A Follower appends to the file the links that only the chain has.
type Follower struct {
	path   string
	source Source
	log    *slog.Logger
	file   file
	info   fs.FileInfo // of the file when it was opened; nil: unknown
	head   grant.Head  // of the part that is safely in the file
	end    int64       // the length of that part
	torn   bool        // other bytes may follow it
}

// file is the part of [os.File] that a follower uses.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// Open opens the file, repairs an end that a crash has torn, and compares the
// file with the chain. On an [*AheadError] the file stays unchanged.
func Open(ctx context.Context, c Config) (*Follower, error) {
	file, err := os.OpenFile(c.Path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w (hint: make the directory %s, or name another in the config)", err, filepath.Dir(c.Path))
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%w (hint: let the user that the bot runs as write in %s)", err, filepath.Dir(c.Path))
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f, err := follow(ctx, c, file, info.Size())
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.info = info
	return f, nil
}

// ErrMoved says that the open file is no longer at its path: it was moved,
// removed or replaced. Entries written to it would be lost.
var ErrMoved = errors.New("it was moved, removed or replaced")

// inPlace returns an error unless the open file is still at its path.
func (f *Follower) inPlace() error {
	if f.info == nil {
		return nil
	}
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, f.info):
		return fmt.Errorf("writing %s: %w", f.path, ErrMoved)
	case err != nil:
		return fmt.Errorf("looking at the audit log: %w", err)
	}
	return nil
}

func follow(ctx context.Context, c Config, file file, size int64) (*Follower, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Follower{path: c.Path, source: c.Source, log: c.Log, file: file, torn: true}
	last, end, err := f.last(ctx, size)
	if err != nil {
		return nil, fmt.Errorf("reading the end of %s: %w", f.path, err)
	}
	f.end = end
	if last.Seq > 0 {
		f.head = last.Head()
	}
	if end < size {
		f.log.WarnContext(ctx, "mending the audit log, whose end a crash has torn", "bytes", size-end, "entries", f.head.Seq)
	}
	most, cancel := context.WithTimeout(ctx, atOpen)
	defer cancel()
	switch err := f.Sync(most); {
	case err != nil && most.Err() != nil:
		f.log.InfoContext(ctx, "the audit log is far behind, and is written by and by", "entries", f.head.Seq)
	case err != nil: // such as a full disk: it is retried
		f.log.ErrorContext(ctx, "writing the audit log", "err", err)
	}
	return f, nil
}

// atOpen is how long a start waits for the file. A missing log is written anew,
// which takes a minute for a million entries. The removal of expired access
// must not wait for that.
const atOpen = 500 * time.Millisecond

// window is the longest end of a file that a crash can tear. One write, synced
// as a whole, is shorter.
const (
	window  = 1 << 20
	atOnce  = 256 << 10 // bytes, except for a single longer line
	atATime = 100       // links
)

// last returns the last intact line and its end. Any bytes that a crash left
// after it were never reported as written, and the chain still has them. A line
// that the chain lacks is no such rest but an [*AheadError]. A line that never
// belonged to a log is an error too.
func (f *Follower) last(ctx context.Context, size int64) (good Link, end int64, err error) {
	at, text, err := f.tail(size)
	if err != nil {
		return good, 0, err
	}
	end = at
	var newest Link
	whole := true
	for len(text) > 0 {
		one, rest, closed := bytes.Cut(text, []byte("\n"))
		l, err := parseLine(one)
		switch {
		case closed && err == nil:
			newest = l
			if whole {
				good, end = l, at+int64(len(one))+1
			}
		case !torn(one, closed, good):
			return good, 0, fmt.Errorf("at byte %d stands what is no line of an audit log (hint: if the config names the "+
				"right file, move it aside, and it is written anew)", at)
		default:
			whole = false
		}
		at, text = at+int64(len(one))+1, rest
	}
	if newest.Seq == 0 {
		return good, end, nil
	}
	return good, end, f.compare(ctx, newest)
}

// torn reports whether a crash may have left this text of a line: its
// beginning, or blocks that were never written and read as zeros.
func torn(text []byte, closed bool, before Link) bool {
	if bytes.IndexByte(text, 0) >= 0 {
		return true
	}
	begins := []byte(fmt.Sprintf(`{"seq":%d,"prev":"`, before.Seq+1))
	n := min(len(begins), len(text))
	return !closed && (before.Seq == 0 && bytes.HasPrefix(text, []byte(`{"seq":`)) || bytes.Equal(begins[:n], text[:n]))
}

// tail returns the end of the file, starting at a line.
func (f *Follower) tail(size int64) (start int64, text []byte, err error) {
	for span := int64(window); ; span *= 2 {
		start = max(0, size-span)
		text = make([]byte, size-start)
		if _, err := f.file.ReadAt(text, start); err != nil && !errors.Is(err, io.EOF) {
			return 0, nil, err
		}
		if start == 0 {
			return 0, text, nil
		}
		if line := bytes.IndexByte(text[:len(text)-window/2], '\n'); line >= 0 {
			return start + int64(line) + 1, text[line+1:], nil
		}
		if span > window+longestLine {
			return 0, nil, errors.New("its lines have no end")
		}
	}
}

// compare compares a line of the file with the chain.
func (f *Follower) compare(ctx context.Context, l Link) error {
	stored, err := f.source.Links(ctx, l.Seq-1, 1)
	if err != nil {
		return err
	}
	if len(stored) > 0 && stored[0].Seq == l.Seq && stored[0].Hash == l.Hash {
		return nil
	}
	ahead := &AheadError{File: l.Head()}
	if len(stored) > 0 {
		ahead.Store = stored[0].Head()
	}
	return ahead
}

// Sync appends the links that only the chain has, and syncs the file to disk.
// After an error, such as the end of ctx or [ErrMoved], it may be called again.
// A nil follower writes nothing: while an old store awaits a decision, the log
// is evidence.
func (f *Follower) Sync(ctx context.Context) error {
	if f == nil {
		return nil
	}
	if err := f.inPlace(); err != nil {
		return err
	}
	if f.torn { // remove the rest of a crash or of a failed attempt
		if err := f.file.Truncate(f.end); err != nil {
			return fmt.Errorf("mending %s: %w", f.path, err)
		}
		f.torn = false
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		links, err := f.source.Links(ctx, f.head.Seq, atATime)
		if err != nil || len(links) == 0 {
			return err
		}
		head := f.head
		var text []byte
		for _, l := range links {
			if err := Check(head, l); err != nil {
				return fmt.Errorf("the store's chain does not go on from the log: %w", err)
			}
			one, err := l.line()
			if err != nil {
				return err
			}
			if len(text) > 0 && len(text)+len(one) > atOnce {
				break
			}
			text, head = append(text, one...), l.Head()
		}
		if err := f.write(text); err != nil {
			return err
		}
		f.head = head
	}
}

// write appends whole lines. Until the sync they count as unwritten, and the
// next attempt removes them first. So it never follows half a line, and never
// repeats one.
func (f *Follower) write(text []byte) error {
	f.torn = true
	_, err := f.file.WriteAt(text, f.end)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	f.end += int64(len(text))
	f.torn = false
	return nil
}

// Close closes the file. A nil follower has none.
func (f *Follower) Close() error {
	if f == nil {
		return nil
	}
	return f.file.Close()
}

const longestLine = 4 << 20
