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
)

// RepairKind is the kind of the audit entry that a repair leaves. It is about no
// event of the grant.
const RepairKind = "repair"

// Replace stores g where there is no record that can be read, with its index, its due
// times and an audit entry, in one transaction. A record that can be read is never
// replaced: that is [grant.ErrConflict].
func (s *Store) Replace(_ context.Context, g grant.Grant, now time.Time) error {
	err := s.update(func(tx *bolt.Tx) error {
		value := tx.Bucket(grantsBucket).Get([]byte(g.ID))
		if _, err := decodeGrant([]byte(g.ID), value); value != nil && err == nil {
			return grant.ErrConflict
		}
		version := versionOf(grantsBucket, []byte(g.ID), value) + 1
		if version == 0 || version > 1<<40 { // no count of changes reaches that: it is damaged too
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
	s.damage.seen(grant.Unreadable{ID: g.ID, What: grant.RecordOfGrant}, nil) //nolint:errcheck // it is none
	return nil
}

// dropIndex removes every entry of the index that is about a grant.
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

// putRepair appends the audit entry that says which record was written.
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
