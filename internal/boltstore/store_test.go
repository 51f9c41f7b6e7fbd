package boltstore

import (
	"path/filepath"
	"testing"

	"s3share/internal/storetest"
)

type place struct{ path string }

func (p place) Open(t *testing.T) storetest.Store { return open(t, p.path) }

func newPlace(t *testing.T) storetest.Place { return place{newPath(t)} }

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "s3share.db") }

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) { storetest.Run(t, newPlace) }
