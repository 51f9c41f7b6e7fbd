package app

import (
	"context"
	"time"

	"s3share/internal/boltstore"

	"s3share/internal/backoff"
)

// examineEvery is the interval between two examinations of all records.
const examineEvery = 24 * time.Hour

// watchRecords examines the records in the store at the start and once a day. The reconciler alerts
// the operators to damaged records.
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
