package boltstore

import (
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// headroom is the reserve of disk space at the end of the file. A full disk must not keep access open,
// or stop its end from being recorded. The reserve has been written with zeros, so its disk blocks
// are allocated. When it cannot be extended, the store refuses new grants and keeps it for existing
// ones.
type headroom struct {
	ahead func(from, to int64) error // writes the reserve
	upTo  int64                      // the end of the reserve
	low   error                      // the refusal while the reserve cannot be extended
}

const (
	headroomAhead = 4 << 20 // thousands of changes, or eighty writes of full policies
	headroomLeast = 3 << 20 // the reserve is extended below this
)

// refuseNew returns the refusal of a new grant.
func refuseNew(cause error) error {
	no := grant.Refuse("The bot's disk is nearly full, so it takes no new requests just now.").
		WithHint("What is open still ends. The people who run s3share have to make room.")
	return fmt.Errorf("%w (%w)", no, cause)
}

// extend extends the reserve of f. The caller holds the lock of writers.
func (h *headroom) extend(f *guardedFile) {
	var used int64
	if err := f.view(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return // the store is being closed
	}
	if h.upTo-used >= headroomLeast {
		h.low = nil
		return
	}
	err := h.ahead(max(h.upTo, used), used+headroomAhead)
	switch {
	case err == nil:
		if h.low != nil {
			f.log.Info("the disk has room again")
		}
		h.upTo, h.low = used+headroomAhead, nil
	case h.low == nil:
		h.low = refuseNew(err)
		f.log.Error("the disk is nearly full: new requests are refused, what is open still ends", "err", err)
	}
}

// writeZeros allocates space in a file. It writes beyond the pages in use, which bbolt ignores.
func writeZeros(f *os.File, from, to int64) error {
	zeros := make([]byte, 64<<10)
	for ; from < to; from += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), to-from)], from); err != nil {
			return err
		}
	}
	return f.Sync()
}
