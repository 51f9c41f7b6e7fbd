package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/reconcile"
)

// start settles what has to be known before anything runs: whether the audit
// log agrees with the store, and what has changed in the config.
func start(ctx context.Context, o Options, store *boltstore.Store) (*audit.Follower, error) {
	follower, err := audit.Open(ctx, audit.Config{Path: o.Config.Audit, Source: store, Log: o.Log})
	var ahead *audit.AheadError
	switch {
	case errors.As(err, &ahead):
		if err := halt(ctx, o, store, ahead); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("opening the audit log: %w", err)
	default:
		if err := resume(ctx, o, store); err != nil {
			return nil, err
		}
	}
	if err := recordConfig(ctx, o, store); err != nil {
		return nil, fmt.Errorf("recording the config: %w", err)
	}
	return follower, nil
}

// halt notes that the store is older than the log that follows it: somebody
// restored an old one. What it knows may be undone since, so nothing is added
// until a person decides.
func halt(ctx context.Context, o Options, store *boltstore.Store, ahead *audit.AheadError) error {
	o.Log.ErrorContext(ctx, "the audit log is ahead of the store: an old store was restored; access is removed, and none is added", "err", ahead)
	note, err := store.Note(ctx, reconcile.HaltNote)
	if err != nil && !errors.Is(err, grant.ErrNotFound) {
		return err
	}
	note.Key, note.Text = reconcile.HaltNote, ahead.Error()
	now := o.Now()
	return store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}, Entries: []grant.Entry{{At: now, Kind: "halt", Why: ahead.Error()}}})
}

// resume ends a halt. The log is not ahead any more, so a person has decided:
// they have moved it aside, and go on with the store as it is.
func resume(ctx context.Context, o Options, store *boltstore.Store) error {
	note, err := store.Note(ctx, reconcile.HaltNote)
	if errors.Is(err, grant.ErrNotFound) || err == nil && note.Text == "" {
		return nil
	}
	if err != nil {
		return err
	}
	o.Log.WarnContext(ctx, "the audit log was moved aside: access is added again")
	why := note.Text
	note.Text = ""
	now := o.Now()
	return store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}, Entries: []grant.Entry{{At: now, Kind: "resume", Why: why}}})
}

// configNote is the note of the config that the bot last ran with.
const configNote = "config"

// recordConfig enters the config's digest, and what changed in its rules, into
// the audit chain.
func recordConfig(ctx context.Context, o Options, store *boltstore.Store) error {
	note, err := store.Note(ctx, configNote)
	if err != nil && !errors.Is(err, grant.ErrNotFound) {
		return err
	}
	var before []string
	if note.Text != "" {
		if err := json.Unmarshal([]byte(note.Text), &before); err != nil {
			return err
		}
	}
	after := o.Config.Summary()
	text, err := json.Marshal(after)
	if err != nil {
		return err
	}
	note.Key, note.Text = configNote, string(text)
	now := o.Now()
	return store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}, Entries: []grant.Entry{{
		At: now, Kind: "start",
		Facts: map[string]string{"config_digest": o.Config.Digest, "changes": strings.Join(config.Changes(before, after), "\n")},
	}}})
}
