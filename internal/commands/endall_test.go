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
	s := newService(t, 1)
	s.rules.Responders = grant.People{Users: []string{"UAUDIT"}}
	for range 3 {
		active(t, s)
	}
	broken := all(t, s)[0].ID // the first in the list
	s.store = brokenCommits{s.store, broken}
	holds(t, say(s, by("UAUDIT", "T1"), "end-all everything a leak"), "a bad page")
	for _, g := range all(t, s) {
		if (g.State == grant.Active) != (g.ID == broken) {
			t.Errorf("grant %s is %s; %s cannot be ended", g.ID, g.State, broken)
		}
	}
}
