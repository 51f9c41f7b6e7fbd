package reconcile

import (
	"context"
	"slices"
	"sync"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// verify reads back until AWS shows the written membership, and records it. If AWS does not show it,
// it is rechecked later.
func (p principalPass) verify(ctx context.Context, m membership, done memberWrite) error {
	for _, wait := range readBacks {
		if wait > 0 && !p.r.pause(ctx, wait) {
			break
		}
		read, err := p.r.aws.Joined(ctx, m.who)
		if err != nil {
			done.unseen = err
			continue
		}
		if m.member = read.Member; m.member == done.member {
			return p.record(ctx, m)
		}
	}
	if done.unseen != nil {
		return p.retryDue(ctx, m, done.unseen)
	}
	return p.r.requeue(ctx, m.now, m.all(), grant.GranteeHalf, nil, recheckAfter)
}

// record records the result of a read for every grant of the principal.
func (p principalPass) record(ctx context.Context, m membership) error {
	return p.r.recordEach(ctx, m.all(), func() step {
		wanted := sync.OnceValues(func() (bool, error) { return p.wanted(ctx, m) })
		return func(g grant.Grant) (grant.Grant, error) { return p.asRead(m, g, wanted) }
	})
}

// recordExternal hands the grantee half to the account's admin, with the policy to attach.
func (p principalPass) recordExternal(ctx context.Context, m membership) error {
	return p.r.recordEach(ctx, m.all(), func() step {
		return func(g grant.Grant) (grant.Grant, error) {
			m.member = !m.gate.isClosed() && !m.withheld[g.ID] && g.WantsAccess(p.r.now())
			return p.asRead(m, g, func() (bool, error) { return p.wanted(ctx, m) })
		}
	})
}

// asRead returns the next state of one grant. While another grant of the principal needs the
// membership, it stays. The half of an ending grant then counts as removed as soon as its bucket is
// closed.
func (p principalPass) asRead(m membership, g grant.Grant, wanted func() (bool, error)) (grant.Grant, error) {
	const h = grant.GranteeHalf
	now := p.r.now()
	switch {
	case g.WantsAccess(now) && m.member:
		if g.Half(h).IsConfirmed() {
			return idleHalf(g, h, now)
		}
		if m.who.External {
			if !g.Half(grant.OwnerHalf).IsConfirmed() { // only the bucket's policy shows whether AWS knows the principal
				return idleHalf(g, h, now)
			}
			return g.RecordDelegated(string(policy.ExternalHalf(preflight.AccessOf(g, g.ExpiresAt), g.Bucket.AccountID)), now)
		}
		kind, key := awsaccess.PartKey(m.who)
		return g.Half(h).WithWriteIntent(kind, []string{key}, now).Half(h).RecordPresent(now)
	case g.WantsAccess(now):
		if g.Half(h).IsConfirmed() || g.Half(h).NextAttemptAt.After(m.now) {
			return g, errUnchanged
		}
		return g.Half(h).RecheckAt(now.Add(time.Minute)), nil // held back: wait until additions are allowed
	case m.member:
		stays, err := wanted()
		if err != nil {
			return g, err
		}
		switch {
		case !stays:
			return g, errUnchanged
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero() && g.Owner.RemovedAt.IsZero():
			return idleHalf(g, h, now) // the bucket closes the access, and then schedules this half
		case g.State == grant.Ending && g.Grantee.RemovedAt.IsZero():
			return g.RecordRetained(now)
		}
	}
	late := g.Grantee.WrittenAt.After(g.Grantee.ConfirmedAt) && now.Sub(g.Grantee.WrittenAt) < signedFor
	return withoutHalf(g, h, late, now)
}

// wanted reports whether the grantee half stays, or a grant wants it, for exactly this principal, in the
// current records. It is read afresh for each commit: two grants that end concurrently must not both
// leave the membership to the other.
func (p principalPass) wanted(ctx context.Context, m membership) (bool, error) {
	if m.isRetained() {
		return true, nil
	}
	gs, err := p.r.ofPrincipal(ctx, m.who, preflight.InAWS...)
	now := p.r.now()
	return slices.ContainsFunc(gs, func(g grant.Grant) bool {
		return g.WantsAccess(now) && (g.Principal.UniqueID == "" || g.Principal.UniqueID == m.who.UniqueID)
	}), err
}
