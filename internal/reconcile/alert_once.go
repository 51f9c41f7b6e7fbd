package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"s3share/internal/store"
)

// alertOnce alerts operators about each key once. A note of the store lists the keys
// that were alerted. A key leaves the list when isOver says so; then it is alerted again
// if it comes back. A later sweep retries an alert that could not be kept.
func (p sweepPass) alertOnce(ctx context.Context, key string, now []string, text func(key string) string,
	isOver func(key string) bool) error {
	var told []string
	note, err := store.ReadDocument(ctx, p.r.store, key, &told)
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return fmt.Errorf("reading the alerts of %s: %w", key, err)
	}
	var fault error
	next := slices.DeleteFunc(slices.Clone(told), isOver)
	for _, k := range now {
		if slices.Contains(next, k) {
			continue
		}
		if fault = p.r.tell(ctx, text(k)); fault != nil {
			break
		}
		next = append(next, k)
	}
	if slices.Equal(told, next) {
		return fault
	}
	if note, err = note.WithValue(next); err != nil {
		return err
	}
	if err = p.r.store.Commit(ctx, store.Tx{At: p.r.now(), Documents: []store.Document{note}}); err != nil {
		err = fmt.Errorf("recording the alerts of %s: %w", key, err)
	}
	return errors.Join(fault, err)
}
