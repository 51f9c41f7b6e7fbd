package reconcile

import (
	"context"
	"errors"

	"s3share/internal/grant"
)

// The notes whose text, unless it is empty, says why nothing is added in AWS.
const (
	HaltNote    = "halt"            // an old store was restored, and nobody has decided yet
	ChainNote   = "chain broken"    // the audit chain in the store does not hold
	JournalNote = "journal damaged" // acts that were acknowledged may be lost, and nobody has looked yet
)

// additionsBlocked is the gate before every addition: it reports whether access is only
// removed. That is so while the clock is wrong, while somebody has frozen everything,
// and for each of the notes. What cannot be read counts as shut.
func (r *Reconciler) additionsBlocked(ctx context.Context) bool {
	if r.wrongClock() != nil {
		return true
	}
	if frozen, err := grant.Frozen(ctx, r.Store); err != nil || frozen != nil {
		return true
	}
	for _, key := range []string{HaltNote, ChainNote, JournalNote} {
		n, err := r.Store.Document(ctx, key)
		if err != nil && !errors.Is(err, grant.ErrNotFound) || n.JSON != "" {
			return true
		}
	}
	return false
}
