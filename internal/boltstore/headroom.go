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

// extendFile extends the reserve. The caller holds s.writing.
func (s *Store) extendFile() {
	var used int64
	if err := s.view(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return // the store is being closed
	}
	if s.headroom.upTo-used >= headroomLeast {
		s.headroom.low = nil
		return
	}
	err := s.headroom.ahead(max(s.headroom.upTo, used), used+headroomAhead)
	switch {
	case err == nil:
		if s.headroom.low != nil {
			s.log.Info("the disk has room again")
		}
		s.headroom.upTo, s.headroom.low = used+headroomAhead, nil
	case s.headroom.low == nil:
		s.headroom.low = refuseNew(err)
		s.log.Error("the disk is nearly full: new requests are refused, what is open still ends", "err", err)
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
