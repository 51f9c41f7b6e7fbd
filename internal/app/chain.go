package app

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"s3share/internal/boltstore"
)

// watchChain reads the whole audit chain in the store, when the bot starts and
// once a day, and tells people if it does not hold: somebody edited the store,
// or its disk fails. It stops nothing: the access that is open has to end all the same.
func watchChain(ctx context.Context, o Options, store *boltstore.Store, tell alert) error {
	for {
		began, next := time.Now(), headEvery
		head, err := store.Verify(ctx)
		debug.FreeOSMemory() // of what was read
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			o.Log.ErrorContext(ctx, "the audit chain in the store does not hold", "holds_to", head.Seq, "err", err)
			told := tell(ctx, fmt.Sprintf("The audit chain in the store does not hold: %v. Somebody edited the store, or its disk fails. Up to entry %d it holds. "+
				"`bot audit verify` checks the log that follows it; a backup of the store can be put in its place.", err, head.Seq))
			if !told {
				next = time.Minute
			}
		default:
			o.Log.InfoContext(ctx, "the audit chain in the store holds", "entries", head.Seq, "took", time.Since(began).Round(time.Millisecond))
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}
