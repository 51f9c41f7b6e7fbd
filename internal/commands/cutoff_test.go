package commands

import (
	"context"
	"slices"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

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
		o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
		id := o.pending()
		o.configure(func(c *Config) { c.Store = &badCutoffs{Store: c.Store} })
		holds(t, o.say(received("UADA", 0), "approve "+id), "the stored list of freezes and end-alls is damaged")
		o.say(received("UAUDIT", 2*time.Minute), text)
		o.say(by("UAUDIT"), "unfreeze")
		holds(t, o.say(received("UADA", time.Minute), "approve "+id), "a freeze or an end-all may have come meanwhile")
		holds(t, o.say(received("UADA", 3*time.Minute), "approve "+id), "It is being applied")
	}
}

// A freeze during a freeze is refused, but still voids the acts before it.
func TestSecondFreezeVoidsEarlierApproval(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{"UAUDIT"}} })
	id := o.pending()
	o.say(received("UAUDIT", 0), "freeze a leak")
	holds(t, o.say(received("UAUDIT", 2*time.Minute), "freeze again"), "Everything is frozen already.")
	o.say(received("UAUDIT", 3*time.Minute), "unfreeze")
	holds(t, o.say(received("UADA", time.Minute), "approve "+id), "everything was frozen meanwhile")
	holds(t, o.say(received("UADA", 4*time.Minute), "approve "+id), "It is being applied")
}
