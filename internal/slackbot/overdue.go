package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/journal"
	"s3share/internal/slackbot/outbox"
)

// overdueAfter is the age of an undone act that is reported to the operators.
const overdueAfter = time.Minute

const journalWithin = 10 * time.Second

// An actWatch reports acts that take too long, and a journal that cannot be written.
type actWatch struct {
	acts   *acts
	admins *outbox.Admins
	now    func() time.Time
	log    *slog.Logger
	broken atomic.Pointer[string] // why the journal cannot be written; "" or nil: no known reason
	direct bool                   // the alert was posted without the board, because the store did not answer
}

// noteJournal records whether the journal could be written. A success of a closing act proves
// nothing: it is possible on a full disk. ctx is the bot's; a journal that hangs fails by the shorter
// deadline of the call.
func (w *actWatch) noteJournal(ctx context.Context, closing bool, err error) {
	why := ""
	if err == nil && closing {
		return
	}
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, journal.ErrTooLarge) {
			return // the bot stops, or the act itself is at fault
		}
		why = fmt.Sprintf("the journal cannot be written: %v", err)
	}
	w.broken.Store(&why)
}

// probeJournal checks whether a failed journal works again, so that the bot becomes ready without
// waiting for an act.
func (w *actWatch) probeJournal(ctx context.Context) {
	if why := w.broken.Load(); why == nil || *why == "" {
		return
	}
	within, cancel := context.WithTimeout(ctx, journalWithin)
	defer cancel()
	err := w.acts.journal.Probe(within)
	w.noteJournal(ctx, false, err)
	if err == nil {
		w.log.InfoContext(ctx, "the journal can be written again")
	}
}

// watchEvery is the interval of checks of the oldest undone act and of a failed journal.
const watchEvery = 15 * time.Second

// run reports overdue acts to the admin channel, and their completion, until ctx ends. While
// Slack is down it reports nothing.
func (w *actWatch) run(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	lasting, err := w.admins.Raised(ctx)
	if err != nil {
		w.log.WarnContext(ctx, "reading the alerts of the last run", "err", err)
	}
	overdue := alarm.Resume(0, lasting[overdueKey])
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		w.probeJournal(ctx)
		w.look(ctx, &overdue)
	}
}

// overdueKey is the key of the alert about overdue acts.
const overdueKey = "overdue acts"

// look reports overdue acts, and their completion.
func (w *actWatch) look(ctx context.Context, overdue *alarm.Watch) {
	oldest, n := w.acts.oldestUndone()
	var began time.Time
	if n > 0 && w.now().Sub(oldest.At) > overdueAfter {
		began = oldest.At
	}
	overdue.Look(w.now(), began, func(time.Duration) bool {
		w.log.ErrorContext(ctx, "acts are waiting for over a minute", "acts", n, "oldest", oldest.At, "verb", oldest.Verb)
		waits := "1 command or click has waited for over a minute,"
		if n > 1 {
			waits = fmt.Sprintf("%d commands and clicks have waited for over a minute, the oldest", n)
		}
		text := fmt.Sprintf("s3share is slow: %s since %s. Denials and ends go first. The log of s3share has the cause.",
			waits, oldest.At.UTC().Format("15:04:05 UTC"))
		return w.raise(ctx, alarm.Alert{Key: overdueKey, Text: text, Since: began, Urgent: true})
	}, func(lasted time.Duration) bool {
		w.log.InfoContext(ctx, "acts are done in time again")
		const how = "commands and clicks are carried out in time again"
		if w.direct {
			w.direct = !w.admins.Alert(ctx, fmt.Sprintf("Resolved after %s: %s.", alarm.Lasted(lasted), how))
			return !w.direct
		}
		return w.withStore(ctx, func(ctx context.Context) error { return w.admins.End(ctx, overdueKey, how) }) == nil
	})
}

// raise raises an alert. The store may be the reason for it; if it does not answer in time, the alert
// is posted directly.
func (w *actWatch) raise(ctx context.Context, one alarm.Alert) bool {
	err := w.withStore(ctx, func(ctx context.Context) error { return w.admins.Raise(ctx, one) })
	if err == nil {
		return true
	}
	w.log.ErrorContext(ctx, "storing an alert", "err", err)
	w.direct = w.admins.Urge(ctx, one.Text)
	return w.direct
}

// withStore calls the store, for a few seconds at most.
func (w *actWatch) withStore(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, journalWithin)
	defer cancel()
	return call(ctx)
}
