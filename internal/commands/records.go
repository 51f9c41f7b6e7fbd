package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A reader is a store without Commit.
type reader interface {
	store.Getter
	store.DocumentReader
	store.ChainReader
	List(ctx context.Context, q store.Query) ([]grant.Grant, error)
	Count(ctx context.Context, q store.Query) (int, error)
	Due(ctx context.Context, w grant.Worker, now time.Time, limit int) ([]grant.ID, error)
	Committed(ctx context.Context, at time.Time, causes ...string) (bool, error)
	Unreadable(ctx context.Context) []store.Unreadable
}

// A writer can commit too.
type writer interface {
	reader
	store.Committer
}

// records reads the grants of an act.
type records struct {
	store reader
	now   func() time.Time
}

// get returns a grant. A missing or damaged record is a refusal.
func (r *records) get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	g, err := r.store.Get(ctx, id)
	if err != nil {
		return g, notFound(id, err)
	}
	return g, nil
}

// batchOf returns the grants that are decided with one: its undecided batch, lead first, or the
// grant alone. A damaged record among them is an error, unless the act closes: then the others
// are closed without it.
func (r *records) batchOf(ctx context.Context, id grant.ID, closes bool) ([]grant.Grant, error) {
	g, err := r.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.batchWith(ctx, g, closes)
}

// batchWith is batchOf for a grant that was read already.
func (r *records) batchWith(ctx context.Context, g grant.Grant, closes bool) (all []grant.Grant, err error) {
	for _, id := range g.DecidedIDs() {
		one, err := g, error(nil)
		if id != g.ID {
			one, err = r.store.Get(ctx, id)
		}
		switch {
		case err == nil:
			all = append(all, one)
		case !closes || !errors.Is(err, store.ErrUnreadable):
			return nil, notFound(id, err)
		}
	}
	return all, nil
}

// committed reports whether an earlier delivery of this act was committed.
func (r *records) committed(ctx context.Context, c Invocation) (bool, error) {
	if len(c.IdempotencyKeys) == 0 {
		return false, nil
	}
	done, err := r.store.Committed(ctx, r.now(), c.IdempotencyKeys...)
	if err != nil {
		return false, fmt.Errorf("asking whether an act was carried out: %w", err)
	}
	return done, nil
}

// redelivered returns the grant of an act that was committed before: the bot ended before it
// answered. ok is false if the act has not been committed.
func (r *records) redelivered(ctx context.Context, c Invocation, id grant.ID) (g grant.Grant, ok bool, err error) {
	done, err := r.committed(ctx, c)
	if err != nil || !done {
		return g, false, err
	}
	if g, err = r.store.Get(ctx, id); err != nil {
		return g, false, fmt.Errorf("reading a grant that was changed: %w", err)
	}
	return g, true, nil
}

func notFound(id grant.ID, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return grant.Refuse("There is no grant %s, or you may not see it.", id).
			WithHint("`/s3share list` shows yours.")
	case errors.Is(err, store.ErrUnreadable):
		return grant.Refuse("The data of %s is damaged.", id).
			WithHint("`/s3share end %s` ends its access. The operators of s3share have been told, and can "+
				"repair it.", id)
	}
	return err
}
