package slackbot

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

const (
	firstRetry = 2 * time.Second
	mostRetry  = 30 * time.Second
	// retryFor bounds the retries of an act. After that an act that opens access is too old, and is
	// reported as not done. An act that closes access is retried for longer.
	retryFor        = commands.ActLasts + time.Minute
	retryClosingFor = time.Hour
)

// isPassing reports whether an act failed temporarily: by a system call (no space, an unreadable
// disk), a timeout, or repeated conflicts. The act may have been committed; then its retry answers
// from the record.
func isPassing(err error) bool {
	var call syscall.Errno
	return blocks.Refused(err) == nil &&
		(errors.As(err, &call) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrConflict))
}

// tryAgain retries an acknowledged act after a pause, and tells its person once that it waits. It
// returns false after too many retries. An act that opens access gives up its place meanwhile, so
// that closing acts go first. Any other act keeps its place, so that a freeze and an unfreeze stay
// in order.
func (w *worker) tryAgain(ctx context.Context, e *entry, try int, err error, again func(), ids ...grant.ID) bool {
	if !w.mayRetry(ctx, e) {
		return false
	}
	wait := min(mostRetry, firstRetry<<min(try, 5))
	w.log.WarnContext(ctx, "an act failed; retrying", "verb", e.act.Verb, "person", e.act.User, "in", wait,
		"err", err)
	if !e.act.Verb.Opens() {
		if w.acts.pauseUnlessStopped(ctx, wait) {
			again()
		}
		return true
	}
	w.acts.replies.Go(func() {
		if w.acts.pauseUnlessStopped(ctx, wait) {
			w.takePlace(ctx, e.act, again, ids...).Ready()
		}
	})
	return true
}

// mayRetry reports whether a failed act may be retried. The first time it tells the person.
func (w *worker) mayRetry(ctx context.Context, e *entry) bool {
	most, words := retryFor, "ten minutes"
	if e.act.Verb.Closes() {
		most, words = retryClosingFor, "an hour"
	}
	now := time.Now()
	w.acts.mu.Lock()
	first := e.failedAt.IsZero()
	if first {
		e.failedAt = now
	}
	failed := e.failedAt
	w.acts.mu.Unlock()
	if first {
		w.acts.replies.Go(func() {
			text := fmt.Sprintf("I can't do that right now. Retrying for up to %s; I'll tell you the "+
				"result here.", words)
			w.outbox.Tell(ctx, e.act.place(w.now()), blocks.Message{Text: text})
		})
	}
	return now.Sub(failed) < most
}
