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
)

// damage lists the known damaged records. Reads and the examination find them.
type damage struct {
	log *slog.Logger

	mu    sync.Mutex
	found map[grant.Unreadable]string // the key has no Why; the value is it
}

// seen records whether a read found a damaged record, and returns err.
func (d *damage) seen(what grant.Unreadable, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(err, grant.ErrUnreadable) {
		if err == nil {
			delete(d.found, what)
		}
		return err
	}
	if _, known := d.found[what]; !known {
		d.log.Error("a stored record is damaged; everything else goes on without it", "grant", what.ID, "record", what.What,
			"err", err)
		if d.found == nil {
			d.found = map[grant.Unreadable]string{}
		}
	}
	d.found[what] = err.Error()
	return err
}

// has reports whether the record of a grant is damaged.
func (d *damage) has(id grant.ID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, found := d.found[grant.Unreadable{ID: id, What: grant.RecordOfGrant}]
	return found
}

// replaced removes the records that a commit has replaced.
func (d *damage) replaced(c grant.Tx) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.found) == 0 {
		return
	}
	for _, del := range c.Deliveries {
		delete(d.found, grant.Unreadable{ID: del.ID, What: grant.RecordOfDelivery})
	}
	for _, n := range c.Documents {
		delete(d.found, grant.Unreadable{What: grant.RecordOfDocument + n.Key})
	}
}

// Unreadable returns the known damaged records, sorted by grant.
func (s *Store) Unreadable(context.Context) []grant.Unreadable {
	s.damage.mu.Lock()
	defer s.damage.mu.Unlock()
	var all []grant.Unreadable
	for what, why := range maps.All(s.damage.found) {
		what.Why = why
		all = append(all, what)
	}
	slices.SortFunc(all, func(a,
		b grant.Unreadable) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.What, b.What))
	})
	return all
}
