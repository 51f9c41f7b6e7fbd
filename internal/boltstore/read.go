package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// Get returns one grant, or store.ErrNotFound.
func (s *Store) Get(_ context.Context, id grant.ID) (g grant.Grant, err error) {
	err = s.file.view(func(tx *bolt.Tx) error {
		value := tx.Bucket(grantsBucket).Get([]byte(id))
		if value == nil {
			return store.ErrNotFound
		}
		g, err = decodeGrant([]byte(id), value)
		return s.damage.seen(store.Unreadable{ID: id, What: store.RecordOfGrant}, err)
	})
	return g, err
}

// Delivery returns a grant's delivery, or a new one.
func (s *Store) Delivery(_ context.Context, id grant.ID) (d store.Delivery, err error) {
	err = s.file.view(func(tx *bolt.Tx) error {
		d, err = decodeDelivery(tx, id)
		return s.damage.seen(store.Unreadable{ID: id, What: store.RecordOfDelivery}, err)
	})
	return d, err
}

// Document returns a note, or store.ErrNotFound.
func (s *Store) Document(_ context.Context, key string) (n store.Document, err error) {
	err = s.file.view(func(tx *bolt.Tx) error {
		value := tx.Bucket(notesBucket).Get([]byte(key))
		if value == nil {
			return store.ErrNotFound
		}
		n, err = decodeNote(key, value)
		return s.damage.seen(store.Unreadable{What: store.RecordOfDocument + key}, err)
	})
	return n, err
}

// Due reads the due index. Grants that are not due cost nothing.
func (s *Store) Due(_ context.Context, l grant.Worker, now time.Time, limit int) (ids []grant.ID, err error) {
	prefix := append([]byte(l), 0)
	last := append(append([]byte(nil), prefix...), instant(now)...)
	err = s.file.view(func(tx *bolt.Tx) error {
		cur := tx.Bucket(dueBucket).Cursor()
		for k, _ := cur.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix) && len(ids) < limit; k, _ = cur.Next() {
			if bytes.Compare(k[:len(last)], last) > 0 {
				break
			}
			if id := grant.ID(k[len(last):]); !s.damage.has(id) {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// List reads the most selective index for the query.
func (s *Store) List(_ context.Context, q store.Query) (gs []grant.Grant, err error) {
	err = s.viewIndex(func(tx *bolt.Tx) error {
		gs = nil
		for _, state := range statesOf(q) {
			found := 0
			for id, err := range indexed(tx, state, q) {
				if err != nil {
					return err
				}
				g, err := decodeGrant(id, tx.Bucket(grantsBucket).Get(id))
				if s.damage.seen(store.Unreadable{ID: grant.ID(id), What: store.RecordOfGrant}, err) != nil {
					continue
				}
				gs = append(gs, g)
				if found++; q.Limit > 0 && found >= q.Limit {
					break
				}
			}
		}
		return nil
	})
	slices.SortFunc(gs, func(a, b grant.Grant) int {
		return cmp.Or(b.AskedAt.Compare(a.AskedAt), cmp.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 && len(gs) > q.Limit {
		gs = gs[:q.Limit]
	}
	return gs, err
}

// statesOf returns the states of a query, without duplicates.
func statesOf(q store.Query) []grant.State {
	if len(q.States) == 0 {
		return grant.States
	}
	return slices.Compact(slices.Sorted(slices.Values(q.States)))
}

// Count reads only the index.
func (s *Store) Count(_ context.Context, q store.Query) (n int, err error) {
	err = s.viewIndex(func(tx *bolt.Tx) error {
		n = 0
		for _, state := range statesOf(q) {
			for _, err := range indexed(tx, state, q) {
				if err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

// errIndex reports a damaged index entry.
var errIndex = errors.New("the index is damaged")

// viewIndex runs a read that uses the index. It rebuilds a damaged index and repeats the read.
func (s *Store) viewIndex(do func(*bolt.Tx) error) error {
	err := s.file.view(do)
	if !errors.Is(err, errIndex) {
		return err
	}
	s.log.Error("the index of the store is damaged, and is made anew from the records")
	if err := s.update(indexAnew); err != nil {
		return fmt.Errorf("making the index anew: %w", err)
	}
	return s.file.view(do)
}

// indexed yields the ids of the grants in a state that match a query, newest first.
func indexed(tx *bolt.Tx, state grant.State, q store.Query) iter.Seq2[[]byte, error] {
	kind, value := byState, ""
	switch {
	case live(state):
	case q.Principal != "":
		kind, value = byPrincipal, q.Principal
	case q.Requester != "":
		kind, value = byRequester, q.Requester
	case q.Bucket != "":
		kind, value = byBucket, q.Bucket
	}
	prefix := indexPrefix(kind, value, state)
	return func(yield func([]byte, error) bool) {
		cur := tx.Bucket(indexBucket).Cursor()
		for k, entry := cur.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, entry = cur.Next() {
			requester, bucket, principal, whole := decodeAbout(k, entry)
			if !whole || len(k) <= len(prefix)+8 {
				yield(nil, errIndex)
				return
			}
			if (q.Requester == "" || q.Requester == string(requester)) &&
				(q.Bucket == "" || q.Bucket == string(bucket)) &&
				(q.Principal == "" || q.Principal == string(principal)) && !yield(k[len(prefix)+8:], nil) {
				return
			}
		}
	}
}

// Acquire takes or renews a lease. A damaged lease counts as free. Epochs must still grow, so its
// epoch continues from the Unix time in seconds, which is above every number of owners.
func (s *Store) Acquire(_ context.Context, name, owner string, now time.Time, ttl time.Duration) (
	epoch uint64, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		l, err := decodeLease(name, tx.Bucket(leasesBucket).Get([]byte(name)))
		if err != nil {
			s.log.Error("a lease is damaged, and is given anew", "lease", name, "err", err)
			l = lease{Epoch: uint64(max(0, now.Unix()))}
		}
		if l.Owner != owner {
			if l.Owner != "" && now.Before(l.Until) {
				return store.ErrFenced
			}
			l.Owner, l.Epoch = owner, l.Epoch+1
		}
		l.Until = now.Add(ttl)
		epoch = l.Epoch
		value, err := encodeLease(name, l)
		if err != nil {
			return err
		}
		return tx.Bucket(leasesBucket).Put([]byte(name), value)
	})
	if err != nil {
		return 0, err
	}
	return epoch, nil
}

// Head returns the end of the audit chain without reading the chain.
func (s *Store) Head(_ context.Context) (head grant.Head, err error) {
	err = s.file.view(func(tx *bolt.Tx) error {
		head, err = headOf(tx)
		return err
	})
	return head, err
}

// Links returns the links of the chain after a number, oldest first.
func (s *Store) Links(_ context.Context, after uint64, limit int) (links []audit.Link, err error) {
	err = s.file.view(func(tx *bolt.Tx) error {
		cur := tx.Bucket(chainBucket).Cursor()
		for k, text := cur.Seek(number(after + 1)); k != nil && len(links) < limit; k, text = cur.Next() {
			l, err := decodeLink(binary.BigEndian.Uint64(k), text)
			if err != nil {
				return err
			}
			links = append(links, l)
		}
		return nil
	})
	return links, err
}

// Chain returns the decoded entries of the chain after a number, oldest first.
func (s *Store) Chain(ctx context.Context, after uint64, limit int) (all []grant.Recorded, err error) {
	links, err := s.Links(ctx, after, limit)
	for _, l := range links {
		r, err := audit.Recorded(l)
		if err != nil {
			return all, err
		}
		all = append(all, r)
	}
	return all, err
}

// Verify reads the whole chain. It reads in small transactions, so that commits can run in between.
func (s *Store) Verify(ctx context.Context) (grant.Head, error) {
	return s.VerifyAfter(ctx, grant.Head{})
}

// VerifyAfter reads the chain after an earlier verified head. The head must still be in the chain.
// The zero head stands for the beginning.
func (s *Store) VerifyAfter(ctx context.Context, verified grant.Head) (head grant.Head, err error) {
	defer s.file.trim()
	if head = verified; verified.Seq > 0 {
		links, err := s.Links(ctx, verified.Seq-1, 1)
		switch {
		case err != nil:
			return grant.Head{}, err
		case len(links) == 0 || links[0].Seq != verified.Seq || links[0].Head().Hash != verified.Hash:
			return grant.Head{}, fmt.Errorf("entry %d is not the one that was verified before", verified.Seq)
		}
	}
	for piece := 1; ; piece++ {
		if piece%50 == 0 {
			s.file.trim()
		}
		links, damage := s.Links(ctx, head.Seq, 1000)
		for _, l := range links { // the links before the damage
			if err := audit.Check(head, l); err != nil {
				return head, err
			}
			head = l.Head()
		}
		switch {
		case damage != nil:
			return head, damage
		case len(links) == 0:
			return head, s.endsAt(head)
		}
		if ctx.Err() != nil {
			return head, errors.Join(errors.New("verifying was stopped"), ctx.Err())
		}
	}
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
