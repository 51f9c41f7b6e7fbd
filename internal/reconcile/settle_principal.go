package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// see records what a read shows for every grant of the principal.
func (p *principalPass) see(ctx context.Context, joined bool) {
	for _, seen := range slices.Concat(p.grants, p.ended) {
		err := p.update(ctx, seen.ID, func(g grant.Grant) (grant.Grant, error) { return p.seen(g, joined) })
		var no *grant.Refusal
		if err != nil && !errors.Is(err, errMoved) && !errors.As(err, &no) {
			p.Log.ErrorContext(ctx, "recording a pass", "grant", seen.ID, "err", err)
		}
	}
}

// seen returns what a read makes of one grant. While another grant of the same
// principal needs the membership, it stays, and is nothing of an ending one's.
func (p *principalPass) seen(g grant.Grant, joined bool) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.Now()
	switch {
	case g.Asks(now) && joined:
		if g.Confirmed(h) {
			return p.rest(g)
		}
		kind, key := awsaccess.PartKey(p.principal)
		if p.principal.External {
			kind, key = grant.ByAdmin, g.Principal.Account
		}
		return g.Asking(h, kind, []string{key}, now).Found(h, now)
	case g.Asks(now):
		if p.principal.External {
			return g, errMoved
		}
		return g.LookAgain(h, now.Add(5*time.Second)), nil
	case joined && !p.othersAsk(g):
		return g, errMoved
	case g.State == grant.Ending && g.Grantee.ClearedAt.IsZero():
		return g.Gone(h, now)
	case !g.DriftedAt.IsZero() && g.WasConfirmed(h):
		return g.GivenUp(h), nil
	}
	return p.rest(g)
}

func (p *principalPass) othersAsk(g grant.Grant) bool {
	return slices.ContainsFunc(p.grants, func(o grant.Grant) bool { return o.ID != g.ID && p.asks(o) })
}

func (p *principalPass) rest(g grant.Grant) (grant.Grant, error) {
	if !due(g.Grantee, p.Now()) {
		return g, errMoved
	}
	return g.LookAgain(grant.GranteeHalf, time.Time{}), nil
}

// mine reports whether a membership that no grant asks for is this store's to
// remove: somebody whom no grant of ours ever named was put there by others.
func (p *principalPass) mine(ctx context.Context) bool {
	if len(p.grants) > 0 || len(p.ended) > 0 {
		return true
	}
	ended, err := p.Store.List(ctx, grant.Query{Principal: p.principal.ARN, States: []grant.State{grant.Ended}})
	if err != nil {
		p.Log.ErrorContext(ctx, "listing the grants of a principal", "err", err)
		return false
	}
	return slices.ContainsFunc(ended, func(g grant.Grant) bool { return g.Principal.UniqueID == p.principal.UniqueID })
}

// retryDue records a failed call with the grants that were waiting for it.
func (p *principalPass) retryDue(ctx context.Context, cause error) {
	for _, g := range slices.Concat(p.grants, p.ended) {
		if due(g.Grantee, p.now) {
			p.retry(ctx, g.ID, grant.GranteeHalf, cause)
		}
	}
}
