package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sidecar returns the path of the file that marks the store as existing. bbolt opens an empty or
// missing file as a new database without an error. The sidecar distinguishes a store that lost its
// contents from a new one.
func sidecar(path string) string { return path + ".id" }

// guard refuses a file that bbolt would open as empty although the store existed. It also refuses a
// file that is shorter than its meta page says, because reading past the end of a mapped file kills
// the process.
func guard(path string) error {
	_, idErr := os.Stat(sidecar(path))
	if idErr != nil && !errors.Is(idErr, fs.ErrNotExist) {
		return idErr
	}
	info, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return err
	case missing && idErr == nil:
		return fmt.Errorf("it is missing, and %s says that there was one (hint: restore a backup; or, to begin anew, "+
			"delete that file and move the audit log aside)", sidecar(path))
	case missing:
		return nil
	case info.IsDir():
		return errors.New("it is a directory (hint: name a file in it)")
	case info.Size() == 0 && idErr == nil:
		return fmt.Errorf("it is empty, and %s says that it was not (hint: restore a backup; or, to begin anew, delete "+
			"that file and move the audit log aside)", sidecar(path))
	case info.Size() == 0:
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return guardPages(f, info.Size())
}

// guardPages compares the size of a file with the pages in use by its meta page.
func guardPages(f io.ReaderAt, size int64) error {
	m, found := newestMeta(f)
	if !found {
		return errors.New("it is not a store of the bot, or its first pages are broken (hint: restore a backup)")
	}
	if need := max(4, m.pages) * m.pageSize; uint64(size) < need {
		return fmt.Errorf("it was cut short: it has %d bytes and needs %d (hint: restore a backup)", size, need)
	}
	return nil
}

// A meta holds fields of bbolt's meta page. bbolt writes the first two pages of a file in turn.
type meta struct {
	pageSize uint64
	pages    uint64 // pages in use, including free ones between them
	tx       uint64 // the transaction that wrote the page
}

// The layout of a meta page: a header of 16 bytes, then magic, version, page size, flags, root (2
// words), freelist, pages in use, transaction, checksum.
const (
	pageHeader  = 16
	metaSize    = 64
	magic       = 0xED0CDAED
	boltVersion = 2
)

// newestMeta returns the meta page that bbolt will use: the newer of the valid ones. The second is
// one page after the first. The page size is that of the machine that made the file, so newestMeta
// tries all sizes.
func newestMeta(f io.ReaderAt) (newest meta, found bool) {
	at := []int64{0}
	for size := int64(512); size <= 64<<10; size *= 2 {
		at = append(at, size)
	}
	for _, off := range at {
		m, whole := readMeta(f, off)
		if whole && (off == 0 || uint64(off) == m.pageSize) && (!found || m.tx > newest.tx) {
			newest, found = m, true
		}
	}
	return newest, found
}

func readMeta(f io.ReaderAt, off int64) (m meta, whole bool) {
	var text [metaSize]byte
	if _, err := f.ReadAt(text[:], off+pageHeader); err != nil {
		return m, false
	}
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(text[at:]) }
	sum := fnv.New64a()
	sum.Write(text[:56])
	if binary.NativeEndian.Uint32(text[:]) != magic || binary.NativeEndian.Uint32(text[4:]) != boltVersion ||
		word(56) != sum.Sum64() {
		return m, false
	}
	return meta{pageSize: uint64(binary.NativeEndian.Uint32(text[8:])), pages: word(40), tx: word(48)}, true
}

// guardID compares the id of a store with its sidecar, and writes the sidecar if it is missing. The
// store is written first, so that a sidecar never exists without a store.
func guardID(path, id string) error {
	beside, err := os.ReadFile(sidecar(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return writeWhole(sidecar(path), func(w io.Writer) error {
			_, err := io.WriteString(w, id+"\n")
			return err
		})
	case err != nil:
		return err
	case strings.TrimSpace(string(beside)) == "":
		return fmt.Errorf("%s is empty, and should name the store (hint: if this store is the right one, delete that file, "+
			"and I write it again)", sidecar(path))
	case strings.TrimSpace(string(beside)) != id:
		return fmt.Errorf("%s belongs to another store (hint: delete it if this store is the right one)", sidecar(path))
	}
	return nil
}

// writeWhole writes a file atomically: after a crash it is complete or absent.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
