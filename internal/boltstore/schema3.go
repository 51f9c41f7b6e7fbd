package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// toSchema3 brings a store from before records had checksums. It changes nothing by
// itself: the records of schema 2 are read as they are, and [Store.Examine] writes
// them anew a few at a time, because all at once would be the whole file.
func toSchema3(*bolt.Tx) error { return nil }

var headKey = []byte("head") // of the meta bucket

func putHead(tx *bolt.Tx, head grant.Head) error {
	value, err := encode(metaBucket, headKey, head.Seq, headRecord(head))
	if err != nil {
		return err
	}
	return tx.Bucket(metaBucket).Put(headKey, value)
}

// endsAt returns an error if the last commit left a longer chain than what ends at head.
func (s *Store) endsAt(head grant.Head) error {
	return s.view(func(tx *bolt.Tx) error {
		end, err := headOf(tx)
		if err != nil {
			return err
		}
		if next, _ := tx.Bucket(chainBucket).Cursor().Seek(number(head.Seq + 1)); next == nil && end.Seq > head.Seq {
			return fmt.Errorf("entry %d is missing: the chain had %d", head.Seq+1, end.Seq)
		}
		return nil
	})
}

// headOf returns the end of the audit chain: what the last commit said it is, and
// in a store of schema 2, or if that is damaged, the last entry.
func headOf(tx *bolt.Tx) (grant.Head, error) {
	value := tx.Bucket(metaBucket).Get(headKey)
	if value != nil {
		if head, _, err := decode[headRecord](metaBucket, headKey, value); err == nil {
			return grant.Head(head), nil
		}
	}
	k, text := tx.Bucket(chainBucket).Cursor().Last()
	if k == nil {
		if value != nil {
			return grant.Head{}, errors.New("the end of the audit chain is damaged, and there is no entry (hint: restore a backup)")
		}
		return grant.Head{}, nil
	}
	l, err := decodeLink(binary.BigEndian.Uint64(k), text)
	return l.Head(), err
}
