package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/reconcile"
	"s3share/internal/store"
)

// agree opens the audit log. It halts if the log, or a posted head, proves that the store is old.
// The log is then evidence and stays unchanged, and the follower is nil.
func agree(ctx context.Context, o Options, db *boltstore.Store) (*audit.Follower, error) {
	held, err := heldByHead(ctx, db)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(o.Config.Audit); held && errors.Is(err, fs.ErrNotExist) {
		if err := goOnWithout(ctx, o, db); err != nil {
			return nil, err
		}
		held = false
	}
	why, err := withoutHead(ctx, db, o.Head)
	if err != nil {
		return nil, fmt.Errorf("looking for the posted head: %w", err)
	}
	if why != "" {
		return nil, halt(ctx, o, db, why)
	}
	if held {
		return nil, nil
	}
	follower, err := audit.Open(ctx, audit.Config{Path: o.Config.Audit, Source: db, Log: o.Log})
	var ahead *audit.AheadError
	switch {
	case errors.As(err, &ahead):
		return nil, halt(ctx, o, db, ahead.Error())
	case err != nil:
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	if err := resume(ctx, o, db); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	return follower, nil
}

// givenUpNote is the note with the posted head that a person decided to abandon.
const givenUpNote = "head given up"

// goOnWithout ends a halt that a posted head caused: a person has moved the log aside. A later
// start with the same head does not halt again. This is recorded before a new log exists, because
// the log would hide the decision.
func goOnWithout(ctx context.Context, o Options, db *boltstore.Store) error {
	note, err := db.Document(ctx, givenUpNote)
	if err != nil && !isReplaceable(err) {
		return err
	}
	if note.Key, note.JSON = givenUpNote, o.Head; o.Head != "" {
		if err := db.Commit(ctx, store.Tx{At: o.Now(), Documents: []store.Document{note}}); err != nil {
			return err
		}
	}
	return resume(ctx, o, db)
}

// byHead is the prefix of a halt's reason that a posted head caused.
const byHead = "the posted head "

// withoutHead returns the reason why the store's chain cannot contain a posted head; "" if it can.
func withoutHead(ctx context.Context, db *boltstore.Store, posted string) (why string, err error) {
	seq, hash, err := audit.ParseHead(posted)
	if err != nil || seq == 0 {
		return "", err
	}
	switch note, err := db.Document(ctx, givenUpNote); {
	case isReplaceable(err):
	case err != nil || note.JSON == posted:
		return "", err
	}
	links, err := db.Links(ctx, seq-1, 1)
	switch {
	case err != nil:
		return "", err
	case len(links) == 0:
		return fmt.Sprintf(byHead+"is entry %d, and the store's chain has fewer: the store and the log are older than what "+
			"was posted", seq), nil
	case links[0].Head().Hash != hash:
		return fmt.Sprintf(byHead+"is another entry %d than that of the store's chain: an older store went on from before "+
			"it, or one of them was replaced", seq), nil
	}
	return "", nil
}

// isReplaceable reports whether a note is missing or damaged, and may therefore be stored anew.
func isReplaceable(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnreadable)
}

// heldByHead reports whether a posted head caused the present halt.
func heldByHead(ctx context.Context, db *boltstore.Store) (bool, error) {
	note, err := db.Document(ctx, reconcile.HaltNote)
	if isReplaceable(err) {
		return false, nil // damaged: the comparison with the log is repeated
	}
	return strings.HasPrefix(note.JSON, byHead), err
}

// halt records that the store is an older one that a person restored. Its grants may have been
// ended since, so additions stop until a person decides.
func halt(ctx context.Context, o Options, db *boltstore.Store, why string) error {
	o.Log.ErrorContext(ctx, "an old store was restored; access is removed, and none is added", "why", why)
	note, err := db.Document(ctx, reconcile.HaltNote)
	if err != nil && !isReplaceable(err) {
		return err
	}
	note.Key, note.JSON = reconcile.HaltNote, why
	now := o.Now()
	return db.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: "halt", Why: why}}})
}

// resume ends a halt. The log is no longer ahead: a person has moved it aside, to go on with this
// store.
func resume(ctx context.Context, o Options, db *boltstore.Store) error {
	note, err := db.Document(ctx, reconcile.HaltNote)
	if errors.Is(err, store.ErrNotFound) || err == nil && note.JSON == "" {
		return nil
	}
	damaged := errors.Is(err, store.ErrUnreadable)
	if err != nil && !damaged {
		return err
	}
	why := note.JSON
	if damaged {
		note.Key, why = reconcile.HaltNote, "the stored halt was damaged, and the store agrees with the audit log"
	}
	o.Log.WarnContext(ctx, "access is added again: the audit log is not ahead of the store", "before", why)
	note.JSON = ""
	now := o.Now()
	return db.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: "resume", Why: why}}})
}
