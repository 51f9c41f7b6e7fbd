package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A RestoreGuard compares the store with its audit log, and with a posted head, when the bot starts.
// An old store that a person restored may have access that was ended since, so additions stop until
// a person decides. All fields except Head are required.
type RestoreGuard struct {
	Path  string // of the log
	Head  string // a posted head of the chain, SEQ:HASH, that the store must contain; "": no check
	Store GuardedStore
	Now   func() time.Time
	Log   *slog.Logger
}

// A GuardedStore is the part of a store that the guard reads and writes.
type GuardedStore interface {
	Source
	store.DocumentReader
	store.Committer
}

// Open opens the audit log. It halts if the log, or a posted head, proves that the store is old.
// The log is then evidence and stays unchanged, and the follower is nil.
func (g RestoreGuard) Open(ctx context.Context) (*Follower, error) {
	held, err := HeldByHead(ctx, g.Store)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(g.Path); held && errors.Is(err, fs.ErrNotExist) {
		if err := g.goOnWithout(ctx); err != nil {
			return nil, err
		}
		held = false
	}
	why, err := g.withoutHead(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for the posted head: %w", err)
	}
	if why != "" {
		return nil, g.halt(ctx, why)
	}
	if held {
		return nil, nil
	}
	follower, err := Open(ctx, Config{Path: g.Path, Source: g.Store, Log: g.Log})
	var ahead *AheadError
	switch {
	case errors.As(err, &ahead):
		return nil, g.halt(ctx, ahead.Error())
	case err != nil:
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	if err := g.resume(ctx); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	return follower, nil
}

// givenUpNote is the note with the posted head that a person decided to abandon.
const givenUpNote = "head given up"

// goOnWithout ends a halt that a posted head caused: a person has moved the log aside. A later
// start with the same head does not halt again. This is recorded before a new log exists, because
// the log would hide the decision.
func (g RestoreGuard) goOnWithout(ctx context.Context) error {
	note, err := g.Store.Document(ctx, givenUpNote)
	if err != nil && !store.IsReplaceable(err) {
		return err
	}
	if note.Key, note.JSON = givenUpNote, g.Head; g.Head != "" {
		if err := g.Store.Commit(ctx, store.Tx{At: g.Now(), Documents: []store.Document{note}}); err != nil {
			return err
		}
	}
	return g.resume(ctx)
}

// byHead is the prefix of a halt's reason that a posted head caused.
const byHead = "the posted head "

// withoutHead returns the reason why the store's chain cannot contain the posted head; "" if it can.
func (g RestoreGuard) withoutHead(ctx context.Context) (why string, err error) {
	seq, hash, err := ParseHead(g.Head)
	if err != nil || seq == 0 {
		return "", err
	}
	switch note, err := g.Store.Document(ctx, givenUpNote); {
	case store.IsReplaceable(err):
	case err != nil || note.JSON == g.Head:
		return "", err
	}
	links, err := g.Store.Links(ctx, seq-1, 1)
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

// HeldByHead reports whether a posted head caused the present halt.
func HeldByHead(ctx context.Context, db store.DocumentReader) (bool, error) {
	note, err := db.Document(ctx, store.HaltKey)
	if store.IsReplaceable(err) {
		return false, nil // damaged: the comparison with the log is repeated
	}
	return strings.HasPrefix(note.JSON, byHead), err
}

// halt records that the store is an older one that a person restored. Its grants may have been
// ended since, so additions stop until a person decides.
func (g RestoreGuard) halt(ctx context.Context, why string) error {
	g.Log.ErrorContext(ctx, "an old store was restored; access is removed, and none is added", "why", why)
	note, err := g.Store.Document(ctx, store.HaltKey)
	if err != nil && !store.IsReplaceable(err) {
		return err
	}
	note.Key, note.JSON = store.HaltKey, why
	now := g.Now()
	return g.Store.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: "halt", Why: why}}})
}

// resume ends a halt. The log is no longer ahead: a person has moved it aside, to go on with this
// store.
func (g RestoreGuard) resume(ctx context.Context) error {
	note, err := g.Store.Document(ctx, store.HaltKey)
	if errors.Is(err, store.ErrNotFound) || err == nil && note.JSON == "" {
		return nil
	}
	damaged := errors.Is(err, store.ErrUnreadable)
	if err != nil && !damaged {
		return err
	}
	why := note.JSON
	if damaged {
		note.Key, why = store.HaltKey, "the stored halt was damaged, and the store agrees with the audit log"
	}
	g.Log.WarnContext(ctx, "access is added again: the audit log is not ahead of the store", "before", why)
	note.JSON = ""
	now := g.Now()
	return g.Store.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: "resume", Why: why}}})
}
