package commands

import (
	"context"
	"errors"
	"slices"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// brokenCommits is a store that cannot commit a change of one grant.
type brokenCommits struct {
	store.Store
	id grant.ID
}

func (b brokenCommits) Commit(ctx context.Context, c store.Tx) error {
	if slices.ContainsFunc(c.Grants, func(g grant.Grant) bool { return g.ID == b.id }) {
		return errors.New("a bad page")
	}
	return b.Store.Commit(ctx, c)
}

// An end-all ends all other grants if one of them cannot be ended.
func TestEndAllEndsTheOthers(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	for range 3 {
		o.active()
	}
	broken := o.all()[0].ID // the first in the list
	o.configure(func(c *Config) { c.Store = brokenCommits{c.Store, broken} })
	holds(t, o.say(by("UAUDIT", "T1"), "end-all everything a leak"), "a bad page")
	for _, g := range o.all() {
		if (g.State == grant.Active) != (g.ID == broken) {
			t.Errorf("grant %s is %s; %s cannot be ended", g.ID, g.State, broken)
		}
	}
}
