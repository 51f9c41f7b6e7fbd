package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"s3share/internal/crash"
)

// A segment is one file: in use, or free to be reused.
type segment struct {
	name    string
	file    file
	size    int64
	number  uint64 // 0: never used
	first   uint64 // number of its begin frame
	last    uint64 // number of its last frame
	undone  int    // acts whose latest copy it holds
	retired bool   // not reused: its sync failed, or its size is another version's
	damaged bool   // kept for people to inspect
}

// A writer appends to the segments. Its methods belong to one goroutine, except where a comment
// says otherwise.
type writer struct {
	disk    disk
	store   string
	codec   codec
	version string // of the bot
	log     *slog.Logger
	pool    pool

	live     []*segment // ascending by number; cur is the last
	cur      *segment   // nil: the next write begins a segment
	reserved bool       // cur is the segment reserved for closing acts
	tail     int64      // offset of the next frame in cur
	buf      []byte     // frames to write there
	unsynced bool       // cur has frames that are not synced

	next        uint64 // number of the next frame
	synced      uint64 // highest number of a durable frame
	nextSegment uint64
	base        uint64   // every act in a frame below it is done
	written     uint64   // base of the newest frame
	recorded    uint64   // durable base
	waiting     []uint64 // acts that are done, in no frame yet
	inFlight    []uint64 // acts that are done, in frames of cur that are not durable
	pinned      bool     // a damaged segment was not put aside: base stays

	mu     sync.Mutex // guards acts, holder and each segment's undone
	acts   undone
	holder map[uint64]*segment
}

// carryFrom is the number of segments in use that makes the writer carry over the acts of the
// oldest one, unless they are too many.
const carryFrom = 5

// An outcome is the result of one append.
type outcome struct {
	seq uint64
	err error
}

// append writes acts and marks, syncs if there are acts, and returns the outcome of each act.
func (w *writer) append(acts []Record, marks []uint64) []outcome {
	out := make([]outcome, len(acts))
	full := false
	for from := 0; from < len(acts); {
		if full && !acts[from].Closing {
			out[from].err = ErrFull
			from++
			continue
		}
		n := w.group(acts[from:], marks, out[from:])
		full, marks = full || errors.Is(out[from].err, ErrFull), nil
		from += n
	}
	if len(marks) > 0 {
		w.mark(marks)
	}
	return out
}

// group writes marks and those acts that fit into one segment, at least the first, and syncs them.
func (w *writer) group(acts []Record, marks []uint64, out []outcome) (n int) {
	w.waiting = append(w.waiting, marks...)
	if err := w.ready(actSize(acts[0])+marksSize(len(w.waiting)), acts[0].Closing); err != nil {
		out[0].err = err
		return 1
	}
	w.putMarks()
	seq := w.lastSeq()
	for ; n < len(acts) && (n == 0 || w.fits(actSize(acts[n])) && (acts[n].Closing || !w.reserved)); n++ {
		seq++
		acts[n].Seq, out[n].seq = seq, seq
		w.put(actFrame, encodeAct(acts[n]))
	}
	holder := w.cur
	err := w.flush()
	crash.At("written")
	if err == nil {
		err = w.sync()
	}
	crash.At("synced")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acts.last = seq // also after a failure: a Seq is never reused
	for i := range n {
		if err != nil {
			out[i] = outcome{err: err}
			continue
		}
		w.acts.put(acts[i])
		w.holder[acts[i].Seq] = holder
		holder.undone++
	}
	return n
}

// mark writes marks without a sync. Marks without space wait in memory. An act without its mark is
// replayed, and the store recognizes that it is done.
func (w *writer) mark(marks []uint64) {
	w.waiting = append(w.waiting, marks...)
	if err := w.ready(marksSize(len(w.waiting)), true); err != nil {
		return
	}
	w.putMarks()
	_ = w.flush() // marks whose write failed wait for the next segment
}

// marksInFrame limits a frame of marks to a page.
const marksInFrame = 500

func marksSize(n int) int64 {
	return int64(n/marksInFrame)*frameSize(8*marksInFrame) + frameSize(8*(n%marksInFrame))
}

// putMarks buffers the waiting marks.
func (w *writer) putMarks() {
	for part := range slices.Chunk(w.waiting, marksInFrame) {
		w.put(doneFrame, encodeSeqs(part))
	}
	w.inFlight, w.waiting = append(w.inFlight, w.waiting...), nil
}

func actSize(r Record) int64 { return frameSize(32 + 10*(1+len(r.Keys)) + sizeOf(r)) }

// fits reports whether frames of this size fit into the current segment. The last page is kept for
// a mark frame.
func (w *writer) fits(size int64) bool {
	return w.tail+int64(len(w.buf))+size <= w.cur.size-pageSize
}

// put buffers one frame.
func (w *writer) put(kind byte, body []byte) {
	f := frame{kind: kind, segment: w.cur.number, number: w.next, synced: w.synced, base: w.base, body: body}
	w.buf = w.codec.append(w.buf, f)
	w.cur.last, w.written = w.next, w.base
	w.next++
}

// flush writes the buffered frames, without a sync.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.cur.file.WriteAt(w.buf, w.tail)
	if err != nil {
		return w.abandon(err)
	}
	w.tail += int64(len(w.buf))
	w.buf, w.unsynced = w.buf[:0], true
	return nil
}

// sync makes the written frames durable.
func (w *writer) sync() error {
	if err := w.cur.file.sync(); err != nil {
		return w.abandon(err)
	}
	w.synced, w.recorded, w.unsynced, w.inFlight = w.next-1, w.written, false, nil
	w.tail = (w.tail + pageSize - 1) / pageSize * pageSize
	w.setBase()
	return nil
}

// abandon gives up the current segment. After a failed sync it is unknown which pages are durable,
// and a second sync may report success for all of them. Frames that were synced before stay; the
// numbers since then are void.
func (w *writer) abandon(err error) error {
	w.log.Error("a write to the journal failed: its segment is given up", "segment", w.cur.name, "err", err)
	w.cur.retired, w.cur.last = true, w.synced
	w.cur, w.buf, w.unsynced = nil, w.buf[:0], false
	w.waiting, w.inFlight = append(w.inFlight, w.waiting...), nil
	return fmt.Errorf("writing to the journal: %w", err)
}

// setBase advances the base to the first segment with undone acts. The next frame contains it.
func (w *writer) setBase() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pinned {
		return
	}
	for _, s := range w.live {
		if s.undone > 0 || s == w.cur {
			w.base = s.first
			return
		}
	}
	w.base = w.next
}

func (w *writer) lastSeq() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acts.last
}

// remove marks an act done in memory. It is safe to call from any goroutine.
func (w *writer) remove(seq uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.acts.remove(seq); err != nil {
		return err
	}
	if s := w.holder[seq]; s != nil {
		s.undone--
		delete(w.holder, seq)
	}
	return nil
}
