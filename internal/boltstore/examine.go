package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// An examination is one pass over all buckets except the audit chain, which [Store.Verify] reads.
type examination struct {
	store *Store
	now   time.Time
	index bool // the index contradicts the records
	due   bool // the due index contradicts the wakes
	many  bool // damage affects an unknown number of records
	again []target
}

// A target is a value to rewrite: the wakes of a grant, rebuilt from the grant, or any other value
// with a checksum.
type target struct{ bucket, key []byte }

// atOnce is the number of keys read, or values written, in one transaction.
const atOnce = 500

// Examine verifies the checksum of every record, and compares the derived data (wakes, index, due
// index) with the records. It repairs derived data, adds checksums to records of schema 2, and
// reports damaged records through [Store.Unreadable]. It reads in small transactions, so that
// commits can run in between.
func (s *Store) Examine(ctx context.Context, now time.Time) error {
	defer s.file.trim()
	e := &examination{store: s, now: now}
	var faults []error
	for _, b := range []struct {
		name []byte
		look func(tx *bolt.Tx, key, value []byte)
	}{
		{grantsBucket, e.ofGrant},
		{deliveriesBucket, e.oldDelivery},
		{indexBucket, e.indexEntry},
		{dueBucket, e.dueEntry},
		{notesBucket, e.note},
		{leasesBucket, e.lease},
		{causesBucket, func(*bolt.Tx, []byte, []byte) {}},
	} {
		if err := e.walk(ctx, b.name, b.look); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			e.unknown(fmt.Errorf("%w: the bucket %s: %w", store.ErrUnreadable, b.name, err))
			faults = append(faults, err)
		}
		if err := e.mend(ctx); err != nil {
			faults = append(faults, err)
		}
	}
	if !e.many {
		s.damage.seen(store.Unreadable{What: store.RecordOfMany}, nil) //nolint:errcheck // no error
	}
	return errors.Join(faults...)
}

// unknown records that an unknown set of records is damaged.
func (e *examination) unknown(err error) {
	e.many = true
	e.store.damage.seen(store.Unreadable{What: store.RecordOfMany}, err) //nolint:errcheck // recorded in damage
}

// walk visits all keys of a bucket. It returns an error if keys are out of order, because a search
// cannot find the keys after such a place.
func (e *examination) walk(ctx context.Context, name []byte, look func(tx *bolt.Tx, key, value []byte)) error {
	var last []byte
	for piece := 1; ; piece++ {
		n := 0
		err := e.store.file.view(func(tx *bolt.Tx) error {
			cur := tx.Bucket(name).Cursor()
			k, v := cur.First()
			if last != nil {
				if k, v = cur.Seek(last); bytes.Equal(k, last) {
					k, v = cur.Next()
				}
			}
			for ; k != nil && n < atOnce; k, v = cur.Next() {
				if last != nil && bytes.Compare(last, k) >= 0 {
					return errors.New("its keys are out of order")
				}
				last, n = bytes.Clone(k), n+1
				look(tx, k, v)
			}
			return nil
		})
		if err != nil || n < atOnce {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if piece%20 == 0 {
			e.store.file.trim()
			if err := e.mend(ctx); err != nil {
				return err
			}
		}
	}
}

// ofGrant checks a record, or a value that is stored beside a record.
func (e *examination) ofGrant(tx *bolt.Tx, key, value []byte) {
	id, beside, _ := bytes.Cut(key, []byte{0})
	rewrite := func() { e.again = append(e.again, target{grantsBucket, bytes.Clone(key)}) }
	switch string(beside) {
	case "":
		g, err := decodeGrant(key, value)
		// recorded in damage
		e.store.damage.seen(store.Unreadable{ID: grant.ID(id), What: store.RecordOfGrant}, err) //nolint:errcheck
		if err != nil {
			return
		}
		if !isSealed(value) {
			rewrite()
		}
		for _, key := range indexKeys(g) {
			entry := tx.Bucket(indexBucket).Get(key)
			if _, _, _, whole := decodeAbout(key, entry); !whole {
				e.index = true
			}
		}
		if tx.Bucket(grantsBucket).Get(wakesKey(g.ID)) == nil && anyWake(g) {
			e.again = append(e.again, target{grantsBucket, wakesKey(g.ID)})
		}
	case "delivery":
		_, err := decodeDelivery(tx, grant.ID(id))
		// recorded in damage
		e.store.damage.seen(store.Unreadable{ID: grant.ID(id), What: store.RecordOfDelivery}, err) //nolint:errcheck
		if err == nil && !isSealed(value) {
			rewrite()
		}
	case "wakes":
		at, err := decodeWakes(grant.ID(id), value)
		if err != nil || !isSealed(value) {
			rewrite()
		}
		for l, t := range at {
			key := dueKey(l, t, grant.ID(id))
			if k, _ := tx.Bucket(dueBucket).Cursor().Seek(key); !bytes.Equal(k, key) {
				e.due = true
			}
		}
	default: // an unknown key: a record whose key is damaged
		e.unknown(fmt.Errorf("%w: it has the key %q", store.ErrUnreadable, key))
	}
}

func anyWake(g grant.Grant) bool {
	for _, w := range grant.DueTimes(g) {
		if !w.At.IsZero() {
			return true
		}
	}
	return false
}

func (e *examination) oldDelivery(_ *bolt.Tx, key, _ []byte) {
	e.again = append(e.again, target{deliveriesBucket, bytes.Clone(key)})
}

func (e *examination) indexEntry(tx *bolt.Tx, key, value []byte) {
	id, ok := idOfIndexKey(key)
	_, _, _, whole := decodeAbout(key, value)
	switch {
	case !ok || !whole:
		e.index = true
	case tx.Bucket(grantsBucket).Get([]byte(id)) == nil:
		err := fmt.Errorf("%w: the index has it, and there is no record", store.ErrUnreadable)
		// recorded in damage
		e.store.damage.seen(store.Unreadable{ID: grant.ID(id), What: store.RecordOfGrant}, err) //nolint:errcheck
	case !isSealed(value):
		e.again = append(e.again, target{indexBucket, bytes.Clone(key)})
	}
}

func (e *examination) dueEntry(tx *bolt.Tx, key, _ []byte) {
	id, ok := idOfDueKey(key)
	at, err := decodeWakes(id, tx.Bucket(grantsBucket).Get(wakesKey(id)))
	if err != nil {
		return // the wakes are rebuilt
	}
	loop, _, _ := bytes.Cut(key, []byte{0})
	t, waits := at[grant.Worker(loop)]
	if !ok || !waits || !bytes.Equal(dueKey(grant.Worker(loop), t, id), key) {
		e.due = true
	}
}

func (e *examination) note(_ *bolt.Tx, key, value []byte) {
	_, err := decodeNote(string(key), value)
	e.store.damage.seen(store.Unreadable{What: store.RecordOfDocument + string(key)},
		err) //nolint:errcheck // recorded in damage
	if err == nil && !isSealed(value) {
		e.again = append(e.again, target{notesBucket, bytes.Clone(key)})
	}
}

func (e *examination) lease(_ *bolt.Tx, key, value []byte) {
	if _, err := decodeLease(string(key), value); err == nil && !isSealed(value) {
		e.again = append(e.again, target{leasesBucket, bytes.Clone(key)})
	}
}

// mend repairs the derived data that the examination found damaged.
func (e *examination) mend(ctx context.Context) error {
	for len(e.again) > 0 && ctx.Err() == nil {
		n := min(len(e.again), atOnce)
		err := e.store.update(func(tx *bolt.Tx) error {
			for _, p := range e.again[:n] {
				if err := writeAnew(tx, p, e.now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("writing records anew: %w", err)
		}
		e.again = e.again[n:]
	}
	if e.index {
		e.store.log.Warn("the index of the store is made anew from the records")
		if err := e.store.update(indexAnew); err != nil {
			return fmt.Errorf("making the index anew: %w", err)
		}
	}
	if e.due {
		e.store.log.Warn("the due times in the store are made anew from the records")
		if err := e.store.update(dueAnew); err != nil {
			return fmt.Errorf("making the due times anew: %w", err)
		}
	}
	e.index, e.due = false, false
	return ctx.Err()
}

// writeAnew rewrites a value with a checksum, or rebuilds the wakes of a grant. A commit since the
// examination may have replaced the value, so it reads the value again.
func writeAnew(tx *bolt.Tx, p target, now time.Time) error {
	b := tx.Bucket(p.bucket)
	value := b.Get(p.key)
	id, beside, _ := bytes.Cut(p.key, []byte{0})
	var anew []byte
	var err error
	switch {
	case isSealed(value) && string(beside) != "wakes":
		return nil
	case bytes.Equal(p.bucket, indexBucket):
		if value != nil {
			anew = encodeAbout(p.key, string(value))
		}
	case bytes.Equal(p.bucket, leasesBucket):
		var l lease
		if l, err = decodeLease(string(p.key), value); err == nil {
			anew, err = encodeLease(string(p.key), l)
		}
	case bytes.Equal(p.bucket, notesBucket):
		var n store.Document
		if n, err = decodeNote(string(p.key), value); err == nil {
			anew, err = encodeNote(n.Version, n)
		}
	case bytes.Equal(p.bucket, deliveriesBucket), string(beside) == "delivery":
		return deliveryAnew(tx, grant.ID(id))
	case string(beside) == "wakes":
		return wakesMended(tx, grant.ID(id), now)
	default:
		var g grant.Grant
		if g, err = decodeGrant(p.key, value); err == nil {
			anew, err = encodeGrant(g.Version, g)
		}
	}
	if err != nil || anew == nil {
		return nil // reported as damaged, or deleted since
	}
	return b.Put(p.key, anew)
}

// deliveryAnew moves a delivery beside its grant.
func deliveryAnew(tx *bolt.Tx, id grant.ID) error {
	d, err := decodeDelivery(tx, id)
	if err != nil {
		return nil // reported as damaged
	}
	value, err := encodeDelivery(d.Version, d)
	if err != nil {
		return err
	}
	return errors.Join(tx.Bucket(deliveriesBucket).Delete([]byte(id)), tx.Bucket(grantsBucket).Put(deliveryKey(id), value))
}

// wakesMended seals the wakes of a grant. It rebuilds damaged or missing ones.
func wakesMended(tx *bolt.Tx, id grant.ID, now time.Time) error {
	value := tx.Bucket(grantsBucket).Get(wakesKey(id))
	if at, err := decodeWakes(id, value); err == nil && len(at) > 0 {
		return tx.Bucket(grantsBucket).Put(wakesKey(id), encodeWakes(id, at))
	}
	g, err := decodeGrant([]byte(id), tx.Bucket(grantsBucket).Get([]byte(id)))
	if err != nil {
		return nil // no loop handles a damaged record
	}
	return wakesAnew(tx, g, now)
}
