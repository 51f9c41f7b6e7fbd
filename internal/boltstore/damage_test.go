package boltstore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// moved moves a value to a key with one flipped bit.
func (s *Store) moved(t *testing.T, bucket, key []byte) {
	t.Helper()
	must(t, s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		value, other := bytes.Clone(b.Get(key)), bytes.Clone(key)
		other[len(other)/2] ^= 1
		return errors.Join(b.Delete(key), b.Put(other, value))
	}))
}

// firstKey returns the first key of a bucket that contains a text.
func (s *Store) firstKey(t *testing.T, bucket []byte, part string) (key []byte) {
	t.Helper()
	must(t, s.file.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(k, _ []byte) error {
			if key == nil && bytes.Contains(k, []byte(part)) {
				key = bytes.Clone(k)
			}
			return nil
		})
	}))
	if key == nil {
		t.Fatalf("%s has no key with %q", bucket, part)
	}
	return key
}

// Damage in any bucket leaves everything else working. Damaged records are listed, and derived data
// is rebuilt.
func TestDamageInEachBucket(t *testing.T) {
	unreadable := func(t *testing.T, s *Store, want ...store.Unreadable) {
		t.Helper()
		have := s.Unreadable(ctx)
		for i := range have {
			have[i].Why = ""
		}
		if len(have) != len(want) || len(want) > 0 && have[0] != want[0] {
			t.Errorf("damaged are %+v, want %+v", have, want)
		}
	}
	pending := store.Query{States: []grant.State{grant.Pending}}
	for name, test := range map[string]func(t *testing.T, s *Store){
		"deliveries": func(t *testing.T, s *Store) {
			s.flip(t, grantsBucket, deliveryKey("A"))
			d, err := s.Delivery(ctx, "A")
			if !errors.Is(err, store.ErrUnreadable) || d.Version != 1 {
				t.Errorf("%+v, %v", d, err)
			}
			unreadable(t, s, store.Unreadable{ID: "A", What: store.RecordOfDelivery})
			must(t, s.Commit(ctx, store.Tx{At: noon, Deliveries: []store.Delivery{{ID: "A", Version: d.Version, Told: 3}}}))
			if d, err := s.Delivery(ctx, "A"); err != nil || d.Told != 3 {
				t.Errorf("anew: %+v, %v", d, err)
			}
			unreadable(t, s)
		},
		"notes": func(t *testing.T, s *Store) {
			s.flip(t, notesBucket, []byte("note of A"))
			n, err := s.Document(ctx, "note of A")
			if !errors.Is(err, store.ErrUnreadable) || n.JSON != "" {
				t.Errorf("%+v, %v", n, err)
			}
			unreadable(t, s, store.Unreadable{What: store.RecordOfDocument + "note of A"})
			must(t, s.Commit(ctx, store.Tx{At: noon, Documents: []store.Document{{Key: "note of A", Version: n.Version, JSON: "anew"}}}))
			unreadable(t, s)
		},
		"grants": func(t *testing.T, s *Store) {
			s.flip(t, grantsBucket, []byte("A"))
			must(t, s.Examine(ctx, noon))
			unreadable(t, s, store.Unreadable{ID: "A", What: store.RecordOfGrant})
			must(t, s.Commit(ctx, change("C")))
		},
		"grants, a key": func(t *testing.T, s *Store) {
			s.moved(t, grantsBucket, []byte("A"))
			must(t, s.Examine(ctx, noon))
			unreadable(t, s, store.Unreadable{ID: "@", What: store.RecordOfGrant}, store.Unreadable{ID: "A", What: store.RecordOfGrant})
		},
		"index": func(t *testing.T, s *Store) {
			s.flip(t, indexBucket, s.firstKey(t, indexBucket, "A"))
			unreadable(t, s)
		},
		"index, a key": func(t *testing.T, s *Store) {
			s.moved(t, indexBucket, s.firstKey(t, indexBucket, "A"))
			must(t, s.Examine(ctx, noon))
			unreadable(t, s)
		},
		"due": func(t *testing.T, s *Store) {
			s.moved(t, dueBucket, s.firstKey(t, dueBucket, "A"))
			must(t, s.Examine(ctx, noon))
			unreadable(t, s)
		},
		"leases": func(t *testing.T, s *Store) {
			before, err := s.Acquire(ctx, "lease", "me", noon, time.Hour)
			must(t, err)
			s.flip(t, leasesBucket, []byte("lease"))
			fenced := store.Tx{At: noon, Fence: &store.Fence{Lease: "lease", Epoch: before}}
			if err := s.Commit(ctx, fenced); !errors.Is(err, store.ErrUnreadable) {
				t.Errorf("a commit under a damaged lease: %v", err)
			}
			if after, err := s.Acquire(ctx, "lease", "another", noon, time.Hour); err != nil || after <= before {
				t.Errorf("the epoch was %d and is %d, %v", before, after, err)
			}
			if err := s.Commit(ctx, fenced); !errors.Is(err, store.ErrFenced) {
				t.Errorf("a commit of the one before: %v", err)
			}
		},
		"causes": func(t *testing.T, s *Store) {
			s.moved(t, causesBucket, s.firstKey(t, causesBucket, "A"))
			must(t, s.Examine(ctx, noon))
			if yes, err := s.Committed(ctx, noon, "cause of B"); err != nil || !yes {
				t.Errorf("the other cause: %v, %v", yes, err)
			}
		},
		"the last entry of the chain": func(t *testing.T, s *Store) {
			before, err := s.Head(ctx)
			must(t, err)
			s.flip(t, chainBucket, number(before.Seq))
			must(t, s.Commit(ctx, change("C")))
			must(t, s.update(func(tx *bolt.Tx) error { return tx.Bucket(chainBucket).Put(number(before.Seq), []byte("no link")) }))
			must(t, s.Commit(ctx, change("D")))
			if head, err := s.Verify(ctx); err == nil || head.Seq != before.Seq-1 {
				t.Errorf("it holds up to %d, %v", head.Seq, err)
			}
			if after, err := s.Head(ctx); err != nil || after.Seq != before.Seq+2 {
				t.Errorf("the head was %d and is %d, %v", before.Seq, after.Seq, err)
			}
		},
		"the head of the chain": func(t *testing.T, s *Store) {
			s.flip(t, metaBucket, headKey)
			must(t, s.Commit(ctx, change("C")))
			if head, err := s.Verify(ctx); err != nil || head.Seq != 3 {
				t.Errorf("it holds up to %d, %v", head.Seq, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			s := open(t, path)
			for _, id := range []grant.ID{"A", "B"} {
				c := change(id)
				c.Grants[0].LapsesAt, c.Causes = noon.Add(time.Hour), []string{"cause of " + string(id)}
				c.Deliveries, c.Documents = []store.Delivery{{ID: id, Told: 1}}, []store.Document{{Key: "note of " + string(id), JSON: "text"}}
				c.DueTimes = grant.DueTimes(c.Grants[0])
				must(t, s.Commit(ctx, c))
			}
			test(t, s)
			lost := 0
			if strings.HasPrefix(name, "grants") {
				lost = 1
			}
			gs, err := s.List(ctx, pending)
			var ids []grant.ID
			for _, g := range gs {
				if g.ID == "A" || g.ID == "B" {
					ids = append(ids, g.ID)
				}
			}
			if err != nil || len(ids) != 2-lost {
				t.Errorf("listed are %v, %v", ids, err)
			}
			if due, err := s.Due(ctx, grant.TimerWorker, noon.Add(2*time.Hour), 10); err != nil || len(due) < 2-lost {
				t.Errorf("due are %v, %v", due, err)
			}
			b, err := s.Get(ctx, "B")
			must(t, err)
			must(t, s.Commit(ctx, store.Tx{At: noon, Grants: []grant.Grant{b}, Causes: []string{"another"}}))
			must(t, s.Close())
			must(t, open(t, path).Examine(ctx, noon)) // it opens again
		})
	}
}
