package boltstore

import (
	"os"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// trim tells the kernel that the file's mapped pages are not needed. Otherwise reading the whole
// chain leaves the whole file in the memory that is counted for the process. A later read loads a
// page again, because the mapping is shared and read-only. The transaction keeps bbolt from
// remapping the file.
func (f *guardedFile) trim() {
	_ = f.view(func(tx *bolt.Tx) error {
		size := uintptr(tx.Size())
		size -= size % uintptr(os.Getpagesize())
		// only a hint: errors do not matter
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, f.db.Info().Data, size, syscall.MADV_DONTNEED)
		return nil
	})
}
