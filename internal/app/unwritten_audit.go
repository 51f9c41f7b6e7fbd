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
)

// unwrittenAlert is the key of the alert about an audit log that cannot be written.
const unwrittenAlert = "audit log"

// A failure that lasts unwrittenFor alerts the admin channel.
const unwrittenFor = 10 * time.Second

// unwritten alerts the admin channel once if the audit log cannot be written, and once when it can
// be again.
type unwritten struct {
	path  string
	board alarm.Board
	now   func() time.Time
	log   *slog.Logger
	watch alarm.Watch
}

// newUnwritten reads whether the previous run alerted the admin channel.
func newUnwritten(ctx context.Context, o Options, board alarm.Board) (*unwritten, error) {
	lasting, err := board.Raised(ctx)
	return &unwritten{path: o.Config.Audit, board: board, now: o.Now, log: o.Log,
		watch: alarm.Resume(unwrittenFor, lasting[unwrittenAlert])}, err
}

// after handles the result of an attempt to write the log.
func (u *unwritten) after(ctx context.Context, failure error) {
	now := u.now()
	began := time.Time{}
	if failure != nil {
		began = now
	}
	u.watch.Look(now, began, func(lasted time.Duration) bool {
		return u.stored(ctx, u.board.Raise(ctx, alarm.Alert{Key: unwrittenAlert, Since: now.Add(-lasted),
			Text: fmt.Sprintf("Can't write the audit log %s: %v. %s The database keeps every entry, and s3share writes them "+
				"to the log as soon as this works. Access is granted and removed as usual.", u.path, failure, remedy(failure))}))
	}, func(time.Duration) bool {
		how := fmt.Sprintf("the audit log %s is written again and has every entry", u.path)
		return u.stored(ctx, u.board.End(ctx, unwrittenAlert, how))
	})
}

// stored reports whether a change of the alert was stored. The next attempt repeats it.
func (u *unwritten) stored(ctx context.Context, err error) bool {
	if err != nil {
		u.log.WarnContext(ctx, "recording the alert about the audit log", "err", err)
	}
	return err == nil
}

// remedy returns the instruction to an operator whose log cannot be written.
func remedy(failure error) string {
	switch {
	case errors.Is(failure, audit.ErrMoved):
		return "Move it back. Or restart s3share: it then writes a new log from the database."
	case errors.Is(failure, syscall.ENOSPC) || errors.Is(failure, syscall.EDQUOT):
		return "Free space on its disk."
	case errors.Is(failure, syscall.EROFS):
		return "Mount its file system writable."
	case errors.Is(failure, fs.ErrPermission):
		return "Let the user that s3share runs as write it."
	}
	return "Check its disk. Or name a file on another disk in the config and restart s3share: it then writes a new log " +
		"from the database."
}
