package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// toSchema3 migrates to records with checksums. It changes nothing itself: records of schema 2 stay
// readable, and [Store.Examine] rewrites them a few at a time.
func toSchema3(*bolt.Tx) error { return nil }

var headKey = []byte("head") // in the meta bucket

func putHead(tx *bolt.Tx, head grant.Head) error {
	value, err := encode(metaBucket, headKey, head.Seq, headRecord(head))
	if err != nil {
		return err
	}
	return tx.Bucket(metaBucket).Put(headKey, value)
}

// endsAt returns an error if the chain ends at head but the last commit left a longer chain.
func (s *Store) endsAt(head grant.Head) error {
	return s.file.view(func(tx *bolt.Tx) error {
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

// headOf returns the end of the audit chain by the last commit. In a store of schema 2, or if that
// record is damaged, it is the last entry.
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
			return grant.Head{}, errors.New("the end of the audit chain is damaged, and there is no entry (hint: restore a " +
				"backup)")
		}
		return grant.Head{}, nil
	}
	l, err := decodeLink(binary.BigEndian.Uint64(k), text)
	return l.Head(), err
}
