package app

import (
	"context"
	"fmt"

	"s3share/internal/backoff"
	"s3share/internal/boltstore"
)

// watchStore tells the admin channel once that the store cannot be written until a restart. The
// queue of alerts is in the store, so watchStore posts by itself until Slack accepts the alert.
func watchStore(ctx context.Context, o Options, store *boltstore.Store, tell alert) error {
	select {
	case <-ctx.Done():
		return nil
	case <-store.Broken():
	}
	text := fmt.Sprintf("The store %s is damaged and cannot be written. "+
		"Restart me; if the store does not open then, restore a backup. Until the restart nothing is approved, "+
		"added or removed, and open access ends only by its date. The log has the cause.", o.Config.Store)
	for failures := 1; !tell(ctx, text); failures++ {
		if !backoff.Wait(ctx, alertBackoff.Pause(failures)) {
			return nil
		}
	}
	return nil
}
