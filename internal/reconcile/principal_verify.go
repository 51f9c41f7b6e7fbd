package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// verifyMembership records what a read shows for every grant of the principal.
func (p *principalPass) verifyMembership(ctx context.Context, joined bool) {
	for _, seen := range slices.Concat(p.grants, p.ended) {
		p.record(ctx, seen.ID, func(g grant.Grant) (grant.Grant, error) { return p.observed(ctx, g, joined) })
	}
}

// observed returns what a read makes of one grant. While another grant of the same
// principal needs the membership, it stays, and is nothing of an ending one's as soon
// as the bucket is closed.
func (p *principalPass) observed(ctx context.Context, g grant.Grant, joined bool) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.Now()
	switch {
	case g.WantsAccess(now) && joined:
		if g.Confirmed(h) {
			return idleHalf(g, h, now)
		}
		if p.principal.External {
			if !g.Confirmed(grant.OwnerHalf) { // whether AWS knows such a principal shows there alone
				return idleHalf(g, h, now)
			}
			return g.RecordDelegated(string(policy.ExternalHalf(preflight.AskOf(g, g.ExpiresAt), g.Bucket.AccountID)), now)
		}
		kind, key := awsaccess.PartKey(p.principal)
		return g.WithWriteIntent(h, kind, []string{key}, now).RecordPresent(h, now)
	case g.WantsAccess(now):
		if g.Confirmed(h) || g.Half(h).NextAttemptAt.After(p.now) {
			return g, errStale
		}
		return g.RecheckAt(h, now.Add(time.Minute)), nil // halted: whoever decides that will wait as long
	case joined:
		// Asked afresh each time: two grants that end side by side must not both
		// leave the membership to the other.
		wanted, err := p.wantedBy(ctx, g.ID)
		if err != nil {
			return g, err
		}
		switch {
		case !wanted:
			return g, errStale
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero() && g.Owner.RemovedAt.IsZero():
			return idleHalf(g, h, now) // the bucket is what closes it, and wakes this half once it has
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero():
			return g.RecordRetained(now)
		}
	}
	return p.recordRemoval(g)
}

// recordRemoval returns what becomes of a grant that asks for nothing and has no
// grantee half any more.
func (p *principalPass) recordRemoval(g grant.Grant) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.Now()
	switch {
	case g.WantsAccess(now):
		return g, errStale
	case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero():
		return g.RecordAbsent(h, now)
	case !g.DriftedAt.IsZero() && g.WasConfirmed(h):
		return g.RecordDropped(h), nil
	case g.Grantee.WrittenAt.After(g.Grantee.ConfirmedAt) && now.Sub(g.Grantee.WrittenAt) < signedFor:
		return recheckLeftover(g, h, now)
	}
	return idleHalf(g, h, now)
}

// wantedBy reports whether the grantee half stays, or, by the records as they are now,
// a grant other than one asks for that of exactly this principal.
func (p *principalPass) wantedBy(ctx context.Context, other grant.ID) (bool, error) {
	if p.isRetained() {
		return true, nil
	}
	gs, err := p.Store.List(ctx, grant.Query{Principal: p.principal.ARN, States: preflight.InAWS})
	if err != nil {
		return false, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	now := p.Now()
	return slices.ContainsFunc(gs, func(g grant.Grant) bool {
		return g.ID != other && g.WantsAccess(now) && (g.Principal.UniqueID == "" || g.Principal.UniqueID == p.principal.UniqueID)
	}), nil
}

// ownsMember reports whether a membership that no grant asks for is this store's to
// remove: somebody whom no grant of ours ever named was put there by others.
func (p *principalPass) ownsMember(ctx context.Context) (bool, error) {
	if len(p.grants) > 0 || len(p.ended) > 0 || slices.ContainsFunc(p.damaged, func(d damaged) bool { return d.known }) {
		return true, nil
	}
	ended, err := p.Store.List(ctx, grant.Query{Principal: p.principal.ARN, States: []grant.State{grant.Ended}})
	if err != nil {
		return false, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	return slices.ContainsFunc(ended, func(g grant.Grant) bool { return g.Principal.UniqueID == p.principal.UniqueID }), nil
}

// retryDue records a failed call with the grants that were waiting for it.
func (p *principalPass) retryDue(ctx context.Context, cause error) {
	for _, g := range slices.Concat(p.grants, p.ended) {
		if due(g.Grantee, p.now) {
			p.retry(ctx, g.ID, grant.GranteeHalf, cause)
		}
	}
}
