package journal

import "slices"

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
	w.pool.collect()
	w.reclaim()
	if w.pool.isLow() && w.recordBase() {
		w.reclaim()
	}
	soon := w.cur == nil && len(w.pool.free) > 0 && w.countDone() > 0 // free as soon as the begin frame is durable
	var err error
	if w.pool.isLow() && !soon {
		err = w.pool.await(len(w.live))
	}
	spare := !w.pool.isLow() || soon
	if !spare && (!closing || len(w.pool.free) == 0) {
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
	w.pool.prepare(len(w.live))
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
	s := w.pool.take()
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
			w.pool.putAside(s)
			continue
		case s.retired:
			w.pool.discard(s)
			continue
		}
		w.pool.free = append(w.pool.free, s)
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
