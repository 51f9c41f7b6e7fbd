package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/store"
)

// A journalWatch stops additions while acknowledged acts may be lost, because a denial or an early
// end may be among them.
type journalWatch struct {
	store *boltstore.Store
	path  string                                       // of the journal
	add   func(ctx context.Context, text string) error // queues an alert to the operators
	now   func() time.Time
	log   *slog.Logger
}

// set records damage and unreadable acts of the journal, and alerts the operators when that
// changes. The alert comes first: after a crash it is sent again.
func (w journalWatch) set(ctx context.Context, damage []journal.Damage, unreadable []string) error {
	note, err := w.store.Document(ctx, store.JournalKey)
	switch {
	case errors.Is(err, store.ErrUnreadable): // this stops additions; it is replaced below
		note.JSON = "the note of a damaged journal was damaged itself"
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	why := whyShut(damage, unreadable)
	if note.JSON == why {
		return nil
	}
	kind, text := "halt", w.alertOf(why, len(damage) > 0, len(unreadable) > 0)
	if why == "" {
		kind, text = "resume", "The damage in the journal was looked at. Access is added again."
	}
	if err := w.add(ctx, text); err != nil {
		w.log.ErrorContext(ctx, "telling of a damaged journal", "err", err)
	}
	entry := grant.Entry{At: w.now(), Kind: kind, Why: why}
	if why == "" {
		entry.Why = note.JSON
	}
	note.Key, note.JSON = store.JournalKey, why
	return w.store.Commit(ctx, store.Tx{At: entry.At, Documents: []store.Document{note}, Entries: []grant.Entry{entry}})
}

// mostNamed is the largest number of unreadable acts that are listed.
const mostNamed = 10

// whyShut returns the reason for stopping additions; "" if the journal is undamaged.
func whyShut(damage []journal.Damage, unreadable []string) string {
	var lines []string
	for _, d := range damage {
		lines = append(lines, d.String())
	}
	if n := len(unreadable); n > 0 {
		line := "the journal has acts that cannot be read: " + strings.Join(unreadable[:min(n, mostNamed)], "; ")
		if n > mostNamed {
			line += fmt.Sprintf(" and %d more", n-mostNamed)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// alertOf returns the text of the alert, with instructions.
func (w journalWatch) alertOf(why string, damaged, unreadable bool) string {
	text := fmt.Sprintf("Acknowledged acts may be lost: %s. "+
		"Access that is over is removed, and none is added. Ask those who typed or pressed something then to check it, "+
		"and to do it again if nothing came of it.", why)
	if unreadable {
		text += fmt.Sprintf(" If a newer version of the bot has stored the acts that cannot be read, run that version: it "+
			"carries them out. "+
			"To go on without them, stop the bot and move the directory `%s` aside.", w.path)
	}
	if damaged {
		text += fmt.Sprintf(" Then remove the file `%s` and restart the bot.", filepath.Join(w.path, journal.DamageFile))
	}
	return text
}
