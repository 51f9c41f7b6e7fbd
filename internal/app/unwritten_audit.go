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
	"s3share/internal/store"
)

// unwrittenNote is the note about an audit log that cannot be written. After a restart the bot
// neither repeats the alert nor forgets to resolve it.
const unwrittenNote = "audit log"

// A failure that lasts unwrittenFor alerts the admin channel.
const unwrittenFor = 10 * time.Second

// unwritten alerts the admin channel once if the audit log cannot be written, and once when it can
// be again.
type unwritten struct {
	path  string
	store store.Store
	now   func() time.Time
	log   *slog.Logger
	tell  alert

	watch alarm.Watch
}

// newUnwritten reads whether the previous run alerted the admin channel.
func newUnwritten(ctx context.Context, o Options, db store.Store, tell alert) (*unwritten, error) {
	u := &unwritten{path: o.Config.Audit, store: db, now: o.Now, log: o.Log, tell: tell}
	var since time.Time
	if _, err := store.ReadDocument(ctx, db, unwrittenNote, &since); err != nil && !store.IsReplaceable(err) {
		return nil, err
	}
	u.watch = alarm.Resume(unwrittenFor, since)
	return u, nil
}

// after handles the result of an attempt to write the log. If Slack refuses the alert, the next
// attempt sends it.
func (u *unwritten) after(ctx context.Context, failure error) {
	now := u.now()
	began := time.Time{}
	if failure != nil {
		began = now
	}
	changed := u.watch.Look(now, began, func(time.Duration) bool {
		return u.tell(ctx, fmt.Sprintf("The audit log %s cannot be written: %v. %s Nothing is lost: the database keeps "+
			"every entry, "+
			"and they are written as soon as this works. Access is granted and removed meanwhile.", u.path, failure,
			remedy(failure)))
	}, func(lasted time.Duration) bool {
		return u.tell(ctx, fmt.Sprintf("Resolved after %v: the audit log %s is written again and has every entry.",
			lasted.Round(time.Second), u.path))
	})
	if changed {
		u.record(ctx, now)
	}
}

// record stores the state of the alert. If the database cannot be written either, the next run
// repeats the alert.
func (u *unwritten) record(ctx context.Context, now time.Time) {
	var before time.Time
	note, err := store.ReadDocument(ctx, u.store, unwrittenNote, &before)
	if err == nil || store.IsReplaceable(err) {
		note, err = note.WithValue(u.watch.Told())
	}
	if err == nil {
		err = u.store.Commit(ctx, store.Tx{At: now, Documents: []store.Document{note}})
	}
	if err != nil {
		u.log.WarnContext(ctx, "recording that the audit log cannot be written", "err", err)
	}
}

// remedy returns the instruction to an operator whose log cannot be written.
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
	return "Look at its disk. Or name a file on another disk in the config and restart me: I then write a new log from " +
		"the database."
}
