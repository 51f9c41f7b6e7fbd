package journal

import (
	"fmt"
	"slices"
)

// ready makes sure that the current segment has space for frames of this size. If necessary it
// begins another segment.
func (w *writer) ready(size int64, closing bool) error {
	if w.cur != nil && w.fits(size) && (closing || !w.reserved) {
		return nil
	}
	if err := w.rotate(closing); err != nil {
		return err
	}
	if !w.fits(size) {
		return ErrTooLarge
	}
	return nil
}

// rotate begins a segment. The last free segment is reserved for closing acts.
func (w *writer) rotate(closing bool) error {
	w.setBase()
	w.collect()
	w.reclaim()
	if len(w.free) < keptFree && w.recordBase() {
		w.reclaim()
	}
	soon := w.cur == nil && len(w.free) > 0 && w.countDone() > 0 // free as soon as the begin frame is durable
	var err error
	if len(w.free) < keptFree && !soon {
		err = w.await()
	}
	spare := len(w.free) >= keptFree || soon
	if !spare && (!closing || len(w.free) == 0) {
		return err
	}
	w.seal()
	if err := w.begin(!spare); err != nil {
		return err
	}
	if soon {
		if err := w.sync(); err != nil {
			return err
		}
		w.reclaim()
	}
	w.prepare()
	return nil
}

// seal makes the marks at the end of the current segment durable. If that fails, they are written
// again to the next segment.
func (w *writer) seal() {
	if w.cur != nil && w.unsynced {
		_ = w.sync()
	}
	w.cur = nil
}

// begin makes a free segment the current one. If many segments are in use, it carries over the acts
// that hold the oldest one.
func (w *writer) begin(reserved bool) error {
	s := w.free[0]
	w.free = w.free[1:]
	s.number, s.first, s.undone = w.nextSegment, w.next, 0
	w.nextSegment++
	w.live = append(w.live, s)
	w.cur, w.reserved, w.tail = s, reserved, 0
	w.setBase()
	w.put(beginFrame, begin{w.lastSeq(), w.store}.encode())
	if err := w.flush(); err != nil {
		return err
	}
	if oldest := w.live[0]; len(w.live) > carryFrom && !reserved && !w.pinned {
		return w.carry(w.heldBy(oldest), s.size/4)
	}
	return nil
}

// heldBy returns the undone acts whose latest copy is in s.
func (w *writer) heldBy(s *segment) (acts []Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.acts.records {
		if w.holder[r.Seq] == s {
			acts = append(acts, r)
		}
	}
	return acts
}

// carry copies undone acts to the current segment, so that the segments that held them can be
// reused. It copies none if they take more than most bytes.
func (w *writer) carry(acts []Record, most int64) error {
	size := int64(0)
	for _, r := range acts {
		size += actSize(r)
	}
	if len(acts) == 0 || size > most || !w.fits(size) {
		return nil
	}
	for _, r := range acts {
		w.put(carriedFrame, encodeAct(r))
	}
	s := w.cur
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range acts {
		if old := w.holder[r.Seq]; old != nil { // not done meanwhile
			old.undone--
			s.undone++
			w.holder[r.Seq] = s
		}
	}
	return nil
}

// reclaim frees the segments below the recorded base. The unrecorded base does not count: if it
// were lost after a segment was overwritten, the segment's old acts would be reported missing.
func (w *writer) reclaim() {
	n := 0
	for n < len(w.live) && w.live[n] != w.cur && w.live[n].last < w.recorded && !(w.pinned && w.live[n].damaged) {
		n++
	}
	for _, s := range w.live[:n] {
		switch {
		case s.damaged:
			w.putAside(s)
			continue
		case s.retired:
			w.discard(s)
			continue
		}
		w.free = append(w.free, s)
	}
	w.live = slices.Delete(w.live, 0, n)
}

// countDone counts the segments that the base frees once it is durable.
func (w *writer) countDone() (n int) {
	for _, s := range w.live {
		if s != w.cur && !s.retired && s.last < w.base {
			n++
		}
	}
	return n
}

// recordBase makes the base durable, if that frees a segment.
func (w *writer) recordBase() bool {
	if w.cur == nil || w.countDone() == 0 || w.tail+frameSize(0) > w.cur.size {
		return false
	}
	w.put(markFrame, nil)
	return w.flush() == nil && w.sync() == nil
}

// putAside renames a damaged segment, so that it is neither read nor used again.
func (w *writer) putAside(s *segment) {
	_ = s.file.Close()
	if err := w.disk.rename(s.name, s.name+asideSuffix); err != nil {
		w.log.Warn("a damaged file of the journal could not be put aside", "segment", s.name, "err", err)
	}
}

// discard removes a segment that is not reused.
func (w *writer) discard(s *segment) {
	_ = s.file.Close()
	if err := w.disk.remove(s.name); err != nil {
		w.log.Warn("a file of the journal could not be removed", "segment", s.name, "err", err)
	}
}

// prepare starts to create a segment if too few are free.
func (w *writer) prepare() {
	if w.making != nil || len(w.free) >= keptFree || len(w.live)+len(w.free) >= w.most {
		return
	}
	name, result := segmentName(w.nextName), make(chan made, 1)
	w.nextName++
	w.making = result
	w.spawn(func() {
		s, err := w.make(name)
		result <- made{s, err}
	})
}

// collect takes the segment that was created in the background, if there is one.
func (w *writer) collect() {
	select {
	case m := <-w.making:
		if w.making = nil; m.err == nil {
			w.free = append(w.free, m.segment)
		}
	default:
	}
}

// await waits until enough segments are free. It creates them if necessary.
func (w *writer) await() error {
	for len(w.free) < keptFree {
		early := w.making != nil // it may have failed while the disk was full
		w.prepare()
		if w.making == nil {
			return fmt.Errorf("%w: %w", ErrFull, errMost)
		}
		m := <-w.making
		w.making = nil
		switch {
		case m.err == nil:
			w.free = append(w.free, m.segment)
		case early:
		case isFull(m.err):
			return fmt.Errorf("%w: %w", ErrFull, m.err)
		default:
			return fmt.Errorf("making room in the journal: %w", m.err)
		}
	}
	return nil
}

// Suffixes of unfinished and of damaged files.
const (
	makingSuffix = ".new"
	asideSuffix  = ".damaged"
)

// make creates a segment and writes zeros to its blocks. A sync after a write to blocks that are
// only allocated would also have to record their use. It runs beside the writer, and reads only
// fields that never change.
func (w *writer) make(name string) (s *segment, err error) {
	f, err := w.disk.create(name + makingSuffix)
	if err != nil {
		return nil, err
	}
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < w.size && err == nil; at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros[:min(int64(len(zeros)), w.size-at)], at)
	}
	if err == nil {
		err = f.sync()
	}
	if err == nil {
		err = w.disk.rename(name+makingSuffix, name)
	}
	if err != nil {
		_ = f.Close()
		_ = w.disk.remove(name + makingSuffix)
		return nil, err
	}
	if err := w.disk.sync(); err != nil {
		_ = f.Close()
		_ = w.disk.remove(name)
		return nil, err
	}
	return &segment{name: name, file: f, size: w.size}, nil
}
