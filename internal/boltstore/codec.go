package boltstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// stored is the form of a record in schemas 1 and 2, without a checksum.
type stored[T any] struct {
	Schema  int    `json:"schema"`
	Version uint64 `json:"version"`
	Record  T      `json:"record"`
}

// unsealed is the value of the schema field in records of schemas 1 and 2.
const unsealed = 1

func encode[T any](bucket, key []byte, version uint64, record T) ([]byte, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	return seal(bucket, key, version, text), nil
}

// decode reads a record of any schema. An error wraps [store.ErrUnreadable]; the version is then
// unverified.
func decode[T any](bucket, key, value []byte) (record T, version uint64, err error) {
	if len(value) > 0 && value[0] == '{' {
		var s stored[T]
		err = json.Unmarshal(value, &s)
		if err == nil && s.Schema != unsealed {
			err = fmt.Errorf("it has the form %d", s.Schema)
		}
		return s.Record, s.Version, unreadable(err)
	}
	version, text, err := unseal(bucket, key, value)
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	return record, version, unreadable(err)
}

func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", store.ErrUnreadable, err)
}

// versionOf returns the version of a stored value, and 0 for a missing value. The version of a
// damaged value is unverified; a replacement of the record expects it.
func versionOf(bucket, key, value []byte) uint64 {
	if value == nil {
		return 0
	}
	if value[0] == '{' {
		_, version, _ := decode[json.RawMessage](bucket, key, value)
		return version
	}
	version, _, _ := unseal(bucket, key, value)
	return version
}

func encodeGrant(version uint64, g grant.Grant) ([]byte, error) {
	return encode(grantsBucket, []byte(g.ID), version, fromGrant(g))
}

func decodeGrant(id, value []byte) (grant.Grant, error) {
	record, version, err := decode[grantRecord](grantsBucket, id, value)
	if err == nil && record.ID != string(id) {
		err = unreadable(fmt.Errorf("it is the record of %q", record.ID))
	}
	g := record.grant()
	g.Version = version
	return g, err
}

func encodeDelivery(version uint64, d store.Delivery) ([]byte, error) {
	return encode(grantsBucket, deliveryKey(d.ID), version, fromDelivery(d))
}

// decodeDelivery reads a delivery from its place in any schema. In schemas 1 and 2 the keys of the
// posts depend on the grant.
func decodeDelivery(tx *bolt.Tx, id grant.ID) (store.Delivery, error) {
	value := deliveryValue(tx, id)
	if value == nil {
		return store.Delivery{ID: id}, nil
	}
	record, version, err := decode[deliveryRecord](grantsBucket, deliveryKey(id), value)
	d := record.delivery()
	d.ID, d.Version = id, version
	if err == nil && !isSealed(value) {
		// without the grant, posts are keyed by position
		g, _ := decodeGrant([]byte(id), tx.Bucket(grantsBucket).Get([]byte(id)))
		d.Posts = keyPosts(g, d.Posts)
	}
	return d, err
}

// deliveryValue returns a stored delivery, nil if there is none.
func deliveryValue(tx *bolt.Tx, id grant.ID) []byte {
	if value := tx.Bucket(grantsBucket).Get(deliveryKey(id)); value != nil {
		return value
	}
	return tx.Bucket(deliveriesBucket).Get([]byte(id))
}

func encodeNote(version uint64, n store.Document) ([]byte, error) {
	return encode(notesBucket, []byte(n.Key), version, noteRecord{Key: n.Key, Text: n.JSON})
}

func decodeNote(key string, value []byte) (store.Document, error) {
	record, version, err := decode[noteRecord](notesBucket, []byte(key), value)
	return store.Document{Key: key, JSON: record.Text, Version: version}, err
}

func encodeLease(name string, l lease) ([]byte, error) {
	return encode(leasesBucket, []byte(name), l.Epoch, l)
}

// decodeLease reads a lease. It returns the zero lease if there is none. The leases of schemas 1
// and 2 are plain JSON.
func decodeLease(name string, value []byte) (l lease, err error) {
	switch {
	case value == nil:
		return l, nil
	case value[0] == '{':
		return l, unreadable(json.Unmarshal(value, &l))
	}
	l, _, err = decode[lease](leasesBucket, []byte(name), value)
	return l, err
}

// encodeWakes encodes the due times of a grant: loop, 0 and instant for each loop, sealed.
func encodeWakes(id grant.ID, at map[grant.Worker]time.Time) []byte {
	var text []byte
	for _, l := range slices.Sorted(maps.Keys(at)) {
		text = append(append(append(text, l...), 0), instant(at[l])...)
	}
	return seal(grantsBucket, wakesKey(id), 0, text)
}

func decodeWakes(id grant.ID, value []byte) (map[grant.Worker]time.Time, error) {
	text := value
	if isSealed(value) {
		var err error
		if _, text, err = unseal(grantsBucket, wakesKey(id), value); err != nil {
			return nil, unreadable(err)
		}
	}
	at := map[grant.Worker]time.Time{}
	for len(text) > 0 {
		loop, rest, whole := bytes.Cut(text, []byte{0})
		if !whole || len(rest) < 8 {
			return nil, unreadable(errShort)
		}
		at[grant.Worker(loop)] = fromInstant(rest[:8])
		text = rest[8:]
	}
	return at, nil
}

// encodeAbout seals the summary of a grant in an index entry: requester, bucket and principal,
// separated by 0 bytes. Schema 2 stored the summary without a seal.
func encodeAbout(key []byte, about string) []byte { return seal(indexBucket, key, 0, []byte(about)) }

// decodeAbout reads the summary in an index entry. whole is false if the entry is damaged. The results
// are valid during the transaction.
func decodeAbout(key, value []byte) (requester, bucket, principal []byte, whole bool) {
	text := value
	if isSealed(value) {
		var err error
		if _, text, err = unseal(indexBucket, key, value); err != nil {
			return nil, nil, nil, false
		}
	}
	requester, text, first := bytes.Cut(text, []byte{0})
	bucket, principal, second := bytes.Cut(text, []byte{0})
	return requester, bucket, principal, first && second && bytes.IndexByte(principal, 0) < 0
}

func encodeLink(l audit.Link) ([]byte, error) {
	return json.Marshal(link{Prev: l.Prev[:], Hash: l.Hash[:], Body: l.Body})
}

func decodeLink(seq uint64, text []byte) (audit.Link, error) {
	var in link
	if err := json.Unmarshal(text, &in); err != nil {
		return audit.Link{}, fmt.Errorf("reading entry %d of the audit chain: %w", seq, err)
	}
	l := audit.Link{Seq: seq, Body: in.Body}
	if len(in.Prev) != len(l.Prev) || len(in.Hash) != len(l.Hash) {
		return audit.Link{}, fmt.Errorf("entry %d of the audit chain has no hash", seq)
	}
	copy(l.Prev[:], in.Prev)
	copy(l.Hash[:], in.Hash)
	return l, nil
}
