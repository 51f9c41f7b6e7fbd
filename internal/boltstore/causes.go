package boltstore

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/store"
)

// causesAtOnce is the number of old causes that one commit may remove.
const causesAtOnce = 16

// causeStored is the value of a cause. It is not empty, because bbolt cannot distinguish a missing
// key from an empty value in the transaction that puts it.
var causeStored = []byte{1}

// keeping determines how long causes are kept. See [Store.KeepCauses].
type keeping struct {
	mu     sync.Mutex
	oldest func() (time.Time, bool)

	floor time.Time // causes since the day before floor are kept
	next  time.Time // the result of oldest when floor was last raised
	read  time.Time // when floor was last raised
}

// KeepCauses implements [store.Store].
func (s *Store) KeepCauses(oldest func() (at time.Time, ok bool)) {
	s.keeping.mu.Lock()
	defer s.keeping.mu.Unlock()
	s.keeping.oldest = oldest
}

// replayable returns the receipt of the oldest act that may be replayed; now if there is none.
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

// keptFrom returns the time from which causes are kept. It rises a day late, because the mark of a
// finished act is not durable at once: a power failure can bring the act back.
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

// Committed searches the days around at, and all days since the oldest act that may be replayed.
func (s *Store) Committed(_ context.Context, at time.Time, causes ...string) (yes bool, err error) {
	from := s.keeping.replayable(at)
	err = s.file.view(func(tx *bolt.Tx) error {
		yes = slices.ContainsFunc(causes, func(cause string) bool { return cameBefore(tx, from, at, cause) })
		return nil
	})
	return yes, err
}

// cameBefore reports whether a cause was committed between the day before from and the day after
// to. The extra days allow for a clock that was set back by less than a day.
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

// putCauses stores the causes of a change. It also removes some of the causes that no replay can
// use any more.
func putCauses(tx *bolt.Tx, c store.Tx, keptFrom time.Time) error {
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
