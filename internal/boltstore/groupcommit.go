package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A job is one change that waits for its commit.
type job struct {
	change encoded
	answer chan error
}

// inOneGroup is the largest number of changes in one transaction.
const inOneGroup = 256

// Commit implements [store.Store] by a group commit. If ctx ends after the change was queued, the
// outcome is unknown.
func (s *Store) Commit(ctx context.Context, c store.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e, err := encodeChange(c)
	if err != nil {
		return err
	}
	j := job{change: e, answer: make(chan error, 1)}
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

// commits runs the group commit until the store is closed. There is no timer: a single change is
// committed at once, and the next group gathers while it is synced to disk.
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

// commitGroup commits those changes of a group that pass their checks, and answers all of them.
func (s *Store) commitGroup(group []job) {
	answers := make([]error, len(group))
	made := false
	err := s.update(func(tx *bolt.Tx) error {
		head, err := headOf(tx)
		if err != nil {
			return err
		}
		before := head
		for i, j := range group {
			if j.change.begins && s.headroom.low != nil {
				answers[i] = s.headroom.low
				continue
			}
			stale, err := check(tx, j.change, s.keeping.replayable(j.change.At))
			if answers[i] = err; err != nil {
				continue
			}
			if err := apply(tx, j.change, stale, s.keeping.keptFrom(j.change.At), &head); err != nil {
				return err // roll back the whole group
			}
			made = true
		}
		if head == before {
			return nil
		}
		return putHead(tx, head)
	})
	for i, j := range group {
		if err != nil {
			j.answer <- fmt.Errorf("committing: %w", err)
			continue
		}
		j.answer <- answers[i]
	}
	if err == nil && made {
		for i, j := range group {
			if answers[i] == nil {
				s.damage.replaced(j.change.Tx)
			}
		}
		s.tell()
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.headroom.extend(s.file) // after the answers
}

// check compares a change with the state that the earlier changes of its group leave. It writes
// nothing, so a refused change leaves no trace. It returns the present index keys of the changed
// grants. Causes count from the day before replayable.
func check(tx *bolt.Tx, c encoded, replayable time.Time) (stale [][]byte, err error) {
	if err := checkFence(tx, c.Fence); err != nil {
		return nil, err
	}
	for _, cause := range c.Causes {
		if cameBefore(tx, replayable, c.At, cause) {
			return nil, store.ErrDuplicate
		}
	}
	for _, g := range c.Grants {
		old, err := checkGrant(tx, g.ID, g.Version)
		if err != nil {
			return nil, err
		}
		if old != nil {
			stale = append(stale, indexKeys(*old)...)
		}
	}
	for _, d := range c.Deliveries {
		if versionOf(grantsBucket, deliveryKey(d.ID), deliveryValue(tx, d.ID)) != d.Version {
			return nil, store.ErrConflict
		}
	}
	for _, n := range c.Documents {
		if storedVersion(tx, notesBucket, n.Key) != n.Version {
			return nil, store.ErrConflict
		}
	}
	for _, e := range c.Expect {
		from, key := grantsBucket, string(e.ID)
		if e.Key != "" {
			from, key = notesBucket, e.Key
		}
		if storedVersion(tx, from, key) != e.Version {
			return nil, store.ErrConflict
		}
	}
	return stale, nil
}

func storedVersion(tx *bolt.Tx, bucket []byte, key string) uint64 {
	return versionOf(bucket, []byte(key), tx.Bucket(bucket).Get([]byte(key)))
}

// checkGrant returns the stored grant if its version is want, or nil if there is none and want is
// 0. A damaged grant is an error: only [Store.Replace] overwrites it.
func checkGrant(tx *bolt.Tx, id grant.ID, want uint64) (*grant.Grant, error) {
	value := tx.Bucket(grantsBucket).Get([]byte(id))
	if value == nil {
		if want != 0 {
			return nil, store.ErrConflict
		}
		return nil, nil
	}
	old, err := decodeGrant([]byte(id), value)
	if err == nil && old.Version != want {
		err = store.ErrConflict
	}
	return &old, err
}

func checkFence(tx *bolt.Tx, f *store.Fence) error {
	if f == nil {
		return nil
	}
	value := tx.Bucket(leasesBucket).Get([]byte(f.Lease))
	l, err := decodeLease(f.Lease, value)
	switch {
	case err != nil:
		return fmt.Errorf("reading the lease %s: %w", f.Lease, err)
	case value == nil || l.Epoch != f.Epoch:
		return store.ErrFenced
	}
	return nil
}

// apply makes a change that passed its check, and advances the head of the chain. An error comes
// from the disk, and rolls back the whole group.
func apply(tx *bolt.Tx, c encoded, stale [][]byte, keptFrom time.Time, head *grant.Head) error {
	refs, err := putEntries(tx, c.entries, head)
	if err != nil {
		return err
	}
	if err := c.nameApprovals(refs); err != nil {
		return err
	}
	for _, key := range stale {
		if err := tx.Bucket(indexBucket).Delete(key); err != nil {
			return err
		}
	}
	for i, g := range c.Grants {
		if err := putIndex(tx, g); err != nil {
			return err
		}
		if err := tx.Bucket(grantsBucket).Put([]byte(g.ID), c.grants[i]); err != nil {
			return err
		}
	}
	for i, d := range c.Deliveries {
		err := errors.Join(tx.Bucket(deliveriesBucket).Delete([]byte(d.ID)),
			tx.Bucket(grantsBucket).Put(deliveryKey(d.ID), c.deliveries[i]))
		if err != nil {
			return err
		}
	}
	for i, n := range c.Documents {
		if err := tx.Bucket(notesBucket).Put([]byte(n.Key), c.notes[i]); err != nil {
			return err
		}
	}
	for _, w := range c.DueTimes {
		if err := putWake(tx, w); err != nil {
			return err
		}
	}
	return putCauses(tx, c.Tx, keptFrom)
}

func putIndex(tx *bolt.Tx, g grant.Grant) error {
	index := tx.Bucket(indexBucket)
	index.FillPercent = 0.25 // new keys sort first
	for _, key := range indexKeys(g) {
		if err := index.Put(key, encodeAbout(key, about(g))); err != nil {
			return err
		}
	}
	return nil
}

// putWake sets a loop's due time for a grant: in the times beside the grant, and in the due index.
func putWake(tx *bolt.Tx, w grant.DueTime) error {
	grants, due, key := tx.Bucket(grantsBucket), tx.Bucket(dueBucket), wakesKey(w.ID)
	at, err := decodeWakes(w.ID, grants.Get(key))
	if err != nil { // the other due times are lost until the next examination
		if at, err = map[grant.Worker]time.Time{}, dropDue(tx, w.ID); err != nil {
			return err
		}
	}
	old, waits := at[w.Worker]
	switch {
	case !waits && w.At.IsZero(), waits && bytes.Equal(instant(old), instant(w.At)):
		return nil // no change
	case waits:
		if err := due.Delete(dueKey(w.Worker, old, w.ID)); err != nil {
			return err
		}
	}
	if w.At.IsZero() {
		delete(at, w.Worker)
	} else {
		at[w.Worker] = w.At
		due.FillPercent = 0.9 // a loop's due times mostly ascend
		if err := due.Put(dueKey(w.Worker, w.At, w.ID), nil); err != nil {
			return err
		}
	}
	if len(at) == 0 {
		return grants.Delete(key)
	}
	return grants.Put(key, encodeWakes(w.ID, at))
}

// putEntries appends entries to the chain and returns their references.
func putEntries(tx *bolt.Tx, entries [][]byte, head *grant.Head) (refs []grant.Ref, err error) {
	chain := tx.Bucket(chainBucket)
	chain.FillPercent = 0.9 // the chain only grows at its end
	for _, body := range entries {
		l, err := audit.Follow(*head, body)
		if err != nil {
			return nil, err
		}
		text, err := encodeLink(l)
		if err != nil {
			return nil, err
		}
		if err := chain.Put(number(l.Seq), text); err != nil {
			return nil, err
		}
		*head, refs = l.Head(), append(refs, l.Ref())
	}
	return refs, nil
}
