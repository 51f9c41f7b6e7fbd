package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/reconcile"
)

const (
	checkpointNote = "chain checkpoint" // up to where the chain was verified
	chainEvery     = time.Hour          // between two looks at what was appended
	wholeEvery     = 24 * time.Hour     // between two looks at the whole chain
)

// A checkpoint is up to where the chain in the store was last verified.
type checkpoint struct {
	Seq   uint64
	Hash  string
	Whole time.Time // when it was last verified from the beginning
}

// A chainWatch verifies the audit chain in the store, beside everything else: when the
// bot starts and every hour from the last checkpoint, once a day as a whole. A chain
// that does not hold means that somebody edited the store, or that its disk fails.
// Then nothing is added until it holds again, and the access that is open ends all
// the same.
type chainWatch struct {
	Options
	store *boltstore.Store
	add   func(ctx context.Context, text string) error // sees to it that those who run the bot are told
}

func (w chainWatch) run(ctx context.Context) error {
	for {
		next := chainEvery
		if err := w.check(ctx); err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "recording whether the audit chain holds", "err", err)
			next = time.Minute
		}
		if !backoff.Wait(ctx, next) {
			return nil
		}
	}
}

// check verifies the chain once, and records what it found. Its error means that this
// could not be recorded.
func (w chainWatch) check(ctx context.Context) error {
	var last checkpoint
	kept, err := grant.ReadNote(ctx, w.store, checkpointNote, &last)
	switch {
	case errors.Is(err, grant.ErrUnreadable):
		last = checkpoint{} // then the whole chain is verified
	case err != nil:
		return err
	}
	gate, err := w.store.Note(ctx, reconcile.ChainNote)
	switch {
	case errors.Is(err, grant.ErrUnreadable): // it may have stopped additions, and does until the whole chain holds
		gate.Text = "its own note is damaged"
	case err != nil && !errors.Is(err, grant.ErrNotFound):
		return err
	}
	gate.Key = reconcile.ChainNote
	began := w.Now()
	whole := gate.Text != "" || began.Sub(last.Whole).Abs() >= wholeEvery
	from := grant.Head{Seq: last.Seq, Hash: last.Hash}
	if whole {
		from, last.Whole = grant.Head{}, began
	}
	head, broken := w.store.VerifyAfter(ctx, from)
	debug.FreeOSMemory() // of what was read
	switch {
	case ctx.Err() != nil:
		return nil
	case broken != nil:
		w.Log.ErrorContext(ctx, "the audit chain in the store does not hold; access is removed, and none is added", "holds_to", head.Seq, "err", broken)
		return w.shut(ctx, gate, head, broken.Error())
	}
	w.Log.InfoContext(ctx, "the audit chain in the store holds", "entries", head.Seq, "after", from.Seq, "took", w.Now().Sub(began).Round(time.Millisecond))
	if err := w.open(ctx, gate); err != nil || head.Hash == last.Hash && !whole {
		return err
	}
	last.Seq, last.Hash = head.Seq, head.Hash
	if kept, err = kept.With(last); err != nil {
		return err
	}
	return w.store.Commit(ctx, grant.Change{At: w.Now(), Notes: []grant.Note{kept}})
}

// shut stops additions and tells people, unless both were done before. What people are
// to be told comes first: told twice is better than never.
func (w chainWatch) shut(ctx context.Context, gate grant.Note, head grant.Head, why string) error {
	if gate.Text != "" {
		return nil
	}
	err := w.add(ctx, fmt.Sprintf("The audit chain in the store does not hold: %s. Somebody edited the store, or its disk fails. Up to entry %d it holds. "+
		"Access that is over is removed, and none is added until the chain holds. `bot audit verify` checks the log that follows it; a backup of the store can be put in its place.", why, head.Seq))
	gate.Text = why
	return errors.Join(err, w.record(ctx, gate, "halt", why))
}

// open lets additions go on, if a chain that did not hold had stopped them.
func (w chainWatch) open(ctx context.Context, gate grant.Note) error {
	if gate.Text == "" {
		return nil
	}
	why := gate.Text
	gate.Text = ""
	return errors.Join(w.add(ctx, "The audit chain in the store holds again, from its first entry. Access is added again."), w.record(ctx, gate, "resume", why))
}

func (w chainWatch) record(ctx context.Context, gate grant.Note, kind, why string) error {
	now := w.Now()
	return w.store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{gate}, Entries: []grant.Entry{{At: now, Kind: kind, Why: why}}})
}
