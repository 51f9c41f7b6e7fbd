package journal

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// undone holds the acts that are not done, by ascending Seq.
type undone struct {
	last    uint64 // the highest Seq so far
	records []Record
}

// put adds r, or replaces the act with its Seq.
func (u *undone) put(r Record) {
	u.last = max(u.last, r.Seq)
	i, found := u.find(r.Seq)
	if found {
		u.records[i] = r
		return
	}
	u.records = slices.Insert(u.records, i, r)
}

// remove removes the act with this Seq. An act that was removed before is no error.
func (u *undone) remove(seq uint64) error {
	if seq == 0 || seq > u.last {
		return fmt.Errorf("marking act %d done: it was never appended", seq)
	}
	if i, found := u.find(seq); found {
		u.records = slices.Delete(u.records, i, i+1)
	}
	return nil
}

func (u *undone) find(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(u.records, seq, func(r Record, seq uint64) int { return cmp.Compare(r.Seq, seq) })
}

func (u *undone) list() []Record { return slices.Clone(u.records) }

func (u *undone) oldest() (time.Time, bool) {
	if len(u.records) == 0 {
		return time.Time{}, false
	}
	return u.records[0].At, true
}

// copyOf returns a record that shares no memory with r.
func copyOf(r Record) Record {
	r.At = r.At.UTC().Round(0)
	r.Keys, r.Body = slices.Clone(r.Keys), slices.Clone(r.Body)
	return r
}

// sizeOf returns the number of bytes in the keys and the body of r.
func sizeOf(r Record) int {
	size := len(r.Body)
	for _, key := range r.Keys {
		size += len(key)
	}
	return size
}
