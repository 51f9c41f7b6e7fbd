package boltstore

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// A full disk must not keep access open, nor its end from being recorded. So
// the file always has some room at its end that is really there, because it was
// written to: in it the store goes on when the disk has no more to give. It then
// refuses what would begin a new grant, and keeps the room for those that are.
type room struct {
	ahead func(from, to int64) error // makes room in the file
	upTo  int64                      // the room ends here
	low   error                      // why it could not be made, nil if it was
}

const (
	roomAhead = 4 << 20 // thousands of changes, or eighty writes of full policies
	roomLeast = 3 << 20 // less, and more is made
)

// refuseNew is the answer to who asks for a new grant.
func refuseNew(cause error) error {
	no := grant.Refuse("The bot's disk is nearly full, so it takes no new requests just now.").
		WithHint("What is open still ends. The people who run s3share have to make room.")
	return fmt.Errorf("%w (%w)", no, cause)
}

// makeRoom makes room behind the pages in use. The caller holds s.writing.
func (s *Store) makeRoom() {
	var used int64
	if err := s.view(func(tx *bolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return // it is being closed
	}
	if s.room.upTo-used >= roomLeast {
		s.room.low = nil
		return
	}
	err := s.room.ahead(max(s.room.upTo, used), used+roomAhead)
	switch {
	case err == nil:
		if s.room.low != nil {
			s.log.Info("the disk has room again")
		}
		s.room.upTo, s.room.low = used+roomAhead, nil
	case s.room.low == nil:
		s.room.low = refuseNew(err)
		s.log.Error("the disk is nearly full: new requests are refused, what is open still ends", "err", err)
	}
}

// writeZeros returns how room is made in a file: beyond the pages in use, where
// bbolt neither reads nor minds.
func writeZeros(path string) func(from, to int64) error {
	return func(from, to int64) (err error) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		zeros := make([]byte, 64<<10)
		for ; from < to; from += int64(len(zeros)) {
			if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), to-from)], from); err != nil {
				return err
			}
		}
		return f.Sync()
	}
}
