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
	"s3share/internal/store"
)

// verifyMembership records the result of a read for every grant of the principal.
func (p *principalPass) verifyMembership(ctx context.Context, joined bool) {
	for _, seen := range slices.Concat(p.grants, p.ended) {
		p.record(ctx, seen.ID, func(g grant.Grant) (grant.Grant, error) { return p.observed(ctx, g, joined) })
	}
}

// observed returns the next state of one grant. While another grant of the principal needs the
// membership, it stays. The half of an ending grant then counts as removed as soon as its bucket is
// closed.
func (p *principalPass) observed(ctx context.Context, g grant.Grant, joined bool) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.now()
	switch {
	case g.WantsAccess(now) && joined:
		if g.Confirmed(h) {
			return idleHalf(g, h, now)
		}
		if p.principal.External {
			if !g.Confirmed(grant.OwnerHalf) { // only the bucket's policy shows whether AWS knows the principal
				return idleHalf(g, h, now)
			}
			return g.RecordDelegated(string(policy.ExternalHalf(preflight.AskOf(g, g.ExpiresAt), g.Bucket.AccountID)), now)
		}
		kind, key := awsaccess.PartKey(p.principal)
		return g.WithWriteIntent(h, kind, []string{key}, now).RecordPresent(h, now)
	case g.WantsAccess(now):
		if g.Confirmed(h) || g.Half(h).NextAttemptAt.After(p.began) {
			return g, errUnchanged
		}
		return g.RecheckAt(h, now.Add(time.Minute)), nil // halted: wait until additions are allowed
	case joined:
		// Read afresh for each grant: two grants that end concurrently must not both leave the
		// membership to the other.
		wanted, err := p.wantedBy(ctx, g.ID)
		if err != nil {
			return g, err
		}
		switch {
		case !wanted:
			return g, errUnchanged
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero() && g.Owner.RemovedAt.IsZero():
			return idleHalf(g, h, now) // the bucket closes the access, and then schedules this half
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero():
			return g.RecordRetained(now)
		}
	}
	return p.recordRemoval(g)
}

// recordRemoval returns the next state of a grant that asks for no access and has no grantee half.
func (p *principalPass) recordRemoval(g grant.Grant) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.now()
	switch {
	case g.WantsAccess(now):
		return g, errUnchanged
	case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero():
		return g.RecordAbsent(h, now)
	case !g.DriftedAt.IsZero() && g.WasConfirmed(h):
		return g.RecordDropped(h), nil
	case g.Grantee.WrittenAt.After(g.Grantee.ConfirmedAt) && now.Sub(g.Grantee.WrittenAt) < signedFor:
		return recheckLeftover(g, h, now)
	}
	return idleHalf(g, h, now)
}

// wantedBy reports whether the grantee half stays, or a grant other than `other` asks for it, for
// exactly this principal, in the current records.
func (p *principalPass) wantedBy(ctx context.Context, other grant.ID) (bool, error) {
	if p.isRetained() {
		return true, nil
	}
	gs, err := p.store.List(ctx, store.Query{Principal: p.principal.ARN, States: preflight.InAWS})
	if err != nil {
		return false, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	now := p.now()
	return slices.ContainsFunc(gs, func(g grant.Grant) bool {
		return g.ID != other && g.WantsAccess(now) &&
			(g.Principal.UniqueID == "" || g.Principal.UniqueID == p.principal.UniqueID)
	}), nil
}

// ownsMember reports whether this store may remove a membership that no grant asks for. A principal
// that no grant of this store ever named was added by others.
func (p *principalPass) ownsMember(ctx context.Context) (bool, error) {
	if len(p.grants) > 0 || len(p.ended) > 0 || slices.ContainsFunc(p.damaged, func(d damaged) bool { return d.known }) {
		return true, nil
	}
	ended, err := p.store.List(ctx, store.Query{Principal: p.principal.ARN, States: []grant.State{grant.Ended}})
	if err != nil {
		return false, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	return slices.ContainsFunc(ended, func(g grant.Grant) bool { return g.Principal.UniqueID == p.principal.UniqueID }),
		nil
}

// retryDue records a failed call with the due grants.
func (p *principalPass) retryDue(ctx context.Context, cause error) {
	for _, g := range slices.Concat(p.grants, p.ended) {
		if due(g.Grantee, p.began) {
			p.retry(ctx, g.ID, grant.GranteeHalf, cause)
		}
	}
}
