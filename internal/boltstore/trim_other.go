//go:build !linux

package boltstore

// trim does nothing: only Linux counts mapped pages for the process.
func (f *guardedFile) trim() {}
