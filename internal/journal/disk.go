package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A disk is one directory of segments. It is an interface so that tests can simulate power
// failures.
type disk interface {
	list() (names []string, err error)
	create(name string) (file, error) // a new file, readable by its owner only
	open(name string) (file, error)
	rename(from, to string) error
	remove(name string) error
	sync() error // makes creations, renames and removals durable
}

// A file is one open file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	size() (int64, error)
	sync() error // makes data and size durable, but not times
}

// A directory is a disk of the operating system.
type directory string

// makeDirectory creates the directory if it is missing.
func makeDirectory(path string) (directory, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w (hint: let the user that the bot runs as write in %s)", err, filepath.Dir(path))
	}
	return directory(path), directory(filepath.Dir(path)).sync() // also if it exists: a kill may have preceded the sync
}

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) list() (names []string, err error) {
	entries, err := os.ReadDir(string(d))
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (d directory) create(name string) (file, error) {
	return openFile(d.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (d directory) open(name string) (file, error) { return openFile(d.path(name), os.O_RDWR) }

func (d directory) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) remove(name string) error { return os.Remove(d.path(name)) }

func (d directory) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

type osFile struct{ *os.File }

func openFile(path string, flags int) (file, error) {
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) sync() error { return dataSync(f.File) }
