package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// fill copies the ended grant of a store, with its notices and its audit
// entries, until the store has n ended grants.
func fill(ctx context.Context, path string, n int) error {
	db, err := boltstore.Open(boltstore.Config{Path: path})
	if err != nil {
		return err
	}
	defer db.Close()
	ended := store.Query{States: []grant.State{grant.Ended}}
	have, err := db.Count(ctx, ended)
	if err != nil {
		return err
	}
	ended.Limit = 1
	all, err := db.List(ctx, ended)
	if err != nil || len(all) == 0 {
		return errors.Join(errors.New("no grant has ended"), err)
	}
	original := all[0]
	delivery, err := db.Delivery(ctx, original.ID)
	if err != nil {
		return err
	}
	entries, err := entriesOf(ctx, db, original.ID)
	if err != nil {
		return err
	}
	const together = 2000
	for from := have; from < n; from += together {
		c := store.Tx{At: original.EndedAt}
		for i := from; i < min(from+together, n); i++ {
			add(&c, original, delivery, entries, i)
		}
		if err := db.Commit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf returns the audit entries of a grant. The store is young.
func entriesOf(ctx context.Context, db store.Store, id grant.ID) (all []grant.Entry, err error) {
	recorded, err := db.Chain(ctx, 0, 100_000)
	for _, r := range recorded {
		if r.Grant == id {
			r.Opens = slices.Contains([]grant.EventKind{grant.EventApprove}, grant.EventKind(r.Kind))
			all = append(all, r.Entry)
		}
	}
	return all, err
}

// add adds the ith copy to a change.
func add(c *store.Tx, g grant.Grant, d store.Delivery, entries []grant.Entry, i int) {
	g.ID, g.Version, g.Approvals = copyID(i), 0, nil
	d.ID, d.Version, d.Posts = g.ID, 0, slices.Clone(d.Posts)
	for n := range d.Posts {
		d.Posts[n].TS = fmt.Sprintf("%d.%06d", 1700000000+i/100, i%100*1000+n)
	}
	c.Grants, c.Deliveries = append(c.Grants, g), append(c.Deliveries, d)
	for _, e := range entries {
		e.Grant = g.ID
		c.Entries = append(c.Entries, e)
	}
}

// copyID spreads the ids of the copies as random ones would be.
func copyID(i int) grant.ID {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	spread := uint64(i+1) * 0x9E3779B97F4A7C15 >> 24 // 40 bits
	var id [8]byte
	for n := range id {
		id[n] = alphabet[spread>>(5*n)&31]
	}
	return grant.ID(id[:])
}
