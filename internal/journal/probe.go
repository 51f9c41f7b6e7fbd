package journal

import (
	"cmp"
	"context"
)

// probeFile, in the journal's directory, is there while a probe lasts.
const probeFile = "probe" + makingSuffix

// probeSize is how large an act a probe looks for space for, in bytes: nearly all are
// smaller.
const probeSize = 64 << 10

// Probe implements [Journal].
func (f *File) Probe(ctx context.Context) error {
	answer := make(chan error, 1)
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return ErrClosed
	}
	f.probes = append(f.probes, answer)
	f.mu.Unlock()
	f.wake()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answerProbes answers all who have asked with one write.
func (f *File) answerProbes(probes []chan error) {
	if len(probes) == 0 {
		return
	}
	err := f.writer.probe()
	for _, answer := range probes {
		answer <- err
	}
}

// probe writes and syncs a frame without content, as an act would be. A segment whose
// write fails is given up, so that a disk which fails for long would use up all of
// them: without a current segment a file of its own is tried first.
func (w *writer) probe() error {
	if w.cur == nil {
		if err := w.probeDisk(); err != nil && !isFull(err) {
			return err
		}
	}
	if err := w.ready(min(probeSize, w.size/4), false); err != nil {
		return err
	}
	w.put(markFrame, nil)
	if err := w.flush(); err != nil {
		return err
	}
	return w.sync()
}

func (w *writer) probeDisk() error {
	_ = w.disk.remove(probeFile) // of a probe that could not remove it
	f, err := w.disk.create(probeFile)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, pageSize), 0)
	if err == nil {
		err = f.sync()
	}
	return cmp.Or(err, f.Close(), w.disk.remove(probeFile))
}
