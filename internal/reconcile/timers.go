package reconcile

import (
	"context"
	"errors"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// expireDue applies the timers: requests lapse, people are warned, grants expire. One commit
// contains many grants. If one of them changed in between, each is committed separately. It reports
// whether more may be due now.
func (r *Reconciler) expireDue(ctx context.Context) (more bool) {
	began := r.now()
	tx := store.Tx{At: began}
	var olds []grant.Grant
	ids := r.due(ctx, grant.TimerWorker, lifeAtOnce)
	for _, g := range r.grants(ctx, ids) {
		if next, ok := grant.ApplyTimers(g, began); ok {
			tx.Put(g, next)
			olds = append(olds, g)
		}
	}
	if len(olds) == 0 {
		return false
	}
	switch err := r.store.Commit(ctx, tx); {
	case err == nil:
		r.passes.signal()
		for i, g := range tx.Grants {
			r.logEvents(ctx, g, len(olds[i].History))
		}
		return len(ids) == lifeAtOnce
	case !errors.Is(err, store.ErrConflict):
		r.log.ErrorContext(ctx, "committing what time does", "grants", len(olds), "err", err)
		return false
	}
	err := each(olds, func(old grant.Grant) error {
		return r.record(ctx, old.ID, func(g grant.Grant) (grant.Grant, error) {
			next, ok := grant.ApplyTimers(g, began)
			if !ok {
				return g, errUnchanged
			}
			return next, nil
		})
	})
	r.end(ctx, err, "recording what time does") //nolint:errcheck // logged, and found due again
	return false
}
