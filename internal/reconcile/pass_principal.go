package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// principalPass is one pass over one principal: the grantee half of all its grants.
type principalPass struct {
	*Reconciler
	principal grant.Principal
	grants    []grant.Grant // for which AWS may hold access
	ended     []grant.Grant // that are looked at once more
	now       time.Time
}

// passPrincipal makes a principal's membership, or the policy attached to it,
// agree with the records.
func (r *Reconciler) passPrincipal(ctx context.Context, who grant.Principal) {
	p := &principalPass{Reconciler: r, principal: who, now: r.Now()}
	if err := p.run(ctx); err != nil && !errors.Is(err, errMoved) {
		r.Log.ErrorContext(ctx, "pass over a principal", "principal", who.ARN, "err", err)
	}
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
	standing, err := p.Access.Joined(ctx, p.principal)
	if err != nil {
		p.retryDue(ctx, err)
		return nil
	}
	wanted := slices.ContainsFunc(p.grants, p.asks)
	switch {
	case wanted && !standing.Joined && p.drift(ctx):
		return errMoved // the flagged grants are due again
	case wanted && !standing.Joined:
		return p.join(ctx)
	case !wanted && standing.Joined && p.mine(ctx):
		return p.leave(ctx)
	}
	p.see(ctx, standing.Joined)
	return nil
}

func (p *principalPass) load(ctx context.Context) error {
	gs, err := p.Store.List(ctx, grant.Query{Principal: p.principal.ARN, States: inAWS})
	if err != nil {
		return fmt.Errorf("listing the grants of a principal: %w", err)
	}
	p.grants = gs
	byAge(p.grants)
	for _, g := range p.dueGrants(ctx, grant.GranteeLoop) {
		if g.Principal.ARN == p.principal.ARN && g.State == grant.Ended {
			p.ended = append(p.ended, g)
		}
	}
	return nil
}

func (p *principalPass) asks(g grant.Grant) bool { return g.Asks(p.now) }

// external notes that the account's admin has the grantee half in hand, and says
// what belongs there.
func (p *principalPass) external(ctx context.Context) {
	for _, g := range p.grants {
		if p.asks(g) && !g.Confirmed(grant.GranteeHalf) {
			p.Alert(ctx, fmt.Sprintf("The grantee half of `%s` is in the hands of the admin of %s. It belongs there until %s:\n```%s```",
				g.ID, g.Principal.Account, g.ExpiresAt.Format(time.RFC3339), policy.ExternalHalf(askOf(g, g.ExpiresAt), g.Bucket.AccountID)))
		}
	}
	p.see(ctx, true)
	p.see(ctx, false)
}

// identify asks who the principal is by now. One that is gone, or is somebody
// else of the same name, ends its grants: access was given to the one that was.
func (p *principalPass) identify(ctx context.Context) (present bool, err error) {
	_, id, err := p.Access.Principal(ctx, p.principal)
	switch awsaccess.ClassOf(err) {
	case "":
	case awsaccess.Gone:
		return false, p.gone(ctx)
	default:
		p.retryDue(ctx, err)
		return false, nil
	}
	same := p.grants[:0:0]
	for _, g := range p.grants {
		switch {
		case g.Principal.UniqueID == "" || g.Principal.UniqueID == id:
			same = append(same, g)
		case g.State == grant.Ending:
			p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return g.Gone(grant.GranteeHalf, p.Now()) })
		default:
			p.fail(ctx, g.ID, fmt.Sprintf("%s was deleted, and another of the same name was made. Access is not handed on.", g.Principal.ARN))
		}
	}
	p.grants = same
	p.principal.UniqueID = id
	return true, nil
}

// gone ends the grants of a principal that AWS does not know under its name any
// more. A user who was only renamed keeps their groups, so they are taken out
// under the new name.
func (p *principalPass) gone(ctx context.Context) error {
	renamed, err := p.renamed(ctx)
	if err != nil {
		p.retryDue(ctx, err)
		return nil
	}
	for _, g := range p.grants {
		if g.State != grant.Ending {
			why := fmt.Sprintf("%s does not exist any more.", g.Principal.ARN)
			if renamed != nil {
				why = fmt.Sprintf("%s is now called %s. Ask again for the new name.", g.Principal.ARN, renamed.ARN)
			}
			p.fail(ctx, g.ID, why)
		}
	}
	if renamed != nil {
		to := p.principal
		to.Name = renamed.Name
		if err := p.Access.Leave(ctx, to); err != nil {
			p.retryDue(ctx, err)
			return nil
		}
	}
	p.see(ctx, false)
	return nil
}

// renamed returns the member of the group who has the principal's unique id
// under another name, if there is one.
func (p *principalPass) renamed(ctx context.Context) (*awsaccess.Member, error) {
	if p.principal.Kind != grant.KindUser || p.principal.UniqueID == "" {
		return nil, nil
	}
	members, err := p.Access.Members(ctx, p.principal.AccountID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.UniqueID == p.principal.UniqueID && m.ARN != p.principal.ARN {
			return &m, nil
		}
	}
	return nil, nil
}

// drift flags the grants whose membership was confirmed and is not there.
func (p *principalPass) drift(ctx context.Context) (moved bool) {
	if p.halted(ctx) {
		return false
	}
	suspects := slices.DeleteFunc(slices.Clone(p.grants), func(g grant.Grant) bool {
		return !p.asks(g) || !g.WasConfirmed(grant.GranteeHalf)
	})
	looks := 2
	for _, g := range suspects {
		if p.now.Sub(g.Grantee.ConfirmedAt) < time.Minute {
			looks = 5
		}
	}
	for range looks {
		if len(suspects) == 0 || !p.Pause(ctx, time.Second) {
			return false
		}
		if now, err := p.Access.Joined(ctx, p.principal); err != nil || now.Joined {
			return err == nil // seen after all: the next pass records it
		}
	}
	for _, g := range suspects {
		what := "The user was taken out of the group by somebody else."
		if g.Principal.Kind == grant.KindRole {
			what = "The policy was detached from the role by somebody else."
		}
		p.flag(ctx, g, grant.GranteeHalf, what)
	}
	return len(suspects) > 0
}

// join gives the principal the grantee half, and takes it away again at once if
// by then no grant asks for it any more.
func (p *principalPass) join(ctx context.Context) error {
	if p.halted(ctx) {
		p.see(ctx, false)
		return nil
	}
	if err := p.intend(ctx, "joins"); err != nil {
		return err
	}
	cause := p.Access.Join(ctx, p.principal)
	switch awsaccess.ClassOf(cause) {
	case "", awsaccess.Unknown:
	case awsaccess.Limit:
		for _, g := range p.grants {
			if p.asks(g) {
				p.fail(ctx, g.ID, fmt.Sprintf("%s is in as many groups, or has as many policies, as AWS allows.", g.Principal.ARN))
			}
		}
		return nil
	case awsaccess.Gone:
		if _, _, err := p.Access.Principal(ctx, p.principal); awsaccess.ClassOf(err) == awsaccess.Gone {
			return p.gone(ctx)
		}
		// it is the group or the policy that is missing: somebody may set it up meanwhile
		cause = fmt.Errorf("%w: the group or the policy that setup makes in %s is missing", cause, p.principal.Account)
		p.retryDue(ctx, cause)
		return nil
	default:
		p.retryDue(ctx, cause)
		return nil
	}
	still, err := p.Store.List(ctx, grant.Query{Principal: p.principal.ARN, States: inAWS})
	if err != nil {
		return err
	}
	if now := p.Now(); !slices.ContainsFunc(still, func(g grant.Grant) bool { return g.Asks(now) }) {
		return p.leave(ctx)
	}
	p.await(ctx, true, cause)
	return nil
}

// leave takes the grantee half away.
func (p *principalPass) leave(ctx context.Context) error {
	if err := p.intend(ctx, "leaves"); err != nil {
		return err
	}
	cause := p.Access.Leave(ctx, p.principal)
	switch awsaccess.ClassOf(cause) {
	case "", awsaccess.Unknown:
		p.await(ctx, false, cause)
	default:
		p.retryDue(ctx, cause)
	}
	return nil
}

// intend commits what is about to happen.
func (p *principalPass) intend(ctx context.Context, what string) error {
	now := p.Now()
	kind, key := awsaccess.PartKey(p.principal)
	change := grant.Change{At: now, Entries: []grant.Entry{{At: now, Kind: "write", Facts: map[string]string{
		"principal": p.principal.ARN, "principal_id": p.principal.UniqueID, "what": what, "part": key,
	}}}}
	if what == "joins" {
		for _, seen := range p.grants {
			if !p.asks(seen) {
				continue
			}
			g, err := p.Store.Get(ctx, seen.ID)
			if err != nil {
				return err
			}
			if !g.Asks(now) {
				return errMoved
			}
			change.Put(g, g.Asking(grant.GranteeHalf, kind, []string{key}, now))
		}
	}
	return p.Store.Commit(ctx, change)
}

// await reads back until the membership is as it was written.
func (p *principalPass) await(ctx context.Context, joined bool, doubt error) {
	for _, wait := range readBacks {
		if wait > 0 && !p.Pause(ctx, wait) {
			return
		}
		standing, err := p.Access.Joined(ctx, p.principal)
		if err != nil {
			doubt = err
			continue
		}
		if standing.Joined == joined {
			p.see(ctx, joined)
			return
		}
	}
	if doubt != nil {
		p.retryDue(ctx, doubt)
		return
	}
	for _, g := range p.grants {
		p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) {
			return g.LookAgain(grant.GranteeHalf, p.Now().Add(5*time.Second)), nil
		})
	}
}
