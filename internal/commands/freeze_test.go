package commands

import (
	"context"
	"slices"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A freezing store is frozen by another person right after the last read of the freeze.
type freezing struct {
	store.Store
	t     *testing.T
	reads int // reads before the freeze begins
}

func (f *freezing) Document(ctx context.Context, key string) (store.Document, error) {
	n, err := f.Store.Document(ctx, key)
	if f.reads--; key != store.FreezeKey || f.reads != 0 {
		return n, err
	}
	frozen := store.Tx{At: noon, Documents: []store.Document{{Key: key, Version: n.Version, JSON: `{"Why":"a leak"}`}}}
	if err := f.Commit(ctx, frozen); err != nil {
		f.t.Fatal(err)
	}
	return n, err
}

// An act that adds access in AWS is refused if a freeze begins before its commit, also between the
// last read of the freeze and the commit.
func TestFreezeBeforeCommitRefusesAdditions(t *testing.T) {
	for _, c := range []struct {
		name, by, text string
		make           func(*testing.T, *Service) string
		reads          int // reads of the freeze before the commit
	}{
		{"a yes", "UADA", "approve ", pending, 2},
		{"an extension", "UADA", "extend ID 1h", active, 2},
		{"an approval of an extension", "UADA", "approve ", func(t *testing.T, s *Service) string {
			id := active(t, s)
			holds(t, say(s, by("URITA"), "extend "+id+" 1h"), "is asked for")
			return id
		}, 2},
		{"a narrowing that also approves", "UADA", "", pending, 2},
		{"a restore", "UADA", "put back", drifted, 2},
	} {
		for reads := 1; reads <= c.reads; reads++ {
			s := newService(t, 1)
			id := c.make(t, s)
			before := get(t, s, id)
			s.store = &freezing{s.store, t, reads}
			holds(t, tries(s, c.by, c.text, id), "Everything is frozen: a leak.")
			if g := get(t, s, id); g.Version != before.Version {
				t.Errorf("%s, frozen after look %d: it is %s until %s", c.name, reads, g.State, g.ExpiresAt)
			}
		}
		s := newService(t, 1)
		id := c.make(t, s)
		s.store = &freezing{s.store, t, c.reads + 1}
		before := get(t, s, id)
		if got := tries(s, c.by, c.text, id); get(t, s, id).Version == before.Version {
			t.Errorf("%s, frozen afterwards: %s", c.name, got)
		}
	}
}

// tries performs an act and returns its answer.
func tries(s *Service, who, text, id string) string {
	switch text {
	case "":
		return change(s, who, id, 0, Smaller{Term: "1h", Approve: true})
	case "put back":
		a, err := s.PutBack(context.Background(), by(who), grant.ID(id), time.Time{})
		if err != nil {
			return err.Error()
		}
		return a.Text
	case "extend ID 1h":
		return say(s, by(who), "extend "+id+" 1h")
	}
	return say(s, by(who), text+id)
}

// drifted stores a grant that was changed outside s3share.
func drifted(t *testing.T, s *Service) string {
	id := active(t, s)
	keep(t, s, id, func(g grant.Grant) grant.Grant {
		next, err := g.Next(grant.Action{Kind: grant.Drift, At: noon, Half: grant.OwnerHalf})
		if err != nil {
			t.Fatal(err)
		}
		return next
	})
	return id
}

// A freeze and an unfreeze redraw the cards that wait for a decision, and no others.
func TestFreezeRedrawsWaitingCards(t *testing.T) {
	s := newService(t, 1)
	s.rules.Responders = grant.People{Users: []string{"UAUDIT"}}
	open, more := active(t, s), active(t, s)
	waits := pending(t, s)
	say(s, by("URITA"), "extend "+more+" 1h")
	ctx := context.Background()
	for _, text := range []string{"freeze a leak", "unfreeze"} {
		quiet := store.Tx{At: noon}
		for _, id := range []string{open, more, waits} {
			quiet.DueTimes = append(quiet.DueTimes, grant.DueTime{Worker: grant.NoticeWorker, ID: grant.ID(id)})
		}
		if err := s.store.Commit(ctx, quiet); err != nil {
			t.Fatal(err)
		}
		say(s, by("UAUDIT"), text)
		due, err := s.store.Due(ctx, grant.NoticeWorker, noon, 10)
		if err != nil || len(due) != 2 || slices.Contains(due, grant.ID(open)) {
			t.Errorf("%s: drawn anew are %v; want %s and %s, and not %s (%v)", text, due, more, waits, open, err)
		}
	}
}
