package boltstore

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// damage lists the known damaged records. Reads and the examination find them.
type damage struct {
	log *slog.Logger

	mu    sync.Mutex
	found map[store.Unreadable]string // the key has no Why; the value is it
}

// seen records whether a read found a damaged record, and returns err.
func (d *damage) seen(what store.Unreadable, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(err, store.ErrUnreadable) {
		if err == nil {
			delete(d.found, what)
		}
		return err
	}
	if _, known := d.found[what]; !known {
		d.log.Error("a stored record is damaged; everything else goes on without it", "grant", what.ID, "record", what.What,
			"err", err)
		if d.found == nil {
			d.found = map[store.Unreadable]string{}
		}
	}
	d.found[what] = err.Error()
	return err
}

// has reports whether the record of a grant is damaged.
func (d *damage) has(id grant.ID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, found := d.found[store.Unreadable{ID: id, What: store.RecordOfGrant}]
	return found
}

// replaced removes the records that a commit has replaced.
func (d *damage) replaced(c store.Tx) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.found) == 0 {
		return
	}
	for _, del := range c.Deliveries {
		delete(d.found, store.Unreadable{ID: del.ID, What: store.RecordOfDelivery})
	}
	for _, n := range c.Documents {
		delete(d.found, store.Unreadable{What: store.RecordOfDocument + n.Key})
	}
}

// Unreadable returns the known damaged records, sorted by grant.
func (s *Store) Unreadable(context.Context) []store.Unreadable {
	s.damage.mu.Lock()
	defer s.damage.mu.Unlock()
	var all []store.Unreadable
	for what, why := range maps.All(s.damage.found) {
		what.Why = why
		all = append(all, what)
	}
	slices.SortFunc(all, func(a,
		b store.Unreadable) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.What, b.What))
	})
	return all
}
