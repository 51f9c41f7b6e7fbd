package boltstore

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
)

// causesAtOnce is how many old causes one commit removes in passing.
const causesAtOnce = 16

// causeStored is the value of a cause. It is not empty: in the transaction that puts
// it, bbolt has nothing for a key without a value.
var causeStored = []byte{1}

// keeping knows for how long causes may be asked about. See [Store.KeepCauses].
type keeping struct {
	mu     sync.Mutex
	oldest func() (time.Time, bool)

	floor time.Time // causes from the day before it are kept
	next  time.Time // what oldest returned when floor was last raised
	read  time.Time // when that was
}

// KeepCauses implements [grant.Store].
func (s *Store) KeepCauses(oldest func() (at time.Time, ok bool)) {
	s.keeping.mu.Lock()
	defer s.keeping.mu.Unlock()
	s.keeping.oldest = oldest
}

// replayable returns the receipt of the oldest act that may be carried out again; now if
// there is none.
func (k *keeping) replayable(now time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now(now)
}

func (k *keeping) now(now time.Time) time.Time {
	if k.oldest != nil {
		if at, ok := k.oldest(); ok && at.Before(now) {
			return at
		}
	}
	return now
}

// keptFrom returns the time from which causes are kept. It rises a day late: that an act
// is done is not durable at once, so after a power failure it may be undone again.
func (k *keeping) keptFrom(now time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.oldest == nil {
		return now
	}
	oldest := k.now(now)
	switch {
	case k.read.IsZero():
		k.floor, k.next, k.read = oldest, oldest, now
	case now.Sub(k.read).Abs() >= 24*time.Hour:
		k.floor, k.next, k.read = k.next, oldest, now
	}
	if oldest.Before(k.floor) {
		k.floor = oldest
	}
	return k.floor
}

// Committed searches the days around at, and those since the oldest act that may be
// carried out again.
func (s *Store) Committed(_ context.Context, at time.Time, causes ...string) (yes bool, err error) {
	from := s.keeping.replayable(at)
	err = s.view(func(tx *bolt.Tx) error {
		yes = slices.ContainsFunc(causes, func(cause string) bool { return cameBefore(tx, from, at, cause) })
		return nil
	})
	return yes, err
}

// cameBefore reports whether a cause was committed from the day before one time to the
// day after another: a clock may have been set back by less than a day.
func cameBefore(tx *bolt.Tx, from, to time.Time, cause string) bool {
	causes := tx.Bucket(causesBucket)
	for _, days := range []int{0, -1, 1} {
		if causes.Get(causeKey(to, days, cause)) != nil {
			return true
		}
	}
	cur, last := causes.Cursor(), day(to, -1)
	for k, _ := cur.Seek(day(from, -1)); k != nil && bytes.Compare(k, last) < 0; k, _ = cur.Seek(dayAfter(k)) {
		if causes.Get(append(dayOf(k), cause...)) != nil {
			return true
		}
	}
	return false
}

// putCauses stores the causes of a change, and removes some of those that no act can
// bring again.
func putCauses(tx *bolt.Tx, c grant.Change, keptFrom time.Time) error {
	if len(c.Causes) == 0 {
		return nil
	}
	causes := tx.Bucket(causesBucket)
	for _, cause := range c.Causes {
		if err := causes.Put(causeKey(c.At, 0, cause), causeStored); err != nil {
			return err
		}
	}
	first := day(c.At, -1)
	if kept := day(keptFrom, -1); bytes.Compare(kept, first) < 0 {
		first = kept
	}
	var old [][]byte
	cur := causes.Cursor()
	for k, _ := cur.First(); k != nil && len(old) < causesAtOnce && bytes.Compare(k, first) < 0; k, _ = cur.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := causes.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
