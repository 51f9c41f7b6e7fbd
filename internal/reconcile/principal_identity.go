package reconcile

import (
	"context"
	"fmt"
	"slices"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// identify looks up the principal in IAM. If it was deleted, or another principal has its name, its
// grants end: access was given to the earlier one.
func (p *principalPass) identify(ctx context.Context) (present bool, err error) {
	arn, id, err := p.aws.Principal(ctx, p.principal)
	switch awsaccess.ClassOf(err) {
	case "":
	case awsaccess.Gone:
		return false, p.principalGone(ctx)
	default:
		p.retryDue(ctx, err)
		return false, nil
	}
	p.principal.UniqueID = id
	other := func(g grant.Grant) bool { return g.Principal.UniqueID != "" && g.Principal.UniqueID != id }
	namesake := &principalPass{pass: p.pass, principal: p.principal}
	namesake.grants, p.grants = partition(p.grants, other)
	namesake.ended, p.ended = partition(p.ended, other)
	for _, g := range p.grants {
		if arn != g.Principal.ARN && p.wantsAccess(g) {
			p.fail(ctx, g.ID, movedTo(g, arn))
		}
	}
	if len(namesake.grants) > 0 || len(namesake.ended) > 0 {
		if err := namesake.leftBy(ctx,
			"%s was deleted, and another of the same name was made. Access is not handed on."); err != nil {
			return false, err
		}
	}
	return true, nil
}

func partition(gs []grant.Grant, other func(grant.Grant) bool) (others, rest []grant.Grant) {
	for _, g := range gs {
		if other(g) {
			others = append(others, g)
		} else {
			rest = append(rest, g)
		}
	}
	return others, rest
}

func movedTo(g grant.Grant, arn string) string {
	return fmt.Sprintf("%s is now called %s. Ask again for the new name.", g.Principal.ARN, arn)
}

// principalGone ends the grants of a principal that AWS no longer knows by its name.
func (p *principalPass) principalGone(ctx context.Context) error {
	return p.leftBy(ctx, "%s does not exist any more.")
}

// leftBy ends grants whose principal lost its name. why is the reason, with a verb for the ARN. A
// renamed user keeps the membership, so it is removed under the new name, unless a grant for the
// new name needs it.
func (p *principalPass) leftBy(ctx context.Context, why string) error {
	renamed, err := p.renamed(ctx)
	if err != nil {
		p.retryDue(ctx, err)
		return nil
	}
	for _, g := range p.grants {
		if renamed != nil {
			p.fail(ctx, g.ID, movedTo(g, renamed.ARN))
			continue
		}
		p.fail(ctx, g.ID, fmt.Sprintf(why, g.Principal.ARN))
	}
	if renamed == nil {
		p.verifyMembership(ctx, false)
		return nil
	}
	p.principal.ARN, p.principal.Name, p.principal.UniqueID = renamed.ARN, renamed.Name, renamed.UniqueID
	wanted, err := p.wantedBy(ctx, "")
	if err != nil {
		return err
	}
	if wanted {
		p.verifyMembership(ctx, false) // the membership belongs to the new name
		return nil
	}
	return p.leave(ctx)
}

// renamed returns the group member with the unique id of one of the principals and another name, or
// nil.
func (p *principalPass) renamed(ctx context.Context) (*awsaccess.Member, error) {
	ids := map[string]bool{}
	if len(p.grants) == 0 && len(p.ended) == 0 {
		ids[p.principal.UniqueID] = true
	}
	for _, g := range slices.Concat(p.grants, p.ended) {
		ids[g.Principal.UniqueID] = true
	}
	delete(ids, "")
	if p.principal.Kind != grant.KindUser || len(ids) == 0 {
		return nil, nil
	}
	members, err := p.aws.Members(ctx, p.principal.AccountID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if ids[m.UniqueID] && m.ARN != p.principal.ARN {
			return &m, nil
		}
	}
	return nil, nil
}
