package boltstore

import (
	"bytes"
	"errors"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// The index and the due times are worked out from the records. What is damaged of
// them is made anew.

// indexAnew makes the index from the records. An entry of a grant whose record is
// damaged stays: it says what the grant is about.
func indexAnew(tx *bolt.Tx) error {
	entries, damaged := map[string][]byte{}, map[string]bool{}
	err := tx.Bucket(grantsBucket).ForEach(func(id, value []byte) error {
		if bytes.IndexByte(id, 0) >= 0 {
			return nil // what lies beside a record
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
		if _, _, _, whole := decodeAbout(key, value); ok && whole && (damaged[id] || tx.Bucket(grantsBucket).Get([]byte(id)) == nil) {
			entries[string(key)] = bytes.Clone(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return bucketAnew(tx, indexBucket, entries)
}

// idOfIndexKey returns the id at the end of a key of the index: kind and value, 0,
// state, 0, time, id.
func idOfIndexKey(key []byte) (id string, ok bool) {
	_, rest, first := bytes.Cut(key, []byte{0})
	_, rest, second := bytes.Cut(rest, []byte{0})
	if !first || !second || len(rest) <= 8 {
		return "", false
	}
	return string(rest[8:]), true
}

// wakesAnew works out from the record when loops need a grant. Nobody knows whether
// there was something to tell: Slack's loop finds out.
func wakesAnew(tx *bolt.Tx, g grant.Grant, now time.Time) error {
	key := wakesKey(g.ID)
	err := errors.Join(dropDue(tx, g.ID), tx.Bucket(grantsBucket).Delete(key))
	for _, w := range append(g.Wakes(), grant.Wake{Loop: grant.SlackLoop, ID: g.ID, At: now}) {
		err = errors.Join(err, putWake(tx, w))
	}
	return err
}

// dropDue takes a grant out of the index by time, whatever its wakes say.
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

// dueAnew makes the index by time from the wakes of all grants.
func dueAnew(tx *bolt.Tx) error {
	entries := map[string][]byte{}
	err := tx.Bucket(grantsBucket).ForEach(func(key, value []byte) error {
		id, isWakes := bytes.CutSuffix(key, wakesKey(""))
		if !isWakes {
			return nil
		}
		at, err := decodeWakes(grant.ID(id), value)
		if err != nil {
			return nil // [wakesAnew] sees to it
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
