package reconcile

import (
	"context"
	"errors"

	"s3share/internal/grant"
)

// live does what time alone does: requests lapse, people are warned, grants
// expire. Many at once are one commit; if anything in it has moved, they are
// done one by one.
func (r *Reconciler) live(ctx context.Context) {
	now := r.Now()
	change := grant.Change{At: now}
	var moved []grant.ID
	for _, g := range r.dueGrants(ctx, grant.LifeLoop) {
		if next, ok := g.Tick(now); ok {
			change.Put(g, next)
			moved = append(moved, g.ID)
		}
	}
	if len(moved) == 0 {
		return
	}
	err := r.Store.Commit(ctx, change)
	if err == nil {
		for _, g := range change.Grants {
			r.Log.InfoContext(ctx, "grant changed", "event", g.History[len(g.History)-1].Kind, "grant", g.ID, "state", g.State)
		}
		return
	}
	if !errors.Is(err, grant.ErrConflict) {
		r.Log.ErrorContext(ctx, "committing what time does", "grants", len(moved), "err", err)
		return
	}
	for _, id := range moved {
		r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
			next, ok := g.Tick(now)
			if !ok {
				return g, errMoved
			}
			return next, nil
		})
	}
}
