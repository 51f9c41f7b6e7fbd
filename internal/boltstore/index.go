package boltstore

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// The index and the due index are derived from the records. Damaged ones are rebuilt.

// indexAnew rebuilds the index from the records. It keeps the entries of damaged records, because
// they still hold the grant's summary.
func indexAnew(tx *bolt.Tx) error {
	entries, damaged := map[string][]byte{}, map[string]bool{}
	err := tx.Bucket(grantsBucket).ForEach(func(id, value []byte) error {
		if bytes.IndexByte(id, 0) >= 0 {
			return nil // a value beside a record
		}
		g, err := decodeGrant(id, value)
		if err != nil {
			damaged[string(id)] = true
			return nil
		}
		for _, key := range indexKeys(g) {
			entries[string(key)] = encodeAbout(key, about(g))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = tx.Bucket(indexBucket).ForEach(func(key, value []byte) error {
		id, ok := idOfIndexKey(key)
		if _, _, _, whole := decodeAbout(key, value); ok && whole &&
			(damaged[id] || tx.Bucket(grantsBucket).Get([]byte(id)) == nil) {
			entries[string(key)] = bytes.Clone(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return bucketAnew(tx, indexBucket, entries)
}

// idOfIndexKey returns the id at the end of an index key: kind and value, 0, state, 0, time, id.
func idOfIndexKey(key []byte) (id string, ok bool) {
	_, rest, first := bytes.Cut(key, []byte{0})
	_, rest, second := bytes.Cut(rest, []byte{0})
	if !first || !second || len(rest) <= 8 {
		return "", false
	}
	return string(rest[8:]), true
}

// wakesAnew rebuilds the due times of a grant from its record. Slack's loop is due at once, because
// the record does not show whether all messages were sent.
func wakesAnew(tx *bolt.Tx, g grant.Grant, now time.Time) error {
	key := wakesKey(g.ID)
	err := errors.Join(dropDue(tx, g.ID), tx.Bucket(grantsBucket).Delete(key))
	for _, w := range append(grant.DueTimes(g), grant.DueTime{Worker: grant.NoticeWorker, ID: g.ID, At: now}) {
		err = errors.Join(err, putWake(tx, w))
	}
	return err
}

// dropDue removes all due times of a grant, even if they contradict its wakes.
func dropDue(tx *bolt.Tx, id grant.ID) error {
	var keys [][]byte
	err := tx.Bucket(dueBucket).ForEach(func(key, _ []byte) error {
		if of, ok := idOfDueKey(key); ok && of == id {
			keys = append(keys, bytes.Clone(key))
		}
		return nil
	})
	for _, key := range keys {
		err = errors.Join(err, tx.Bucket(dueBucket).Delete(key))
	}
	return err
}

func idOfDueKey(key []byte) (grant.ID, bool) {
	_, rest, ok := bytes.Cut(key, []byte{0})
	if !ok || len(rest) <= 8 {
		return "", false
	}
	return grant.ID(rest[8:]), true
}

// dueAnew rebuilds the due index from the wakes of all grants.
func dueAnew(tx *bolt.Tx) error {
	entries := map[string][]byte{}
	err := tx.Bucket(grantsBucket).ForEach(func(key, value []byte) error {
		id, isWakes := bytes.CutSuffix(key, wakesKey(""))
		if !isWakes {
			return nil
		}
		at, err := decodeWakes(grant.ID(id), value)
		if err != nil {
			return nil // [wakesAnew] rebuilds them
		}
		for l, t := range maps.All(at) {
			entries[string(dueKey(l, t, grant.ID(id)))] = nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	return bucketAnew(tx, dueBucket, entries)
}

// bucketAnew replaces the contents of a bucket. It puts the entries in key order, because bbolt
// keeps new keys of a transaction in one page until its end.
func bucketAnew(tx *bolt.Tx, name []byte, entries map[string][]byte) error {
	if err := tx.DeleteBucket(name); err != nil {
		return err
	}
	b, err := tx.CreateBucket(name)
	if err != nil {
		return err
	}
	b.FillPercent = 0.9
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := b.Put([]byte(key), entries[key]); err != nil {
			return err
		}
	}
	return nil
}
