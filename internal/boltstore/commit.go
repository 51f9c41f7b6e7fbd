package boltstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
)

// A job is one change that waits for its commit.
type job struct {
	change grant.Change
	answer chan error
}

// inOneGroup is how many changes are made in one transaction.
const inOneGroup = 256

// Commit hands the change to the group commit. Once it is handed over, an error
// of ctx means that the outcome is unknown.
func (s *Store) Commit(ctx context.Context, c grant.Change) error {
	j := job{change: c, answer: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-s.quit:
		return errors.New("committing: the store is closed")
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for a commit, whose outcome is unknown: %w", ctx.Err())
	}
}

// commits makes whatever is waiting in one transaction, again and again. There
// is no timer: a change alone is committed at once, and while that syncs to disk
// the next group gathers.
func (s *Store) commits() {
	defer close(s.done)
	for {
		select {
		case <-s.quit:
			return
		case first := <-s.jobs:
			s.commitGroup(s.gather(first))
		}
	}
}

func (s *Store) gather(first job) []job {
	group := []job{first}
	for len(group) < inOneGroup {
		select {
		case j := <-s.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

func (s *Store) commitGroup(group []job) {
	answers := make([]error, len(group))
	err := s.db.Update(func(tx *bolt.Tx) error {
		for i, j := range group {
			answers[i] = check(tx, j.change)
			if answers[i] != nil {
				continue
			}
			if err := apply(tx, j.change); err != nil {
				return err // nothing of the group is made
			}
		}
		return nil
	})
	made := false
	for i, j := range group {
		switch {
		case err != nil:
			j.answer <- fmt.Errorf("committing: %w", err)
		default:
			made = made || answers[i] == nil
			j.answer <- answers[i]
		}
	}
	if made {
		s.tell()
	}
}

// check holds a change against the state that the earlier ones of its group have
// made. It writes nothing, so that a change which fails leaves no trace.
func check(tx *bolt.Tx, c grant.Change) error {
	if err := checkFence(tx, c.Fence); err != nil {
		return err
	}
	for _, cause := range c.Causes {
		if tx.Bucket(causesBucket).Get([]byte(cause)) != nil {
			return grant.ErrDuplicate
		}
	}
	expect := func(bucket []byte, key string, want uint64) error {
		have, err := versionOf(tx.Bucket(bucket).Get([]byte(key)))
		if err != nil {
			return err
		}
		if have != want {
			return grant.ErrConflict
		}
		return nil
	}
	for _, g := range c.Grants {
		if err := expect(grantsBucket, string(g.ID), g.Version); err != nil {
			return err
		}
	}
	for _, d := range c.Deliveries {
		if err := expect(deliveriesBucket, string(d.ID), d.Version); err != nil {
			return err
		}
	}
	for _, n := range c.Notes {
		if err := expect(notesBucket, n.Key, n.Version); err != nil {
			return err
		}
	}
	for _, e := range c.Expect {
		if err := expect(grantsBucket, string(e.ID), e.Version); err != nil {
			return err
		}
	}
	return nil
}

func checkFence(tx *bolt.Tx, f *grant.Fence) error {
	if f == nil {
		return nil
	}
	var l lease
	text := tx.Bucket(leasesBucket).Get([]byte(f.Lease))
	if text == nil {
		return grant.ErrFenced
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("reading a lease: %w", err)
	}
	if l.Epoch != f.Epoch {
		return grant.ErrFenced
	}
	return nil
}

// apply makes a change that has passed its check. An error undoes the group.
func apply(tx *bolt.Tx, c grant.Change) error {
	for _, g := range c.Grants {
		if err := putGrant(tx, g); err != nil {
			return err
		}
	}
	for _, d := range c.Deliveries {
		if err := put(tx, deliveriesBucket, string(d.ID), d.Version+1, d); err != nil {
			return err
		}
	}
	for _, n := range c.Notes {
		if err := put(tx, notesBucket, n.Key, n.Version+1, n); err != nil {
			return err
		}
	}
	for _, w := range c.Wakes {
		if err := putWake(tx, w); err != nil {
			return err
		}
	}
	if err := putCauses(tx, c); err != nil {
		return err
	}
	return putEntries(tx, c.Entries)
}

func put[T any](tx *bolt.Tx, bucket []byte, key string, version uint64, record T) error {
	text, err := encode(version, record)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), text)
}

func putGrant(tx *bolt.Tx, g grant.Grant) error {
	index := tx.Bucket(indexBucket)
	if text := tx.Bucket(grantsBucket).Get([]byte(g.ID)); text != nil {
		old, err := decodeGrant(text)
		if err != nil {
			return err
		}
		for _, key := range indexKeys(old) {
			if err := index.Delete(key); err != nil {
				return err
			}
		}
	}
	for _, key := range indexKeys(g) {
		if err := index.Put(key, nil); err != nil {
			return err
		}
	}
	return put(tx, grantsBucket, string(g.ID), g.Version+1, g)
}

func putWake(tx *bolt.Tx, w grant.Wake) error {
	due, wakes, key := tx.Bucket(dueBucket), tx.Bucket(wakesBucket), wakeKey(w.Loop, w.ID)
	if old := wakes.Get(key); old != nil {
		if err := due.Delete(dueKey(w.Loop, fromInstant(old), w.ID)); err != nil {
			return err
		}
	}
	if w.At.IsZero() {
		return wakes.Delete(key)
	}
	if err := due.Put(dueKey(w.Loop, w.At, w.ID), nil); err != nil {
		return err
	}
	return wakes.Put(key, instant(w.At))
}

const (
	causesLast   = 24 * time.Hour // longer than Slack delivers anything again
	causesAtOnce = 16             // removed in passing
)

func putCauses(tx *bolt.Tx, c grant.Change) error {
	if len(c.Causes) == 0 {
		return nil
	}
	causes, times := tx.Bucket(causesBucket), tx.Bucket(causeTimeBucket)
	for _, cause := range c.Causes {
		if err := causes.Put([]byte(cause), instant(c.At)); err != nil {
			return err
		}
		if err := times.Put(append(instant(c.At), cause...), nil); err != nil {
			return err
		}
	}
	var old [][]byte
	for k, _ := times.Cursor().First(); k != nil && len(old) < causesAtOnce && fromInstant(k[:8]).Before(c.At.Add(-causesLast)); k = nextKey(times, k) {
		old = append(old, append([]byte(nil), k...))
	}
	for _, k := range old {
		if err := errors.Join(times.Delete(k), causes.Delete(k[8:])); err != nil {
			return err
		}
	}
	return nil
}

func nextKey(b *bolt.Bucket, k []byte) []byte {
	cur := b.Cursor()
	cur.Seek(k)
	next, _ := cur.Next()
	return next
}

func putEntries(tx *bolt.Tx, entries []grant.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	chain := tx.Bucket(chainBucket)
	chain.FillPercent = 0.9 // it only ever grows at its end
	head, err := headOf(tx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		l, err := audit.Append(head, e)
		if err != nil {
			return err
		}
		text, err := encodeLink(l)
		if err != nil {
			return err
		}
		if err := chain.Put(number(l.Seq), text); err != nil {
			return err
		}
		head = l.Head()
	}
	return nil
}
