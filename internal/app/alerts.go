package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/store"
)

// alertsNote is the note with the pending alerts to the operators, oldest first.
const alertsNote = "alerts"

// alertsMost is the largest number of pending alerts. Operators who were out of reach for that long
// have the log to read as well.
const alertsMost = 100

// alerts keeps alerts to the operators that are not about one grant until Slack has accepted them.
type alerts struct {
	store store.Store
	now   func() time.Time
	log   *slog.Logger
}

// add queues an alert. It is sent at least once, however late. An error means that it is not
// queued.
func (a alerts) add(ctx context.Context, text string) error {
	full := false
	err := a.edit(ctx, func(waiting []string) []string {
		if full = len(waiting) >= alertsMost; full {
			return waiting
		}
		return append(waiting, text)
	})
	if err == nil && full {
		a.log.ErrorContext(ctx, "too much waits to be told", "alert", text)
		err = errFull
	}
	return err
}

var errFull = errors.New("too much waits to be told already")

// alertBackoff's first pause is also the interval between two checks.
var alertBackoff = backoff.Backoff{First: time.Second, Max: time.Minute}

// tell sends the queued alerts in order until ctx ends. It backs off while Slack fails.
func (a alerts) tell(ctx context.Context, tell alert) error {
	failures := 0
	for {
		switch err := a.tellNow(ctx, tell); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			failures++
			a.log.WarnContext(ctx, "telling those who run the bot is tried again", "in", alertBackoff.Pause(failures),
				"err", err)
		default:
			failures = 0
		}
		if !backoff.Wait(ctx, alertBackoff.Pause(failures)) {
			return nil
		}
	}
}

func (a alerts) tellNow(ctx context.Context, tell alert) error {
	waiting, _, err := a.read(ctx)
	if err != nil {
		return err
	}
	for _, text := range waiting {
		if !tell(ctx, text) {
			return errors.New("Slack did not take it")
		}
		// record sent alerts even if the bot stops
		err := a.edit(context.WithoutCancel(ctx), func(left []string) []string {
			if i := slices.Index(left, text); i >= 0 {
				left = slices.Delete(left, i, i+1)
			}
			return left
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a alerts) read(ctx context.Context) (waiting []string, note store.Document, err error) {
	note, err = store.ReadDocument(ctx, a.store, alertsNote, &waiting)
	if errors.Is(err, store.ErrUnreadable) {
		waiting, err = []string{"Alerts that were still to be posted are lost: their stored list is damaged. The bot's log " +
			"has them."}, nil
	}
	return waiting, note, err
}

func (a alerts) edit(ctx context.Context, step func(waiting []string) []string) error {
	_, err := store.Update(ctx, a.store, func(ctx context.Context) (store.Tx, error) {
		waiting, note, err := a.read(ctx)
		if err != nil {
			return store.Tx{}, fmt.Errorf("reading what is to be told: %w", err)
		}
		note, err = note.WithValue(step(waiting))
		return store.Tx{At: a.now(), Documents: []store.Document{note}}, err
	})
	return err
}

// An alert notifies the operators, and reports whether Slack accepted it.
type alert func(ctx context.Context, text string) bool
