package reconcile

import (
	"context"
	"fmt"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A memberWrite is the result of the write of a membership, before it is verified.
type memberWrite struct {
	member  bool  // the expected membership
	unseen  error // why the write may have had no effect; nil: AWS confirmed it
	refused error // AWS's refusal
}

// write adds or removes the grantee half. Its error is an internal fault, or errStale.
func (p principalPass) write(ctx context.Context, m membership, do action) (memberWrite, error) {
	if err := p.intend(ctx, m, do); err != nil {
		return memberWrite{}, err
	}
	call := p.r.aws.Leave
	if do == add {
		call = p.r.aws.Join
	}
	done := memberWrite{member: do == add}
	switch err := call(ctx, m.who); awsaccess.ClassOf(err) {
	case "":
	case awsaccess.Unknown:
		done.unseen = err
	default:
		done.refused = err
	}
	return done, nil
}

// intend commits the intended write before it is sent.
func (p principalPass) intend(ctx context.Context, m membership, do action) error {
	what := "leaves"
	if do == add {
		what = "joins"
	}
	kind, key := awsaccess.PartKey(m.who)
	_, err := store.Update(ctx, p.r.store, func(ctx context.Context) (store.Tx, error) {
		now := p.r.now()
		tx := store.Tx{At: now, Entries: []grant.Entry{{At: now, Kind: "write", Facts: map[string]string{
			"principal": m.who.ARN, "principal_id": m.who.UniqueID, "what": what, "part": key,
		}}}}
		for _, seen := range m.grants {
			if do != add || !m.isAllowed(seen) {
				continue
			}
			g, err := p.r.store.Get(ctx, seen.ID)
			if err != nil {
				return tx, err
			}
			if !g.WantsAccess(now) || p.r.heldToApproval(ctx, g) != nil {
				return tx, errStale
			}
			tx.Put(g, g.Half(grant.GranteeHalf).WithWriteIntent(kind, []string{key}, now))
		}
		return tx, nil
	})
	return err
}

// recordRefused records a write that AWS refused.
func (p principalPass) recordRefused(ctx context.Context, m membership, done memberWrite) error {
	if !done.member {
		return p.retryDue(ctx, m, done.refused)
	}
	switch awsaccess.ClassOf(done.refused) {
	case awsaccess.MembershipLimit:
		return each(m.grants, func(g grant.Grant) error {
			if !g.WantsAccess(m.now) {
				return nil
			}
			return p.r.fail(ctx, g.ID,
				fmt.Sprintf("%s has reached AWS's limit of groups or attached policies.", g.Principal.ARN))
		})
	case awsaccess.Gone:
		if _, _, err := p.r.aws.Principal(ctx, m.who); awsaccess.ClassOf(err) == awsaccess.Gone {
			return p.recordGone(ctx, m)
		}
		// the group or the policy is missing: setup may still create it
		return p.retryDue(ctx, m, fmt.Errorf("the group or the policy that setup makes in %s is missing (%w)",
			m.who.Account, done.refused))
	}
	return p.retryDue(ctx, m, done.refused)
}
