//go:build crash

package crash

import (
	"os"
	"path/filepath"
)

// At kills the process without warning if this point is selected.
func At(point string) {
	dir := os.Getenv("S3SHARE_CRASH_POINTS")
	if dir == "" || os.Remove(filepath.Join(dir, point)) != nil {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // until the kernel has killed the process
}
