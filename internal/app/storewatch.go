package app

import (
	"context"
	"fmt"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/boltstore"
)

// An alert notifies the operators, and reports whether Slack accepted it.
type alert func(ctx context.Context, text string) bool

var tellBackoff = backoff.Backoff{First: time.Second, Max: time.Minute}

// watchStore tells the admin channel once that the store cannot be written until a restart. The
// board of alerts is in the store, so watchStore posts by itself until Slack accepts the alert. The
// restart ends the condition.
func watchStore(ctx context.Context, o Options, store *boltstore.Store, tell alert) error {
	select {
	case <-ctx.Done():
		return nil
	case <-store.Broken():
	}
	text := fmt.Sprintf("The database %s is damaged and cannot be written. Restart s3share; if the database does not "+
		"open then, restore a backup. Until the restart s3share approves, adds and removes nothing, and access ends at its "+
		"date. The log of s3share has the cause.", o.Config.Store)
	for failures := 1; !tell(ctx, text); failures++ {
		if !backoff.Wait(ctx, tellBackoff.Pause(failures)) {
			return nil
		}
	}
	return nil
}
