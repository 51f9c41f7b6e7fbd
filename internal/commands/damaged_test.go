package commands

import (
	"context"
	"slices"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// damagedStore is a store with one damaged grant record.
type damagedStore struct {
	store.Store
	id string
}

func (d damagedStore) Get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	if string(id) == d.id {
		return grant.Grant{Version: 7}, store.ErrUnreadable
	}
	return d.Store.Get(ctx, id)
}

func (d damagedStore) Unreadable(context.Context) []store.Unreadable {
	return []store.Unreadable{{ID: grant.ID(d.id), What: store.RecordOfGrant}}
}

func (d damagedStore) List(ctx context.Context, q store.Query) ([]grant.Grant, error) {
	gs, err := d.Store.List(ctx, q)
	return slices.DeleteFunc(gs, func(g grant.Grant) bool { return string(g.ID) == d.id }), err
}

// An end-all also ends each covered grant with a damaged record once, and reports it.
func TestEndAllEndsDamagedRecords(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	id := o.active()
	o.configure(func(c *Config) { c.Store = damagedStore{c.Store, id} })
	state := func() grant.State {
		entries, _, err := store.EntriesOf(t.Context(), o.config.Store, grant.ID(id))
		if err != nil {
			t.Fatal(err)
		}
		g, err := o.config.Rules.Rebuild(grant.ID(id), entries)
		if err != nil {
			t.Fatal(err)
		}
		return g.State
	}
	if o.slash(by("UAUDIT", "T1"), "end-all my-other a leak"); state() != grant.Active {
		t.Errorf("what is not covered is %s", state())
	}
	for range 2 {
		o.answers(by("UAUDIT", "T2"), "end-all my-bucket a leak", "Ending 1 grant on s3://my-bucket/. Everyone affected will be notified. The record of `"+id+"` is damaged, so no message will confirm its end.")
	}
	if state() != grant.Ending {
		t.Errorf("it is %s", state())
	}
}

// A grant with a damaged record can be ended once by an authorized person. Every other act on it is
// refused.
func TestEndOfADamagedRecord(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	o.configure(func(c *Config) { c.Store = damagedStore{c.Store, id} })
	const damaged = "The data of "
	for _, c := range []struct {
		by         Invocation
		text, want string
	}{
		{by("UADA"), "show " + id, damaged},
		{by("UADA"), "approve " + id, damaged},
		{by("URITA"), "extend " + id + " 1h", damaged},
		{by("UEVE"), "end " + id, "can end this access"},
		{by("UGUEST"), "end " + id, "Guests can't"},
		{by("URITA", "T1"), "end " + id + " no more", "Ending `" + id + "`."},
		{by("URITA", "T1"), "end " + id + " no more", "Ending `" + id + "`."},
		{by("UADA", "T2"), "end " + id, "is already ending"},
	} {
		t.Logf("%s: %s", c.by.By.User, c.text)
		o.answers(c.by, c.text, c.want)
	}
	entries, whole, err := store.EntriesOf(t.Context(), o.config.Store, grant.ID(id))
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	last := entries[len(entries)-1]
	if last.Kind != string(grant.EventEnd) || last.State != grant.Ending || last.By.User != "URITA" || last.Why != "no more" || last.Facts["outcome"] != "relinquished" {
		t.Errorf("the end is recorded as %+v", last)
	}
	if g, err := o.config.Rules.Rebuild(grant.ID(id), entries); err != nil || g.State != grant.Ending || g.Outcome != grant.Relinquished {
		t.Errorf("it is rebuilt as %s %s, %v", g.State, g.Outcome, err)
	}
}
