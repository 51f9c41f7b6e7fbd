package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// justApproved is the age of an approval whose preflight counts as a look-up of the principal.
const justApproved = 10 * time.Second

// isIdentified reports whether the pass only adds grants that were approved a moment ago. Their
// approvals looked the principal up. If it also has the half already, for another grant, it needs no
// further look-up: a principal that was deleted and created again would have lost the half.
func (m membership) isIdentified() bool {
	adds, has := false, false
	for _, g := range m.all() {
		half, approval := g.Half(grant.GranteeHalf), g.Last(grant.EventApprove, grant.EventAutoApprove)
		switch id := g.Principal.UniqueID; {
		case !g.WantsAccess(m.now) || id == "" || id != m.all()[0].Principal.UniqueID:
			return false
		case half.IsConfirmed():
			has = true
		case half.WasConfirmed() || approval == nil || m.now.Sub(approval.At).Abs() >= justApproved:
			return false
		default:
			adds = true
		}
	}
	return adds && has
}

// identify looks up the principal in IAM. If it was deleted, or another principal has its name, its
// grants end: access was given to the earlier one. It returns the membership of the present
// principal. present is false if there is none, or IAM did not answer.
func (p principalPass) identify(ctx context.Context, m membership) (_ membership, present bool, fault error) {
	arn, id, err := p.r.aws.Principal(ctx, m.who)
	switch awsaccess.ClassOf(err) {
	case "":
	case awsaccess.Gone:
		return m, false, p.recordGone(ctx, m)
	default:
		return m, false, p.retryDue(ctx, m, err)
	}
	m.who.UniqueID = id
	earlier := membership{now: m.now, who: m.who}
	isEarlier := func(g grant.Grant) bool { return g.Principal.UniqueID != "" && g.Principal.UniqueID != id }
	earlier.grants, m.grants = partition(m.grants, isEarlier)
	earlier.ended, m.ended = partition(m.ended, isEarlier)
	fault = each(m.grants, func(g grant.Grant) error {
		if arn == g.Principal.ARN || !g.WantsAccess(m.now) {
			return nil
		}
		return p.r.fail(ctx, g.ID, movedTo(g, arn))
	})
	if len(earlier.all()) > 0 {
		err = p.recordLost(ctx, earlier, "%s was deleted and created again, and access does not carry over.")
	}
	return m, true, errors.Join(fault, err)
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
	return fmt.Sprintf("%s is now called %s. Request access for the new name.", g.Principal.ARN, arn)
}

// recordGone ends the grants of a principal that AWS no longer knows by its name.
func (p principalPass) recordGone(ctx context.Context, m membership) error {
	return p.recordLost(ctx, m, "%s does not exist any more.")
}

// recordLost ends grants whose principal lost its name. why is the reason, with a verb for the ARN. A
// renamed user keeps the membership, so it is removed under the new name, unless a grant for the
// new name needs it.
func (p principalPass) recordLost(ctx context.Context, m membership, why string) error {
	renamed, err := p.renamed(ctx, m)
	if err != nil {
		return p.retryDue(ctx, m, err)
	}
	fault := each(m.grants, func(g grant.Grant) error {
		if renamed != nil {
			return p.r.fail(ctx, g.ID, movedTo(g, renamed.ARN))
		}
		return p.r.fail(ctx, g.ID, fmt.Sprintf(why, g.Principal.ARN))
	})
	m.member = false
	if renamed == nil {
		return errors.Join(fault, p.record(ctx, m))
	}
	m.who.ARN, m.who.Name, m.who.UniqueID = renamed.ARN, renamed.Name, renamed.UniqueID
	switch wanted, err := p.wanted(ctx, m); {
	case err != nil:
		return errors.Join(fault, err)
	case wanted: // the membership belongs to the new name
		return errors.Join(fault, p.record(ctx, m))
	}
	return errors.Join(fault, p.change(ctx, m, remove))
}

// renamed returns the group member with the unique id of one of the principals and another name, or
// nil.
func (p principalPass) renamed(ctx context.Context, m membership) (*awsaccess.Member, error) {
	ids := map[string]bool{}
	if len(m.all()) == 0 {
		ids[m.who.UniqueID] = true
	}
	for _, g := range m.all() {
		ids[g.Principal.UniqueID] = true
	}
	delete(ids, "")
	if m.who.Kind != grant.KindUser || len(ids) == 0 {
		return nil, nil
	}
	members, err := p.r.aws.Members(ctx, m.who.AccountID)
	if err != nil {
		return nil, err
	}
	for _, one := range members {
		if ids[one.UniqueID] && one.ARN != m.who.ARN {
			return &one, nil
		}
	}
	return nil, nil
}
