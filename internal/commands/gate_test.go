package commands

import (
	"context"
	"slices"
	"testing"
	"time"

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

// badCutoffs is a store whose list of cutoffs is damaged until a commit replaces it.
type badCutoffs struct {
	store.Store
	mended bool
}

func (b *badCutoffs) Document(ctx context.Context, key string) (store.Document, error) {
	n, err := b.Store.Document(ctx, key)
	if key == store.CutoffKey && !b.mended {
		return store.Document{Version: n.Version}, store.ErrUnreadable
	}
	return n, err
}

func (b *badCutoffs) Commit(ctx context.Context, c store.Tx) error {
	err := b.Store.Commit(ctx, c)
	b.mended = b.mended || err == nil && slices.ContainsFunc(c.Documents, func(n store.Document) bool { return n.Key == store.CutoffKey })
	return err
}

// A damaged list of cutoffs blocks every act that opens access. The next freeze or end-all replaces
// it, and voids all earlier acts.
func TestDamagedCutoffs(t *testing.T) {
	for _, text := range []string{"freeze a leak", "end-all other-bucket a leak"} {
		o := newOffice(t, 1)
		o.makeResponder("UAUDIT")
		id := o.pending()
		o.configure(func(c *Config) { c.Store = &badCutoffs{Store: c.Store} })
		o.answers(received("UADA", 0), "approve "+id, "the stored list of freezes and end-alls is damaged")
		o.say(received("UAUDIT", 2*time.Minute), text)
		o.say(by("UAUDIT"), "unfreeze")
		o.answers(received("UADA", time.Minute), "approve "+id, "a freeze or an end-all may have come meanwhile")
		o.answers(received("UADA", 3*time.Minute), "approve "+id, "It is being applied")
	}
}

// A freeze during a freeze is refused, but still voids the acts before it.
func TestSecondFreezeVoidsEarlierApproval(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	id := o.pending()
	o.say(received("UAUDIT", 0), "freeze a leak")
	o.answers(received("UAUDIT", 2*time.Minute), "freeze again", "Everything is frozen already.")
	o.say(received("UAUDIT", 3*time.Minute), "unfreeze")
	o.answers(received("UADA", time.Minute), "approve "+id, "everything was frozen meanwhile")
	o.answers(received("UADA", 4*time.Minute), "approve "+id, "It is being applied")
}
