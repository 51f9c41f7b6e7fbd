package reconcile

import (
	"context"
	"errors"

	"s3share/internal/store"
)

// The notes that stop additions in AWS. The text is the reason; empty means that additions are
// allowed.
const (
	HaltNote    = "halt"            // an old store was restored, and the decision about it is pending
	ChainNote   = "chain broken"    // the audit chain in the store is invalid
	JournalNote = "journal damaged" // acknowledged acts may be lost, and the damage has not been handled
)

// additionsBlocked reports whether nothing may be added in AWS: while the clock is wrong, during a
// freeze, and for each of the notes. A read error counts as halted.
func (r *Reconciler) additionsBlocked(ctx context.Context) bool {
	if r.wrongClock() != nil {
		return true
	}
	if frozen, err := store.Frozen(ctx, r.Store); err != nil || frozen != nil {
		return true
	}
	for _, key := range []string{HaltNote, ChainNote, JournalNote} {
		n, err := r.Store.Document(ctx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) || n.JSON != "" {
			return true
		}
	}
	return false
}
