package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/backoff"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

const (
	checkpointNote = "chain checkpoint" // the head of the verified part of the chain
	chainEvery     = time.Hour          // between two checks of new entries
	wholeEvery     = 24 * time.Hour     // between two checks of the whole chain
)

// A checkpoint is the head of the part of the chain that was verified.
type checkpoint struct {
	Seq   uint64
	Hash  string
	Whole time.Time // when the chain was last verified from the beginning
}

// A chainWatch verifies the audit chain in the store: from the last checkpoint at the start and
// every hour, and as a whole once a day. An invalid chain means that a person edited the store, or
// that its disk fails. Additions then stop until the chain is valid again. Access still ends.
type chainWatch struct {
	store *boltstore.Store
	board alarm.Board
	now   func() time.Time
	log   *slog.Logger
}

func (w chainWatch) run(ctx context.Context) error {
	for {
		next := chainEvery
		if err := w.check(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "recording whether the audit chain holds", "err", err)
			next = time.Minute
		}
		if !backoff.Wait(ctx, next) {
			return nil
		}
	}
}

// check verifies the chain once and records the result. An error means that the result was not
// recorded.
func (w chainWatch) check(ctx context.Context) error {
	var last checkpoint
	kept, err := store.ReadDocument(ctx, w.store, checkpointNote, &last)
	switch {
	case errors.Is(err, store.ErrUnreadable):
		last = checkpoint{} // the whole chain is verified
	case err != nil:
		return err
	}
	note, err := w.store.Document(ctx, store.ChainKey)
	switch {
	// it may have stopped additions; they stay stopped until the whole chain is valid
	case errors.Is(err, store.ErrUnreadable):
		note.JSON = "its own note is damaged"
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	note.Key = store.ChainKey
	began := w.now()
	whole := note.JSON != "" || began.Sub(last.Whole).Abs() >= wholeEvery
	from := grant.Head{Seq: last.Seq, Hash: last.Hash}
	if whole {
		from, last.Whole = grant.Head{}, began
	}
	head, broken := w.store.VerifyAfter(ctx, from)
	debug.FreeOSMemory() // that the check used
	switch {
	case ctx.Err() != nil:
		return nil
	case broken != nil:
		w.log.ErrorContext(ctx, "the audit chain in the store does not hold; access is removed, and none is added",
			"holds_to", head.Seq, "err", broken)
		return w.shut(ctx, note, head, broken.Error())
	}
	w.log.InfoContext(ctx, "the audit chain in the store holds", "entries", head.Seq, "after", from.Seq, "took",
		w.now().Sub(began).Round(time.Millisecond))
	if err := w.open(ctx, note); err != nil || head.Hash == last.Hash && !whole {
		return err
	}
	last.Seq, last.Hash = head.Seq, head.Hash
	if kept, err = kept.WithValue(last); err != nil {
		return err
	}
	return w.store.Commit(ctx, store.Tx{At: w.now(), Documents: []store.Document{kept}})
}

const chainAlert = "audit chain"

// shut stops additions and alerts the operators, unless that was done before. The alert comes
// first: after a crash it is sent again.
func (w chainWatch) shut(ctx context.Context, note store.Document, head grant.Head, why string) error {
	if note.JSON != "" {
		return nil
	}
	err := w.board.Raise(ctx, alarm.Alert{Key: chainAlert, Text: fmt.Sprintf("The audit chain in the database is broken: "+
		"%s. It is valid up to entry %d. The database was edited, or its disk fails. s3share removes expired access and "+
		"grants nothing until the chain is valid again. `bot audit verify` checks the audit log against the chain; restore "+
		"a backup of the database.", why, head.Seq)})
	note.JSON = why
	return errors.Join(err, w.record(ctx, note, "halt", why))
}

// open allows additions again if an invalid chain had stopped them.
func (w chainWatch) open(ctx context.Context, note store.Document) error {
	if note.JSON == "" {
		return nil
	}
	why := note.JSON
	note.JSON = ""
	const how = "the audit chain is valid from its first entry, and s3share grants again"
	return errors.Join(w.board.End(ctx, chainAlert, how),
		w.record(ctx, note, "resume", why))
}

func (w chainWatch) record(ctx context.Context, note store.Document, kind, why string) error {
	now := w.now()
	return w.store.Commit(ctx,
		store.Tx{At: now, Documents: []store.Document{note}, Entries: []grant.Entry{{At: now, Kind: kind, Why: why}}})
}
