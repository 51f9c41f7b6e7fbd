package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"syscall"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/audit"
	"s3share/internal/grant"
)

// unwrittenNote is the note of an audit log that cannot be written: a bot that
// starts again neither repeats the alert nor forgets to resolve it.
const unwrittenNote = "audit log"

// unwrittenFor is how long writing has to fail before the admin channel is told.
const unwrittenFor = 10 * time.Second

// unwritten tells the admin channel once that the audit log cannot be written,
// and once that it can be again.
type unwritten struct {
	path  string
	store grant.Store
	now   func() time.Time
	log   *slog.Logger
	tell  alert

	watch alarm.Watch
}

// newUnwritten reads whether the admin channel was told before the bot stopped.
func newUnwritten(ctx context.Context, o Options, store grant.Store, tell alert) (*unwritten, error) {
	u := &unwritten{path: o.Config.Audit, store: store, now: o.Now, log: o.Log, tell: tell}
	var since time.Time
	if _, err := grant.ReadNote(ctx, store, unwrittenNote, &since); err != nil && !isReplaceable(err) {
		return nil, err
	}
	u.watch = alarm.Resume(unwrittenFor, since)
	return u, nil
}

// after takes the result of an attempt to write the log. Slack may refuse the
// alert; then the next attempt tells it.
func (u *unwritten) after(ctx context.Context, failure error) {
	now := u.now()
	began := time.Time{}
	if failure != nil {
		began = now
	}
	changed := u.watch.Look(now, began, func(time.Duration) bool {
		return u.tell(ctx, fmt.Sprintf("The audit log %s cannot be written: %v. %s Nothing is lost: the database keeps every entry, "+
			"and they are written as soon as this works. Access is granted and removed meanwhile.", u.path, failure, remedy(failure)))
	}, func(lasted time.Duration) bool {
		return u.tell(ctx, fmt.Sprintf("Resolved after %v: the audit log %s is written again and has every entry.", lasted.Round(time.Second), u.path))
	})
	if changed {
		u.record(ctx, now)
	}
}

// record keeps what the admin channel was told. If the database cannot be
// written either, a bot that starts again tells it once more.
func (u *unwritten) record(ctx context.Context, now time.Time) {
	var before time.Time
	note, err := grant.ReadNote(ctx, u.store, unwrittenNote, &before)
	if err == nil || isReplaceable(err) {
		note, err = note.With(u.watch.Told())
	}
	if err == nil {
		err = u.store.Commit(ctx, grant.Change{At: now, Notes: []grant.Note{note}})
	}
	if err != nil {
		u.log.WarnContext(ctx, "recording that the audit log cannot be written", "err", err)
	}
}

// remedy says what an operator does about a log that cannot be written.
func remedy(failure error) string {
	switch {
	case errors.Is(failure, audit.ErrMoved):
		return "Move it back. Or restart me: I then write a new log from the database."
	case errors.Is(failure, syscall.ENOSPC) || errors.Is(failure, syscall.EDQUOT):
		return "Free space on its disk."
	case errors.Is(failure, syscall.EROFS):
		return "Mount its file system writable."
	case errors.Is(failure, fs.ErrPermission):
		return "Let the user that I run as write it."
	}
	return "Look at its disk. Or name a file on another disk in the config and restart me: I then write a new log from the database."
}
