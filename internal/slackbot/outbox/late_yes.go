package outbox

import (
	"context"
	"errors"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// lateNote is the prefix of the note with a grant's last void approval.
const lateNote = "late yes "

// A LateYes is an approval that was acknowledged and did not count.
type LateYes struct {
	By       grant.Person
	At       time.Time // when it was received
	Why      string
	Revision int // of the pending request
}

// NoteLateYes stores a void approval, and makes the card of the grant due.
func (o *Outbox) NoteLateYes(ctx context.Context, id grant.ID, late LateYes) {
	_, err := store.Update(ctx, o.store, func(ctx context.Context) (store.Tx, error) {
		var old LateYes
		note, err := store.ReadDocument(ctx, o.store, lateNote+string(id), &old)
		if err != nil {
			return store.Tx{}, err
		}
		note, err = note.WithValue(late)
		now := o.now()
		wake := grant.DueTime{Worker: grant.NoticeWorker, ID: id, At: now}
		return store.Tx{At: now, Documents: []store.Document{note}, DueTimes: []grant.DueTime{wake}}, err
	})
	if err != nil {
		o.log.WarnContext(ctx, "having a card say that a yes did not count", "grant", id, "err", err)
	}
}

// readLateYes reads the last void approval of a grant. A pass commits only if that is unchanged;
// otherwise a card without it would count as drawn.
func (o *Outbox) readLateYes(ctx context.Context, id grant.ID) (late *LateYes, read store.Expect, err error) {
	key := lateNote + string(id)
	note, err := store.ReadDocument(ctx, o.store, key, &late)
	if errors.Is(err, store.ErrUnreadable) {
		o.log.WarnContext(ctx, "reading a yes that did not count", "grant", id, "err", err)
		late, err = nil, nil
	}
	return late, store.Expect{Key: key, Version: note.Version}, err
}
