package boltstore

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// sidecar is the file beside the store that says that there is one. bbolt opens
// an empty or missing file as a new, empty database, without a word; the
// sidecar is how a store that lost its contents is told from one that never had any.
func sidecar(path string) string { return path + ".id" }

// guard refuses a file that bbolt would open as empty though it was not, or
// whose pages end before its own meta page says: reading behind the end of a
// mapped file kills the process.
func guard(path string) error {
	_, idErr := os.Stat(sidecar(path))
	if idErr != nil && !errors.Is(idErr, fs.ErrNotExist) {
		return idErr
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		if idErr == nil {
			return fmt.Errorf("it is empty, and %s says that it was not: restore a backup, or delete that file to begin anew", sidecar(path))
		}
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("it is a directory")
	}
	return guardPages(path, info.Size())
}

// The layout of bbolt's meta page, of which the first two pages each hold one:
// a header of 16 bytes, then magic, version, page size, flags, root, freelist
// and the number of the first page that is not in use.
const (
	pageHeader = 16
	magic      = 0xED0CDAED
	metaSize   = pageHeader + 64
)

func guardPages(path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	pageSize, high := int64(0), uint64(0)
	for _, at := range []int64{0, int64(os.Getpagesize())} {
		var page [metaSize]byte
		if n, _ := f.ReadAt(page[:], at); n < metaSize {
			continue
		}
		meta := page[pageHeader:]
		if binary.NativeEndian.Uint32(meta) != magic {
			continue
		}
		pageSize = int64(binary.NativeEndian.Uint32(meta[8:]))
		high = max(high, binary.NativeEndian.Uint64(meta[40:]))
	}
	switch {
	case pageSize == 0:
		return errors.New("it is not a store of the bot, or its first pages are broken (hint: restore a backup)")
	case size < 4*pageSize || uint64(size) < high*uint64(pageSize):
		return fmt.Errorf("it was cut short: it has %d bytes and needs %d (hint: restore a backup)", size, max(4, high)*uint64(pageSize))
	}
	return nil
}

// prepare makes the buckets of a new store, and holds the id of an old one
// against its sidecar.
func (s *Store) prepare(path string) error {
	var id string
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, b := range buckets() {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		if found := meta.Get([]byte("schema")); found != nil && string(found) != fmt.Sprint(schema) {
			return fmt.Errorf("it has schema %s and this bot knows %d: it was written by another version", found, schema)
		}
		if known := meta.Get([]byte("id")); known != nil {
			id = string(known)
			return nil
		}
		id = rand.Text()
		return errors.Join(meta.Put([]byte("schema"), []byte(fmt.Sprint(schema))), meta.Put([]byte("id"), []byte(id)))
	})
	if err != nil {
		return err
	}
	beside, err := os.ReadFile(sidecar(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.WriteFile(sidecar(path), []byte(id+"\n"), 0o600)
	case err != nil:
		return err
	case strings.TrimSpace(string(beside)) != id:
		return fmt.Errorf("%s belongs to another store: delete it if this store is the right one", sidecar(path))
	}
	return nil
}
