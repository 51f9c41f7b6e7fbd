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
)

// agree opens the log, and halts where it, or a head that was posted, says that the
// store is old. Then the log is evidence, and stays as it is: the follower is nil.
func agree(ctx context.Context, o Options, store *boltstore.Store) (*audit.Follower, error) {
	held, err := heldByHead(ctx, store)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(o.Config.Audit); held && errors.Is(err, fs.ErrNotExist) {
		if err := goOnWithout(ctx, o, store); err != nil {
			return nil, err
		}
		held = false
	}
	why, err := withoutHead(ctx, store, o.Head)
	if err != nil {
		return nil, fmt.Errorf("looking for the posted head: %w", err)
	}
	if why != "" {
		return nil, halt(ctx, o, store, why)
	}
	if held {
		return nil, nil
	}
	follower, err := audit.Open(ctx, audit.Config{Path: o.Config.Audit, Source: store, Log: o.Log})
	var ahead *audit.AheadError
	switch {
	case errors.As(err, &ahead):
		return nil, halt(ctx, o, store, ahead.Error())
	case err != nil:
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	if err := resume(ctx, o, store); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	return follower, nil
}

// givenUpNote is the note of the posted head that a person has decided to go on
// without.
const givenUpNote = "head given up"

// goOnWithout ends a halt because of a posted head: a person has moved the log
// aside. The bot is not halted for the same head again, if it is started with it
// once more. It is recorded before there is a log again, which would hide that.
func goOnWithout(ctx context.Context, o Options, store *boltstore.Store) error {
	note, err := store.Note(ctx, givenUpNote)
	if err != nil && !isReplaceable(err) {
		return err
	}
	if note.Key, note.Text = givenUpNote, o.Head; o.Head != "" {
		if err := store.Commit(ctx, grant.Change{At: o.Now(), Notes: []grant.Note{note}}); err != nil {
			return err
		}
	}
	return resume(ctx, o, store)
}

// byHead begins why the bot halts, if it was a posted head that said so.
const byHead = "the posted head "

// withoutHead says why a store's chain cannot be the one whose head was posted; ""
// if it can.
func withoutHead(ctx context.Context, store *boltstore.Store, posted string) (why string, err error) {
	seq, hash, err := audit.ParseHead(posted)
	if err != nil || seq == 0 {
		return "", err
	}
	switch note, err := store.Note(ctx, givenUpNote); {
	case isReplaceable(err):
	case err != nil || note.Text == posted:
		return "", err
	}
	links, err := store.Links(ctx, seq-1, 1)
	switch {
	case err != nil:
		return "", err
	case len(links) == 0:
		return fmt.Sprintf(byHead+"is entry %d, and the store's chain has fewer: the store and the log are older than what was posted", seq), nil
	case links[0].Head().Hash != hash:
		return fmt.Sprintf(byHead+"is another entry %d than that of the store's chain: an older store went on from before it, or one of them was replaced", seq), nil
	}
	return "", nil
}

// isReplaceable reports whether there is no note, or a damaged one: what belongs there
// can be stored.
func isReplaceable(err error) bool {
	return errors.Is(err, grant.ErrNotFound) || errors.Is(err, grant.ErrUnreadable)
}

// heldByHead reports whether the bot halts because of a posted head.
func heldByHead(ctx context.Context, store *boltstore.Store) (bool, error) {
	note, err := store.Note(ctx, reconcile.HaltNote)
	if isReplaceable(err) {
		return false, nil // a damaged one: whether the store is old is found out again
	}
	return strings.HasPrefix(note.Text, byHead), err
}

// halt notes that the store is an old one that somebody restored. What it knows
// may be undone since, so nothing is added until a person decides.
func halt(ctx context.Context, o Options, store *boltstore.Store, why string) error {
	o.Log.ErrorContext(ctx, "an old store was restored; access is removed, and none is added", "why", why)
	note, err := store.Note(ctx, reconcile.HaltNote)
	if err != nil && !isReplaceable(err) {
		return err
	}
	note.Key, note.Text = reconcile.HaltNote, why
	now := o.Now()
	return store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}, Entries: []grant.Entry{{At: now, Kind: "halt", Why: why}}})
}

// resume ends a halt. The log is not ahead any more, so a person has decided:
// they have moved it aside, and go on with the store as it is.
func resume(ctx context.Context, o Options, store *boltstore.Store) error {
	note, err := store.Note(ctx, reconcile.HaltNote)
	if errors.Is(err, grant.ErrNotFound) || err == nil && note.Text == "" {
		return nil
	}
	damaged := errors.Is(err, grant.ErrUnreadable)
	if err != nil && !damaged {
		return err
	}
	why := note.Text
	if damaged {
		note.Key, why = reconcile.HaltNote, "the stored halt was damaged, and the store agrees with the audit log"
	}
	o.Log.WarnContext(ctx, "access is added again: the audit log is not ahead of the store", "before", why)
	note.Text = ""
	now := o.Now()
	return store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}, Entries: []grant.Entry{{At: now, Kind: "resume", Why: why}}})
}
