package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// principalPass is one pass over one principal: the grantee half of all its grants.
type principalPass struct {
	*pass
	principal grant.Principal
	grants    []grant.Grant     // grants that AWS may hold access for, oldest approval first
	ended     []grant.Grant     // ended grants that are rechecked
	unheld    map[grant.ID]bool // grants without additions, see [pass.hold]
	damaged   []damaged         // damaged grants of the principal
	needed    bool              // one of them may need the grantee half: it stays
}

// passPrincipal makes a principal's membership or attached policy agree with the records. Errors of
// AWS are recorded with the grants that they concern; the returned error is an internal fault.
func (r *Reconciler) passPrincipal(ctx context.Context, who grant.Principal) error {
	p := &principalPass{pass: r.pass(), principal: who}
	return p.end(ctx, p.run(ctx), "pass over a principal", "principal", who.ARN)
}

func (p *principalPass) run(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	if p.principal.External {
		p.external(ctx)
		return nil
	}
	if present, err := p.identify(ctx); err != nil || !present {
		return err
	}
	standing, err := p.aws.Joined(ctx, p.principal)
	if err != nil {
		p.retryDue(ctx, err)
		return nil
	}
	if slices.ContainsFunc(p.grants, p.wantsAccess) {
		return p.want(ctx, standing.Member)
	}
	if standing.Member && !p.isRetained() {
		mine, err := p.ownsMember(ctx)
		if err != nil {
			return err
		}
		if mine {
			return p.leave(ctx)
		}
	}
	p.verifyMembership(ctx, standing.Member)
	return nil
}

// want makes sure that the principal has the grantee half.
func (p *principalPass) want(ctx context.Context, joined bool) error {
	switch {
	case joined:
		p.verifyMembership(ctx, true)
	case p.additionsBlocked(ctx) || p.needed || !slices.ContainsFunc(p.grants, p.held):
		p.verifyMembership(ctx, false)
	case p.drift(ctx):
	case p.principal.PermissionSet() != "":
		p.awaitPermissionSet(ctx)
	default:
		return p.join(ctx)
	}
	return nil
}

// isRetained reports whether the pass must not remove the grantee half.
func (p *principalPass) isRetained() bool { return p.needed || p.principal.PermissionSet() != "" }

// awaitPermissionSet retries the grants that wait for their permission set to get the policy. Only
// Identity Center can attach it.
func (p *principalPass) awaitPermissionSet(ctx context.Context) {
	for _, g := range p.grants {
		if p.wantsAccess(g) && due(g.Grantee, p.began) {
			p.retry(ctx, g.ID, grant.GranteeHalf, grant.NotInPermissionSet(p.principal))
		}
	}
	p.verifyMembership(ctx, false)
}

func (p *principalPass) load(ctx context.Context) error {
	if err := p.ofPrincipal(ctx); err != nil {
		return err
	}
	var disowned bool
	var fault error
	if p.unheld, disowned, fault = p.hold(ctx, p.began, p.grants); disowned {
		if err := p.ofPrincipal(ctx); err != nil {
			return err
		}
	}
	p.failed(fault)
	p.meetDamaged(ctx)
	for _, g := range p.dueGrants(ctx, grant.GranteeWorker) {
		if g.Principal.ARN == p.principal.ARN && g.Principal.External == p.principal.External && g.State == grant.Ended {
			p.ended = append(p.ended, g)
		}
	}
	return nil
}

func (p *principalPass) ofPrincipal(ctx context.Context) error {
	gs, err := p.store.List(ctx, store.Query{Principal: p.principal.ARN, States: preflight.InAWS})
	if err != nil {
		return fmt.Errorf("listing the grants of a principal: %w", err)
	}
	// The account may have become external in the config, or the reverse.
	p.grants = slices.DeleteFunc(gs, func(g grant.Grant) bool { return g.Principal.External != p.principal.External })
	byAge(p.grants)
	return nil
}

func (p *principalPass) held(g grant.Grant) bool { return p.wantsAccess(g) && !p.unheld[g.ID] }

func (p *principalPass) wantsAccess(g grant.Grant) bool { return g.WantsAccess(p.began) }

// external hands the grantee half to the account's admin, with the policy to attach.
func (p *principalPass) external(ctx context.Context) {
	halted := p.additionsBlocked(ctx)
	for _, seen := range slices.Concat(p.grants, p.ended) {
		p.record(ctx, seen.ID, func(g grant.Grant) (grant.Grant, error) {
			return p.observed(ctx, g, !halted && !p.unheld[g.ID] && g.WantsAccess(p.now()))
		})
	}
}

// drift flags the grants whose confirmed membership is missing. done means that the pass ends here:
// a grant was flagged, the membership was seen after all, or a reread failed. The pass must not
// restore a membership that it could not reread.
func (p *principalPass) drift(ctx context.Context) (done bool) {
	const h = grant.GranteeHalf
	suspects := slices.DeleteFunc(slices.Clone(p.grants), func(g grant.Grant) bool {
		return !p.wantsAccess(g) || !g.WasConfirmed(h)
	})
	if len(suspects) == 0 {
		return false
	}
	for _, wait := range rechecks(suspects, h, p.began) {
		if !p.pause(ctx, wait) {
			return true
		}
		switch now, err := p.aws.Joined(ctx, p.principal); {
		case err != nil:
			p.retryDue(ctx, err)
			return true
		case now.Member:
			p.verifyMembership(ctx, true)
			return true
		}
	}
	what := "The user was taken out of the group by somebody else."
	if p.principal.Kind == grant.KindRole {
		what = "The policy was detached from the role by somebody else."
	}
	if set := p.principal.PermissionSet(); set != "" {
		what = "The permission set " + set + " does not carry the policy /s3share/s3share any more."
	}
	for _, g := range suspects {
		p.reportDrift(ctx, g, h, what)
	}
	return true
}

// join adds the grantee half, and removes it again at once if no grant needs it any more.
func (p *principalPass) join(ctx context.Context) error {
	if err := p.intend(ctx, "joins"); err != nil {
		return err
	}
	cause := p.aws.Join(ctx, p.principal)
	switch awsaccess.ClassOf(cause) {
	case "", awsaccess.Unknown:
	case awsaccess.MembershipLimit:
		for _, g := range p.grants {
			if p.wantsAccess(g) {
				p.fail(ctx, g.ID, fmt.Sprintf("%s is in as many groups, or has as many policies, as AWS allows.", g.Principal.ARN))
			}
		}
		return nil
	case awsaccess.Gone:
		if _, _, err := p.aws.Principal(ctx, p.principal); awsaccess.ClassOf(err) == awsaccess.Gone {
			return p.principalGone(ctx)
		}
		// the group or the policy is missing: setup may still create it
		p.retryDue(ctx, fmt.Errorf("the group or the policy that setup makes in %s is missing (%w)",
			p.principal.Account, cause))
		return nil
	default:
		p.retryDue(ctx, cause)
		return nil
	}
	wanted, err := p.wantedBy(ctx, "")
	if err != nil {
		return err
	}
	if !wanted {
		return p.leave(ctx)
	}
	p.await(ctx, true, cause)
	return nil
}

// leave removes the grantee half.
func (p *principalPass) leave(ctx context.Context) error {
	if err := p.intend(ctx, "leaves"); err != nil {
		return err
	}
	cause := p.aws.Leave(ctx, p.principal)
	switch awsaccess.ClassOf(cause) {
	case "", awsaccess.Unknown:
		p.await(ctx, false, cause)
	default:
		p.retryDue(ctx, cause)
	}
	return nil
}

// intend commits the intended write before it is sent.
func (p *principalPass) intend(ctx context.Context, what string) error {
	now := p.now()
	kind, key := awsaccess.PartKey(p.principal)
	change := store.Tx{At: now, Entries: []grant.Entry{{At: now, Kind: "write", Facts: map[string]string{
		"principal": p.principal.ARN, "principal_id": p.principal.UniqueID, "what": what, "part": key,
	}}}}
	if what == "joins" {
		for _, seen := range p.grants {
			if !p.held(seen) {
				continue
			}
			g, err := p.store.Get(ctx, seen.ID)
			if err != nil {
				return err
			}
			if !g.WantsAccess(now) || p.heldToApproval(ctx, g) != nil {
				return errStale
			}
			change.Put(g, g.WithWriteIntent(grant.GranteeHalf, kind, []string{key}, now))
		}
	}
	return p.store.Commit(ctx, change)
}

// await reads back until AWS shows the written membership.
func (p *principalPass) await(ctx context.Context, joined bool, doubt error) {
	for _, wait := range readBacks {
		if wait > 0 && !p.pause(ctx, wait) {
			break
		}
		standing, err := p.aws.Joined(ctx, p.principal)
		if err != nil {
			doubt = err
			continue
		}
		if standing.Member == joined {
			p.verifyMembership(ctx, joined)
			return
		}
	}
	if doubt != nil {
		p.retryDue(ctx, doubt)
		return
	}
	for _, g := range slices.Concat(p.grants, p.ended) {
		p.recheck(ctx, g.ID, grant.GranteeHalf, 5*time.Second)
	}
}
