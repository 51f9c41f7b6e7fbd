package journal

import (
	"cmp"
	"context"
)

// probeFile is a file in the journal's directory that exists during a probe.
const probeFile = "probe" + makingSuffix

// probeSize is the act size that a probe needs space for, in bytes. Nearly all acts are smaller.
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

// answerProbes answers all waiting probes after one write.
func (f *File) answerProbes(probes []chan error) {
	if len(probes) == 0 {
		return
	}
	err := f.writer.probe()
	for _, answer := range probes {
		answer <- err
	}
}

// probe writes and syncs a frame without an act. Each failed write costs a segment, so a disk that
// fails for long would use up all of them. Without a current segment, probe therefore tries a
// separate file first.
func (w *writer) probe() error {
	if w.cur == nil {
		if err := w.probeDisk(); err != nil && !isFull(err) {
			return err
		}
	}
	if err := w.ready(min(probeSize, w.pool.size/4), false); err != nil {
		return err
	}
	w.put(markFrame, nil)
	if err := w.flush(); err != nil {
		return err
	}
	return w.sync()
}

func (w *writer) probeDisk() error {
	_ = w.disk.remove(probeFile) // left by a failed probe
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
