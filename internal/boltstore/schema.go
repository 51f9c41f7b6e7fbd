package boltstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// schema is the version of the file's layout. A newer store is refused; an older one is migrated
// when it is opened.
const schema = 3

// A migration brings a store from one schema to the next.
type migration func(*bolt.Tx) error

// migrations returns the migration from each older schema.
func migrations() map[int]migration { return map[int]migration{1: toSchema2, 2: toSchema3} }

// prepare creates the buckets of a new store, or migrates an older one, and returns its id. It uses
// one transaction, so a failed migration leaves the store unchanged. It does not write to a current
// store, which therefore opens on a full disk too.
func (s *Store) prepare(path string, now int, ways map[int]migration) (id string, err error) {
	have := 0
	err = s.file.view(func(tx *bolt.Tx) error {
		if have, err = schemaOf(tx); have > 0 {
			id = string(tx.Bucket(metaBucket).Get([]byte("id")))
		}
		return err
	})
	if err != nil || have == now {
		return id, err
	}
	if have > now {
		return "", s.tooNew(path, have, now)
	}
	if _, err := os.Stat(sidecar(path)); have == 0 && err == nil {
		return "", fmt.Errorf("it holds nothing of the bot, and %s says that it did (hint: restore a backup; or, to begin "+
			"anew, delete that file and move the audit log aside)", sidecar(path))
	}
	if have > 0 {
		if err := s.keepBefore(path, have); err != nil {
			return "", err
		}
	}
	err = s.file.write(func(tx *bolt.Tx) error {
		for _, b := range buckets() {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		if err := meta.Put([]byte("needs"), []byte(s.version)); err != nil {
			return err
		}
		if have == 0 {
			id = rand.Text()
			return errors.Join(meta.Put([]byte("schema"), []byte(strconv.Itoa(now))), meta.Put([]byte("id"), []byte(id)))
		}
		return migrate(tx, have, now, ways)
	})
	return id, err
}

// tooNew returns the refusal of a store with a newer schema. It names the required version of the
// bot, and the copy from before the migration if there is one.
func (s *Store) tooNew(path string, have, now int) error {
	var needs string
	err := s.file.view(func(tx *bolt.Tx) error {
		needs = string(tx.Bucket(metaBucket).Get([]byte("needs")))
		return nil
	})
	if err != nil {
		return err
	}
	if needs == "" {
		needs = "a newer version"
	} else {
		needs = "version " + needs + " or later"
	}
	back := "restore a backup from before"
	if copied := beforePath(path, now); fileExists(copied) {
		back = "put back the copy from before, " + copied
	}
	return fmt.Errorf("it needs %s of the bot: it has schema %d, and this version knows %d (hint: run that "+
		"version, or %s)", needs, have, now, back)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// beforePath returns the path of the copy that is kept before a migration from a schema.
func beforePath(path string, schema int) string { return fmt.Sprintf("%s.schema%d", path, schema) }

func schemaOf(tx *bolt.Tx) (int, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil || meta.Get([]byte("id")) == nil {
		return 0, nil // a new file
	}
	n, err := strconv.Atoi(string(meta.Get([]byte("schema"))))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("its schema %q is not a number (hint: restore a backup)", meta.Get([]byte("schema")))
	}
	return n, nil
}

func migrate(tx *bolt.Tx, have, now int, ways map[int]migration) error {
	for ; have < now; have++ {
		way := ways[have]
		if way == nil {
			return fmt.Errorf("it has schema %d and this bot knows %d and no way from there (hint: run the bot of a version "+
				"between first)", have, now)
		}
		if err := way(tx); err != nil {
			return fmt.Errorf("bringing it from schema %d to %d: %w", have, have+1, err)
		}
	}
	return tx.Bucket(metaBucket).Put([]byte("schema"), []byte(strconv.Itoa(now)))
}

// keepBefore copies a store before its migration, because the older bot refuses the migrated one.
// The copy is written atomically. It replaces a copy of an earlier attempt, or of an earlier
// migration before a return to the older bot.
func (s *Store) keepBefore(path string, have int) error {
	before := beforePath(path, have)
	s.log.Info("keeping a copy of the store before it is brought up to date", "schema", have, "copy", before)
	return writeWhole(before, func(w io.Writer) error { return s.Backup(context.Background(), w) })
}
