package journal

import (
	"errors"
	"os"
	"syscall"
)

// dataSync leaves out the times of the file, which fsync would write as well.
func dataSync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
