//go:build !(darwin || freebsd || linux || netbsd || openbsd)

package boltstore

import "os"

// unlock does nothing: the end of the process releases bbolt's lock.
func unlock(*os.File) error { return nil }
