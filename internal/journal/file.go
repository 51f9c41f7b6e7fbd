package journal

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Config configures a [File]. Path and Store are required.
type Config struct {
	Path    string       // the directory; see PathBeside
	Store   string       // the id of the store that the acts belong to
	Version string       // of the bot; an older bot's refusal names it; may be empty
	Log     *slog.Logger // nil discards
}

// PathBeside returns the directory of the journal that belongs to a store file.
func PathBeside(store string) string { return store + ".journal" }

const (
	segmentSize  = 4 << 20
	mostSegments = 64
)

// A File is a journal on disk. It is safe for concurrent use; the lock on the store's file excludes
// other processes.
type File struct {
	writer *writer
	damage []Damage
	kick   chan struct{} // wakes the writing goroutine
	ended  chan struct{} // closed when the writing goroutine ends
	making sync.WaitGroup

	mu     sync.Mutex
	queue  []*pending
	marks  []uint64
	probes []chan error
	closed bool
}

var _ Journal = (*File)(nil)

// A pending is an append that waits for its sync.
type pending struct {
	record Record
	answer chan outcome
	left   bool // the caller gave up; guarded by File.mu
}

// Open opens the journal, or creates it. Damage is not an error: see [File.Damage]. A journal of
// another store or of a newer version is an error.
func Open(c Config) (*File, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d, err := makeDirectory(c.Path)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	return openOn(c, d, segmentSize)
}

func openOn(c Config, d disk, size int64) (_ *File, err error) {
	f := &File{kick: make(chan struct{}, 1), ended: make(chan struct{})}
	w := &writer{disk: d, store: c.Store, version: c.Version, log: c.Log,
		pool: pool{disk: d, size: size, most: mostSegments, log: c.Log, spawn: f.making.Go}}
	if f.damage, err = w.open(); err != nil {
		err = w.needs(err)
		return nil, fmt.Errorf("opening the journal in %s: %w", c.Path, err)
	}
	w.recordVersion()
	f.writer = w
	go f.run()
	return f, nil
}

// Damage returns the damage found by this opening and by earlier ones, until a person removes the
// file named damage from the journal's directory. Damage may include an approval that its approver
// believes in, or a denial. While there is any, no access should be opened.
func (f *File) Damage() []Damage { return slices.Clone(f.damage) }

// Append implements [Journal].
func (f *File) Append(ctx context.Context, r Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("appending to the journal: %w", err)
	}
	if sizeOf(r) > MaxBody {
		return 0, ErrTooLarge
	}
	p := &pending{record: copyOf(r), answer: make(chan outcome, 1)}
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return 0, ErrClosed
	}
	f.queue = append(f.queue, p)
	f.mu.Unlock()
	f.wake()
	select {
	case out := <-p.answer:
		return out.seq, out.err
	case <-ctx.Done():
		f.leave(p)
		return 0, fmt.Errorf("appending to the journal, outcome unknown: %w", ctx.Err())
	}
}

// leave removes an act whose caller gave up before the acknowledgement: from the queue, or from the
// undone acts.
func (f *File) leave(p *pending) {
	f.mu.Lock()
	p.left = true
	f.queue = slices.DeleteFunc(f.queue, func(q *pending) bool { return q == p })
	f.mu.Unlock()
	select {
	case out := <-p.answer:
		f.drop(out)
	default: // the writing goroutine sees that the caller gave up
	}
}

func (f *File) drop(out outcome) {
	if out.err == nil {
		_ = f.Done(out.seq) // it was appended just now
	}
}

// answer sends an append its outcome.
func (f *File) answer(p *pending, out outcome) {
	f.mu.Lock()
	left := p.left
	if !left {
		p.answer <- out
	}
	f.mu.Unlock()
	if left {
		f.drop(out)
	}
}

// Done implements [Journal]. The mark soon reaches the page cache, where it survives the process.
// It becomes durable with the next append.
func (f *File) Done(seq uint64) error {
	if err := f.writer.remove(seq); err != nil {
		return err
	}
	f.mu.Lock()
	f.marks = append(f.marks, seq)
	f.mu.Unlock()
	f.wake()
	return nil
}

// Undone implements [Journal].
func (f *File) Undone() []Record {
	f.writer.mu.Lock()
	defer f.writer.mu.Unlock()
	return f.writer.acts.list()
}

// Oldest implements [Journal].
func (f *File) Oldest() (time.Time, bool) {
	f.writer.mu.Lock()
	defer f.writer.mu.Unlock()
	return f.writer.acts.oldest()
}

// Close implements [Journal].
func (f *File) Close() error {
	f.mu.Lock()
	again := f.closed
	f.closed = true
	f.mu.Unlock()
	f.wake()
	<-f.ended
	f.making.Wait()
	if again {
		return nil
	}
	return f.writer.close()
}

func (f *File) wake() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// run writes all waiting appends and marks as one group. The next group gathers during the sync.
func (f *File) run() {
	defer close(f.ended)
	for {
		f.mu.Lock()
		queue, marks, probes, closed := f.queue, f.marks, f.probes, f.closed
		f.queue, f.marks, f.probes = nil, nil, nil
		f.mu.Unlock()
		if len(queue)+len(marks)+len(probes) == 0 {
			if closed {
				return
			}
			<-f.kick
			continue
		}
		acts := make([]Record, len(queue))
		for i, p := range queue {
			acts[i] = p.record
		}
		for i, out := range f.writer.append(acts, marks) {
			f.answer(queue[i], out)
		}
		f.answerProbes(probes)
	}
}
