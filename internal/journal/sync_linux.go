package journal

import (
	"errors"
	"os"
	"syscall"
)

// dataSync makes data and size durable, but not times, unlike fsync.
func dataSync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
