// Package store has what everybody needs who changes a [grant.Store].
//
// It does not know any engine. [Update] is the one compare-and-swap loop: whoever
// changes a record reads it, works out the change, commits it, and begins again if
// somebody else was faster.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"s3share/internal/grant"
)

const (
	// maxConflicts bounds how often one update begins again. Each conflict means
	// that another commit went through, so it takes as many writers to reach it.
	maxConflicts = 100
	// crowded is the number of conflicts after which an update pauses before the
	// next try, so that many writers of one record come through in turn.
	crowded  = 8
	maxPause = 20 * time.Millisecond
)

// A Committer is the part of a [grant.Store] that makes changes.
type Committer interface {
	Commit(ctx context.Context, c grant.Change) error
}

// Update commits the change that step returns, and returns it. step reads what it
// changes: it is called again, from the start, after each [grant.ErrConflict].
// An error of step ends the update and is returned as it is. So is any other error
// of the commit, with the change that it was about: unless the error is
// [grant.ErrDuplicate] or [grant.ErrFenced], its outcome is unknown. After 100
// conflicts the error wraps [grant.ErrConflict].
func Update(ctx context.Context, s Committer, step func(context.Context) (grant.Change, error)) (grant.Change, error) {
	for conflicts := 0; ; conflicts++ {
		change, err := step(ctx)
		if err != nil {
			return grant.Change{}, err
		}
		err = s.Commit(ctx, change)
		switch {
		case !errors.Is(err, grant.ErrConflict):
			return change, err
		case conflicts >= maxConflicts:
			return change, fmt.Errorf("after %d tries: %w", conflicts+1, err)
		}
		if err := wait(ctx, conflicts); err != nil {
			return change, err
		}
	}
}

// wait pauses after some conflicts, for longer the more there were.
func wait(ctx context.Context, conflicts int) error {
	if conflicts < crowded {
		return ctx.Err()
	}
	longest := min(maxPause, time.Duration(conflicts-crowded+1)*time.Millisecond)
	timer := time.NewTimer(time.Duration(rand.Int64N(int64(longest)) + 1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
