package reconcile

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

// sweep starts a pass over everything that may hold something of ours, whether
// or not anything there is due: what a crash left behind, and what somebody else
// changed, is found by looking.
func (r *Reconciler) sweep(ctx context.Context) {
	gs, err := r.Store.List(ctx, grant.Query{States: inAWS})
	if err != nil {
		r.Log.ErrorContext(ctx, "sweeping", "err", err)
		return
	}
	ended, err := r.Store.List(ctx, grant.Query{States: []grant.State{grant.Ended}, Limit: dueAtOnce})
	if err != nil {
		r.Log.ErrorContext(ctx, "sweeping", "err", err)
		return
	}
	yesterday := r.Now().Add(-24 * time.Hour)
	gs = append(gs, slices.DeleteFunc(ended, func(g grant.Grant) bool { return g.EndedAt.Before(yesterday) })...)
	for _, g := range gs {
		r.startBucket(ctx, g.Bucket)
		r.startPrincipal(ctx, g.Principal)
	}
	r.sweepGroups(ctx)
}

// sweepGroups starts a pass over every member of the accounts' groups: the pass
// tells those whom an ended grant of ours left there from everybody else.
func (r *Reconciler) sweepGroups(ctx context.Context) {
	for _, a := range r.Rules.Accounts {
		if a.External || !r.receives(a) {
			continue
		}
		members, err := r.Access.Members(ctx, a.ID)
		if err != nil {
			r.Log.WarnContext(ctx, "reading the members of a group", "account", a.Name, "err", err)
			continue
		}
		for _, m := range members {
			p, err := grant.ParsePrincipal(m.ARN, r.Rules.Accounts)
			if err != nil {
				continue
			}
			p.UniqueID = m.UniqueID
			r.startPrincipal(ctx, p)
		}
	}
}

// receives reports whether the account has ever had a grant of ours, so that
// owner accounts, which have no group, are not asked for one.
func (r *Reconciler) receives(a grant.Account) bool {
	return !slices.ContainsFunc(r.Rules.Rules, func(rule grant.Rule) bool { return rule.Account == a.Name })
}
