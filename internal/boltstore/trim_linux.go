package boltstore

import (
	"os"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// trim gives the pages of the file that were read back to the kernel, which keeps
// them as long as nobody else needs the memory. Without it a reading of the whole
// chain would leave the whole file counted as ours. A page that is read again is
// there again: it is a mapping of the file, shared and read only. The transaction
// keeps bbolt from mapping the file anew meanwhile.
func (s *Store) trim() {
	_ = s.view(func(tx *bolt.Tx) error {
		size := uintptr(tx.Size())
		size -= size % uintptr(os.Getpagesize())
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, s.db.Info().Data, size, syscall.MADV_DONTNEED) // a hint: nothing depends on it
		return nil
	})
}
