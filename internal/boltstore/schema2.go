package boltstore

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// toSchema2 brings a store from before a commit was made to change few pages.
// Schema 1 had deliveries and the times at which loops need grants in buckets of
// their own, four entries of the index for every grant with nothing said in them,
// and its causes by name, with a second bucket that ordered them by time. A
// delivery is moved when it changes: all at once would be much of the file.
func toSchema2(tx *bolt.Tx) error {
	return errors.Join(indexAnew(tx), wakesBeside(tx), causesByDay(tx))
}

// bucketAnew replaces all that a bucket holds. The entries are put in their order,
// because bbolt has what is new in one piece until the transaction ends.
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

func wakesBeside(tx *bolt.Tx) error {
	wakes := []byte("wakes") // loop, 0, id -> time
	err := tx.Bucket(wakes).ForEach(func(k, at []byte) error {
		loop, id, _ := bytes.Cut(k, []byte{0})
		grants, key := tx.Bucket(grantsBucket), wakesKey(grant.ID(id))
		times, err := decodeWakes(grant.ID(id), grants.Get(key))
		if err != nil {
			return err
		}
		times[grant.Loop(loop)] = fromInstant(at)
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
