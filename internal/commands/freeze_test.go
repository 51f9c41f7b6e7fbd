package commands

import (
	"context"
	"slices"
	"testing"

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
		make           func(*office) string
		reads          int // reads of the freeze before the commit
	}{
		{"a yes", "UADA", "approve ", (*office).pending, 2},
		{"an extension", "UADA", "extend ID 1h", (*office).active, 2},
		{"an approval of an extension", "UADA", "approve ", (*office).extending, 2},
		{"a narrowing that also approves", "UADA", "", (*office).pending, 2},
		{"a restore", "UADA", "put back", (*office).drifted, 2},
	} {
		for reads := 1; reads <= c.reads; reads++ {
			o := newOffice(t, 1)
			id := c.make(o)
			before := o.get(id)
			o.configure(func(c *Config) { c.Store = &freezing{c.Store, t, reads} })
			holds(t, tries(o, c.by, c.text, id), "Everything is frozen: a leak.")
			if g := o.get(id); g.Version != before.Version {
				t.Errorf("%s, frozen after look %d: it is %s until %s", c.name, reads, g.State, g.ExpiresAt)
			}
		}
		o := newOffice(t, 1)
		id := c.make(o)
		o.configure(func(config *Config) { config.Store = &freezing{config.Store, t, c.reads + 1} })
		before := o.get(id)
		if got := tries(o, c.by, c.text, id); o.get(id).Version == before.Version {
			t.Errorf("%s, frozen afterwards: %s", c.name, got)
		}
	}
}

// tries performs an act and returns its answer.
func tries(o *office, who, text, id string) string {
	switch text {
	case "":
		return o.narrow(who, id, 0, Smaller{Term: "1h", Approve: true})
	case "put back":
		return o.putBack(who, id)
	case "extend ID 1h":
		return o.say(by(who), "extend "+id+" 1h")
	}
	return o.say(by(who), text+id)
}

// A freeze and an unfreeze redraw the cards that wait for a decision, and no others.
func TestFreezeRedrawsWaitingCards(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	open, more := o.active(), o.active()
	waits := o.pending()
	o.say(by("URITA"), "extend "+more+" 1h")
	ctx := context.Background()
	for _, text := range []string{"freeze a leak", "unfreeze"} {
		quiet := store.Tx{At: noon}
		for _, id := range []string{open, more, waits} {
			quiet.DueTimes = append(quiet.DueTimes, grant.DueTime{Worker: grant.NoticeWorker, ID: grant.ID(id)})
		}
		if err := o.config.Store.Commit(ctx, quiet); err != nil {
			t.Fatal(err)
		}
		o.say(by("UAUDIT"), text)
		due, err := o.config.Store.Due(ctx, grant.NoticeWorker, noon, 10)
		if err != nil || len(due) != 2 || slices.Contains(due, grant.ID(open)) {
			t.Errorf("%s: drawn anew are %v; want %s and %s, and not %s (%v)", text, due, more, waits, open, err)
		}
	}
}
