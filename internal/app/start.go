package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// start runs before everything else. It compares the audit log with the store, and records changes
// in the config.
func start(ctx context.Context, o Options, db *boltstore.Store) (*audit.Follower, error) {
	guard := audit.RestoreGuard{Path: o.Config.Audit, Head: o.Head, Store: db, Now: o.Now, Log: o.Log}
	follower, err := guard.Open(ctx)
	if err != nil {
		return nil, err
	}
	if err := recordConfig(ctx, o, db); err != nil {
		return nil, errors.Join(fmt.Errorf("recording the config: %w", err), follower.Close())
	}
	return follower, nil
}

// configNote is the note with the config of the previous run.
const configNote = "config"

// recordConfig adds the config's digest and the changes in its rules to the audit chain.
func recordConfig(ctx context.Context, o Options, db *boltstore.Store) error {
	var before []string
	note, err := store.ReadDocument(ctx, db, configNote, &before)
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return err
	}
	after := o.Config.Summary()
	if note, err = note.WithValue(after); err != nil {
		return err
	}
	now := o.Now()
	return db.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note}, Entries: []grant.Entry{{
		At: now, Kind: "start",
		Facts: map[string]string{"config_digest": o.Config.Digest,
			"changes": strings.Join(config.Changes(before, after), "\n")},
	}}})
}
