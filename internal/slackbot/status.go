package slackbot

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/journal"
)

// Ready returns nil while Slack is connected, and no problem with the admin channel or the journal
// is known.
func (b *Bot) Ready() error {
	if err := b.Outbox.Admins.Ready(); err != nil {
		return err
	}
	if why := b.watch.broken.Load(); why != nil && *why != "" {
		return errors.New(*why)
	}
	if !b.connections.connected() {
		return errors.New("not connected to Slack")
	}
	return nil
}

// Closing reports whether an act that would close a grant waits to be carried out. Until
// the acts of the earlier run have their places, each undone closing act may be one.
func (b *Bot) Closing(g grant.Grant) bool {
	closes := func(r journal.Record) bool { return r.Closing }
	if !b.acts.replayed.Load() && slices.ContainsFunc(b.acts.journal.Undone(), closes) {
		return true
	}
	return b.acts.queue.Urgent(b.service.Order.Closing(g)...)
}

// Overdue describes the overdue acts, one line for each fact.
func (b *Bot) Overdue() (lines []string) {
	oldest, n := b.acts.oldestUndone()
	if age := b.now().Sub(oldest.At); n > 0 && age > overdueAfter {
		lines = append(lines, fmt.Sprintf("%d acts are not done; the oldest (%s) was received at %s", n, oldest.Verb,
			oldest.At.UTC().Format(time.RFC3339)))
	}
	return lines
}
