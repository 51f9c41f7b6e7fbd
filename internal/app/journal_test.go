package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/reconcile"
)

// A damaged journal shuts the gate and is told once, over restarts too, until
// somebody has looked at it.
func TestDamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	damage := []journal.Damage{{Files: []string{"2.segment"}, First: 5, Last: 7}}
	var told []string
	set := func(damage []journal.Damage) (why string, kinds []string) {
		t.Helper()
		store, err := boltstore.Open(boltstore.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		g := journalGate{Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Config: config.Config{Store: path}}, store,
			func(_ context.Context, text string) error { told = append(told, text); return nil }}
		if err := g.set(ctx, damage); err != nil {
			t.Fatal(err)
		}
		note, err := store.Note(ctx, reconcile.JournalNote)
		if err != nil && !errors.Is(err, grant.ErrNotFound) {
			t.Fatal(err)
		}
		links, err := store.Links(ctx, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			for _, kind := range []string{"halt", "resume"} {
				if strings.Contains(string(l.Body), fmt.Sprintf("%q", kind)) {
					kinds = append(kinds, kind)
				}
			}
		}
		return note.Text, kinds
	}
	for _, step := range []struct {
		flip   bool // the note itself is damaged before
		damage []journal.Damage
		shut   bool
		told   int
		kinds  []string
	}{
		{false, nil, false, 0, nil},
		{false, damage, true, 1, []string{"halt"}},
		{false, damage, true, 1, []string{"halt"}},
		{true, damage, true, 2, []string{"halt", "halt"}},
		{false, nil, false, 3, []string{"halt", "halt", "resume"}},
		{false, nil, false, 3, []string{"halt", "halt", "resume"}},
		{true, nil, false, 4, []string{"halt", "halt", "resume", "resume"}},
	} {
		if step.flip {
			damageNote(t, path, reconcile.JournalNote)
		}
		why, kinds := set(step.damage)
		if (why != "") != step.shut || len(told) != step.told || !slices.Equal(kinds, step.kinds) {
			t.Errorf("with the damage %v: shut because of %q, told %q, in the chain %v", step.damage, why, told, kinds)
		}
	}
	if want := "frames 5 to 7 in 2.segment"; !strings.Contains(told[0], want) || !strings.Contains(told[0], "s.db.journal/damage") {
		t.Errorf("people are told %q", told[0])
	}
}
