package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/store"
)

// A journalWatch stops additions while acknowledged acts may be lost, because a denial or an early
// end may be among them.
type journalWatch struct {
	store *boltstore.Store
	path  string // of the journal
	board alarm.Board
	now   func() time.Time
	log   *slog.Logger
}

// journalAlert is the prefix of the key of an alert, before the damage.
const journalAlert = "journal: "

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
	kind := "halt"
	// an earlier alert is about other damage
	err = w.board.EndAll(ctx, journalAlert, func(other string) bool { return other != why },
		func(string) string { return "the damage in the journal was handled" })
	if why == "" {
		kind = "resume"
	} else if err == nil {
		text := w.alertOf(why, len(damage) > 0, len(unreadable) > 0)
		err = w.board.Raise(ctx, alarm.Alert{Key: journalAlert + why, Text: text})
	}
	if err != nil {
		w.log.ErrorContext(ctx, "recording the alert about a damaged journal", "err", err)
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
	text := fmt.Sprintf("Commands and clicks that s3share acknowledged may be lost: %s. s3share removes expired access "+
		"and grants nothing until this is handled. Ask people who used s3share at that time to check the result, and to "+
		"repeat their command or click if it had none.", why)
	if unreadable {
		text += fmt.Sprintf(" If a newer version of s3share stored the unreadable ones, run that version: it carries them "+
			"out. To continue without them, stop s3share and move the directory `%s` aside.", w.path)
	}
	if damaged {
		text += fmt.Sprintf(" Then remove the file `%s` and restart s3share.", filepath.Join(w.path, journal.DamageFile))
	}
	return text
}
