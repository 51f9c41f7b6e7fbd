package journal

import (
	"log/slog"
	"sync/atomic"
	"syscall"
)

// A fillable is a directory on a disk that can be full: then it creates no files.
type fillable struct {
	directory
	full *atomic.Bool
}

func (d fillable) create(name string) (file, error) {
	if d.full.Load() {
		return nil, syscall.ENOSPC
	}
	return d.directory.create(name)
}

// OpenFillable opens a journal on a disk that is full while full is true.
func OpenFillable(path, store string, full *atomic.Bool) (*File, error) {
	d, err := makeDirectory(path)
	if err != nil {
		return nil, err
	}
	return openOn(Config{Path: path, Store: store, Log: slog.New(slog.DiscardHandler)}, fillable{d, full}, segmentSize)
}
