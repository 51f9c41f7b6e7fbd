package slackbot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/grant"
	"s3share/internal/journal"
)

// overdueAfter is how old an undone act is told to those who run the bot.
const overdueAfter = time.Minute

// noteJournal notes whether the journal could be written. On a full disk closing acts
// still can: one that was kept says nothing of the others. ctx is the bot's: a journal
// that hangs fails by the shorter deadline of the call.
func (b *Bot) noteJournal(ctx context.Context, closing bool, err error) {
	why := ""
	if err == nil && closing {
		return
	}
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, journal.ErrTooLarge) {
			return // the bot stops, or it is the act's own fault
		}
		why = fmt.Sprintf("the journal cannot be written: %v", err)
	}
	b.noJournal.Store(&why)
}

// probeJournal finds out whether a journal that could not be written can be again, so
// that the bot is ready without anybody's act.
func (b *Bot) probeJournal(ctx context.Context) {
	if why := b.noJournal.Load(); why == nil || *why == "" {
		return
	}
	within, cancel := context.WithTimeout(ctx, journalWithin)
	defer cancel()
	err := b.acts.journal.Probe(within)
	b.noteJournal(ctx, false, err)
	if err == nil {
		b.Log.InfoContext(ctx, "the journal can be written again")
	}
}

// Closing reports whether an act that would close a grant waits to be carried out.
func (b *Bot) Closing(g grant.Grant) bool {
	return b.acts.queue.Urgent(b.Service.Closing(g)...)
}

// oldestUndone returns the act that was received first of those that are not done.
func (b *Bot) oldestUndone() (oldest act, undone int) {
	b.acts.mu.Lock()
	defer b.acts.mu.Unlock()
	for e := range b.acts.entries {
		if undone == 0 || e.act.At.Before(oldest.At) {
			oldest = e.act
		}
		undone++
	}
	return oldest, undone
}

// watchEvery is how often the oldest undone act is looked at, and a journal that could
// not be written.
const watchEvery = 15 * time.Second

// watchActs tells the admin channel of acts that are undone for too long, and that
// they are done, until ctx ends. While Slack takes nothing, nothing is told.
func (b *Bot) watchActs(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var overdue alarm.Watch
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		b.probeJournal(ctx)
		b.lookAtActs(ctx, &overdue)
	}
}

// lookAtActs tells that acts are undone for too long, and that they are done.
func (b *Bot) lookAtActs(ctx context.Context, overdue *alarm.Watch) {
	oldest, n := b.oldestUndone()
	var began time.Time
	if n > 0 && b.Now().Sub(oldest.At) > overdueAfter {
		began = oldest.At
	}
	overdue.Look(b.Now(), began, func(time.Duration) bool {
		b.Log.ErrorContext(ctx, "acts are not done for over a minute", "acts", n, "oldest", oldest.At, "verb", oldest.Verb)
		text := fmt.Sprintf("Requests, clicks and commands are not done for over a minute: %d wait, the oldest since %s. "+
			"Closing acts go first; see the log for the cause.", n, oldest.At.UTC().Format("15:04:05 UTC"))
		return b.alert(ctx, text, true)
	}, func(lasted time.Duration) bool {
		b.Log.InfoContext(ctx, "acts are done in time again")
		return b.alert(ctx, fmt.Sprintf("Resolved after %s: what waited is done.", lasted.Round(time.Second)), false)
	})
}

// Overdue names the acts that are undone for too long: a line for each fact.
func (b *Bot) Overdue() (lines []string) {
	oldest, n := b.oldestUndone()
	if age := b.Now().Sub(oldest.At); n > 0 && age > overdueAfter {
		lines = append(lines, fmt.Sprintf("%d acts are not done; the oldest (%s) was received at %s", n, oldest.Verb, oldest.At.UTC().Format(time.RFC3339)))
	}
	return lines
}
