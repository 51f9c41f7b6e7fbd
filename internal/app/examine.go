package app

import (
	"context"
	"time"

	"s3share/internal/boltstore"

	"s3share/internal/backoff"
)

// examineEvery is how often every record is held against its checksum.
const examineEvery = 24 * time.Hour

// watchRecords examines the records in the store when the bot starts and once a day.
// It tells nobody: the reconciler tells of damaged records, however they were found.
func watchRecords(ctx context.Context, o Options, store *boltstore.Store) error {
	for {
		began, next := time.Now(), examineEvery
		switch err := store.Examine(ctx, o.Now()); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			o.Log.ErrorContext(ctx, "examining the records in the store", "err", err)
			next = time.Minute
		default:
			o.Log.InfoContext(ctx, "the records in the store were examined", "took", time.Since(began).Round(time.Millisecond))
		}
		if !backoff.Wait(ctx, next) {
			return nil
		}
	}
}
