package boltstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// RepairKind is the kind of a repair's audit entry. It is no event of the grant.
const RepairKind = "repair"

// Replace stores g in place of a missing or unreadable record, with its index, its due times and an
// audit entry, in one transaction. It returns [store.ErrConflict] if the record is readable.
func (s *Store) Replace(_ context.Context, g grant.Grant, now time.Time) error {
	err := s.update(func(tx *bolt.Tx) error {
		value := tx.Bucket(grantsBucket).Get([]byte(g.ID))
		if _, err := decodeGrant([]byte(g.ID), value); value != nil && err == nil {
			return store.ErrConflict
		}
		version := versionOf(grantsBucket, []byte(g.ID), value) + 1
		if version == 0 || version > 1<<40 { // too high for a count of changes: the version is damaged too
			version = uint64(len(g.History))
		}
		anew, err := encodeGrant(version, g)
		if err != nil {
			return err
		}
		if err := dropIndex(tx, g.ID); err != nil {
			return err
		}
		return errors.Join(
			tx.Bucket(grantsBucket).Put([]byte(g.ID), anew), putIndex(tx, g), wakesAnew(tx, g, now), putRepair(tx, g, anew, now))
	})
	if err != nil {
		return fmt.Errorf("writing the record of %s: %w", g.ID, err)
	}
	s.damage.seen(store.Unreadable{ID: g.ID, What: store.RecordOfGrant}, nil) //nolint:errcheck // no error
	return nil
}

// dropIndex removes all index entries of a grant.
func dropIndex(tx *bolt.Tx, id grant.ID) error {
	var keys [][]byte
	err := tx.Bucket(indexBucket).ForEach(func(key, _ []byte) error {
		if of, ok := idOfIndexKey(key); ok && of == string(id) {
			keys = append(keys, bytes.Clone(key))
		}
		return nil
	})
	for _, key := range keys {
		err = errors.Join(err, tx.Bucket(indexBucket).Delete(key))
	}
	return err
}

// putRepair appends the audit entry of a repair.
func putRepair(tx *bolt.Tx, g grant.Grant, value []byte, now time.Time) error {
	head, err := headOf(tx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(value)
	body, err := audit.Encode(grant.Entry{
		At: now, Kind: RepairKind, Grant: g.ID, Why: "The stored record was damaged, and was rebuilt from its audit entries.",
		Facts: map[string]string{"rebuilt_state": string(g.State), "sha256": hex.EncodeToString(sum[:])},
	})
	if err != nil {
		return err
	}
	if _, err := putEntries(tx, [][]byte{body}, &head); err != nil {
		return err
	}
	return putHead(tx, head)
}
