package slackbot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/grant"
	"s3share/internal/journal"
)

// overdueAfter is the age of an undone act that is reported to the operators.
const overdueAfter = time.Minute

// noteJournal records whether the journal could be written. A success of a closing act proves
// nothing: it is possible on a full disk. ctx is the bot's; a journal that hangs fails by the shorter
// deadline of the call.
func (w *worker) noteJournal(ctx context.Context, closing bool, err error) {
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
	w.noJournal.Store(&why)
}

// probeJournal checks whether a failed journal works again, so that the bot becomes ready without
// waiting for an act.
func (w *worker) probeJournal(ctx context.Context) {
	if why := w.noJournal.Load(); why == nil || *why == "" {
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

// Closing reports whether an act that would close a grant waits to be carried out. Until
// the acts of the earlier run have their places, each undone closing act may be one.
func (b *Bot) Closing(g grant.Grant) bool {
	closes := func(r journal.Record) bool { return r.Closing }
	if !b.acts.replayed.Load() && slices.ContainsFunc(b.acts.journal.Undone(), closes) {
		return true
	}
	return b.acts.queue.Urgent(b.Service.Order.Closing(g)...)
}

// oldestUndone returns the undone act with the earliest receipt, and the number of undone acts.
func (a *acts) oldestUndone() (oldest act, undone int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := range a.entries {
		if undone == 0 || e.act.At.Before(oldest.At) {
			oldest = e.act
		}
		undone++
	}
	return oldest, undone
}

// watchEvery is the interval of checks of the oldest undone act and of a failed journal.
const watchEvery = 15 * time.Second

// watchActs reports overdue acts to the admin channel, and their completion, until ctx ends. While
// Slack is down it reports nothing.
func (w *worker) watchActs(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var overdue alarm.Watch
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		w.probeJournal(ctx)
		w.lookAtActs(ctx, &overdue)
	}
}

// lookAtActs reports overdue acts, and their completion.
func (w *worker) lookAtActs(ctx context.Context, overdue *alarm.Watch) {
	oldest, n := w.acts.oldestUndone()
	var began time.Time
	if n > 0 && w.now().Sub(oldest.At) > overdueAfter {
		began = oldest.At
	}
	overdue.Look(w.now(), began, func(time.Duration) bool {
		w.log.ErrorContext(ctx, "acts are not done for over a minute", "acts", n, "oldest", oldest.At, "verb", oldest.Verb)
		text := fmt.Sprintf("Requests, clicks and commands are not done for over a minute: %d wait, the oldest since %s. "+
			"Closing acts go first; see the log for the cause.", n, oldest.At.UTC().Format("15:04:05 UTC"))
		return w.outbox.Admins.Urge(ctx, text)
	}, func(lasted time.Duration) bool {
		w.log.InfoContext(ctx, "acts are done in time again")
		return w.outbox.Admins.Alert(ctx, fmt.Sprintf("Resolved after %s: what waited is done.", lasted.Round(time.Second)))
	})
}

// Overdue describes the overdue acts, one line for each fact.
func (b *Bot) Overdue() (lines []string) {
	oldest, n := b.acts.oldestUndone()
	if age := b.Now().Sub(oldest.At); n > 0 && age > overdueAfter {
		lines = append(lines, fmt.Sprintf("%d acts are not done; the oldest (%s) was received at %s", n, oldest.Verb,
			oldest.At.UTC().Format(time.RFC3339)))
	}
	return lines
}
