package boltstore

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// toSchema2 migrates to a layout that makes a commit change few pages. Schema 1 kept deliveries and
// due times in separate buckets, had four index entries without a summary for every grant, and kept
// causes by name with a second bucket that ordered them by time. Deliveries are moved when they
// change or are examined, because moving all at once would rewrite much of the file.
func toSchema2(tx *bolt.Tx) error {
	return errors.Join(indexAnew(tx), wakesBeside(tx), causesByDay(tx))
}

func wakesBeside(tx *bolt.Tx) error {
	wakes := []byte("wakes") // loop, 0, id -> time
	err := tx.Bucket(wakes).ForEach(func(k, at []byte) error {
		loop, id, _ := bytes.Cut(k, []byte{0})
		grants, key := tx.Bucket(grantsBucket), wakesKey(grant.ID(id))
		times, err := decodeWakes(grant.ID(id), grants.Get(key))
		if err != nil {
			return err
		}
		times[grant.Worker(loop)] = fromInstant(at)
		return grants.Put(key, encodeWakes(grant.ID(id), times))
	})
	if err != nil {
		return err
	}
	return tx.DeleteBucket(wakes)
}

func causesByDay(tx *bolt.Tx) error {
	byDay := map[string][]byte{}
	err := tx.Bucket(causesBucket).ForEach(func(cause, at []byte) error {
		byDay[string(causeKey(fromInstant(at), 0, string(cause)))] = causeStored
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(bucketAnew(tx, causesBucket, byDay), tx.DeleteBucket([]byte("cause time")))
}

// toSchema3 migrates to records with checksums. It changes nothing itself: records of schema 2 stay
// readable, and [Store.Examine] rewrites them a few at a time.
func toSchema3(*bolt.Tx) error { return nil }
