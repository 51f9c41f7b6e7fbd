package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/backoff"
)

const (
	// maxConflicts limits the retries of one update. Each conflict means that
	// another commit succeeded, so reaching the limit takes as many writers.
	maxConflicts = 100
	// crowded is the number of conflicts before an update pauses between
	// retries, so that many writers of one record succeed in turn.
	crowded = 8
)

// crowdBackoff may shorten a pause to nothing, so that writers rarely meet
// again.
var crowdBackoff = backoff.Backoff{First: time.Millisecond, Max: 20 * time.Millisecond, Jitter: 1}

// A Committer is the write part of a [Store].
type Committer interface {
	Commit(ctx context.Context, tx Tx) error
}

// Update commits the Tx that step returns, and returns it. step reads the
// records itself: after each [ErrConflict] it is called again.
//
// An error of step ends the update and is returned unchanged. Any other error
// of the commit is returned with its Tx. Its outcome is unknown, unless the
// error is [ErrDuplicate] or [ErrFenced]. After 100 conflicts the
// error wraps [ErrConflict].
func Update(ctx context.Context, s Committer, step func(context.Context) (Tx, error)) (Tx, error) {
	for conflicts := 0; ; conflicts++ {
		tx, err := step(ctx)
		if err != nil {
			return Tx{}, err
		}
		err = s.Commit(ctx, tx)
		switch {
		case !errors.Is(err, ErrConflict):
			return tx, err
		case conflicts >= maxConflicts:
			return tx, fmt.Errorf("after %d tries: %w", conflicts+1, err)
		}
		if err := wait(ctx, conflicts); err != nil {
			return tx, err
		}
	}
}

// wait pauses after many conflicts; the pause grows with their number.
func wait(ctx context.Context, conflicts int) error {
	if conflicts < crowded {
		return ctx.Err()
	}
	if !backoff.Wait(ctx, crowdBackoff.Pause(conflicts-crowded)) {
		return ctx.Err()
	}
	return nil
}
