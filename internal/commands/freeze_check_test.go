package commands

import (
	"context"
	"slices"
	"strings"
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
	approve := func(o *office, id string) string { return o.slash(by("UADA"), "approve "+id) }
	for _, c := range []struct {
		name string
		make func(*office) string
		act  func(o *office, id string) string
	}{
		{"an approval", (*office).pending, approve},
		{"an extension", (*office).active, func(o *office, id string) string { return o.slash(by("UADA"), "extend "+id+" 1h") }},
		{"an approval of an extension", (*office).extending, approve},
		{"a narrowing that also approves", (*office).pending, func(o *office, id string) string {
			return o.narrow("UADA", id, 0, Smaller{Term: "1h", Approve: true})
		}},
		{"a restore", (*office).drifted, func(o *office, id string) string { return o.putBack("UADA", id) }},
	} {
		const reads = 2 // of the freeze before the commit
		for frozenAt := 1; frozenAt <= reads+1; frozenAt++ {
			o := newOffice(t, 1)
			id := c.make(o)
			before := o.get(id)
			o.configure(func(c *Config) { c.Store = &freezing{c.Store, t, frozenAt} })
			got := c.act(o, id)
			if refused := strings.Contains(got, "s3share is frozen: a leak."); refused != (frozenAt <= reads) {
				t.Errorf("%s, frozen after read %d: %s", c.name, frozenAt, got)
			}
			if stored := o.get(id).Version != before.Version; stored != (frozenAt > reads) {
				t.Errorf("%s, frozen after read %d: stored: %v", c.name, frozenAt, stored)
			}
		}
	}
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
		o.slash(received("UAUDIT", 2*time.Minute), text)
		o.slash(by("UAUDIT"), "unfreeze")
		o.answers(received("UADA", time.Minute), "approve "+id, "a freeze or an end-all may have taken effect meanwhile")
		o.answers(received("UADA", 3*time.Minute), "approve "+id, "will be notified when access is active")
	}
}

// A freeze during a freeze is refused, but still voids the acts before it.
func TestSecondFreezeVoidsEarlierApproval(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	id := o.pending()
	o.slash(received("UAUDIT", 0), "freeze a leak")
	o.answers(received("UAUDIT", 2*time.Minute), "freeze again", "s3share is frozen already.")
	o.slash(received("UAUDIT", 3*time.Minute), "unfreeze")
	o.answers(received("UADA", time.Minute), "approve "+id, "s3share was frozen meanwhile")
	o.answers(received("UADA", 4*time.Minute), "approve "+id, "will be notified when access is active")
}
