package boltstore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store/storetest"
)

type place struct{ path string }

func (p place) Open(t *testing.T) storetest.Store { return damageable{open(t, p.path), t} }

// damageable is a store whose records a test can damage.
type damageable struct {
	*Store
	t *testing.T
}

func (d damageable) Damage(id grant.ID) { d.flip(d.t, grantsBucket, []byte(id)) }

// flip flips a bit in the middle of a value.
func (s *Store) flip(t *testing.T, bucket, key []byte) {
	t.Helper()
	must(t, s.update(func(tx *bolt.Tx) error {
		value := bytes.Clone(tx.Bucket(bucket).Get(key))
		if len(value) == 0 {
			t.Fatalf("there is no value at %s %q", bucket, key)
		}
		value[len(value)/2] ^= 4
		return tx.Bucket(bucket).Put(key, value)
	}))
}

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

// The sidecar holds the id of the store, and the id never changes.
func TestID(t *testing.T) {
	path := newPath(t)
	var ids []string
	for range 2 {
		s := open(t, path)
		ids = append(ids, s.ID())
		must(t, s.Close())
	}
	beside, err := os.ReadFile(sidecar(path))
	if err != nil || ids[0] == "" || ids[0] != ids[1] || strings.TrimSpace(string(beside)) != ids[0] {
		t.Errorf("the ids are %q, the sidecar has %q, %v", ids, beside, err)
	}
}
