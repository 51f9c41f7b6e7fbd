package reconcile

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

// records are the grants of a pass's bucket or principal.
type records struct {
	grants   []grant.Grant     // AWS may hold access for them, oldest approval first
	ended    []grant.Grant     // ended grants that are rechecked
	withheld map[grant.ID]bool // nothing is added for them, see [Reconciler.hold]
}

func (rs records) all() []grant.Grant { return slices.Concat(rs.grants, rs.ended) }

// load reads the records of a pass: those that list returns, and the ended ones of theirs among the due.
// It ends the grants that differ from their approval. fault means that it could not record such an end;
// the pass goes on.
func (r *Reconciler) load(ctx context.Context, due []grant.ID, began time.Time,
	list func() ([]grant.Grant, error), theirs func(grant.Grant) bool) (rs records, fault, err error) {
	if rs.grants, err = list(); err != nil {
		return rs, nil, err
	}
	var disowned bool
	if rs.withheld, disowned, fault = r.hold(ctx, began, rs.grants); disowned {
		if rs.grants, err = list(); err != nil {
			return rs, fault, err
		}
	}
	listed := func(id grant.ID) bool {
		return slices.ContainsFunc(rs.grants, func(g grant.Grant) bool { return g.ID == id })
	}
	for _, g := range r.grants(ctx, slices.DeleteFunc(slices.Clone(due), listed)) {
		if g.State == grant.Ended && theirs(g) {
			rs.ended = append(rs.ended, g)
		}
	}
	byAge(rs.grants)
	return rs, fault, nil
}
