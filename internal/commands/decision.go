package commands

import (
	"context"

	"s3share/internal/grant"
)

// A decision is what one verb does with the grants of a request: approve, deny, narrow, extend,
// restore or end. All go the same way, and read each grant once:
//
//	load       id             [Service.batchOf]    the grants that are decided as one
//	authorise  batch          [decision.authorise] the grants that would follow, or a refusal
//	preflight  batch, follow  [decision.check]     the findings of AWS, or a refusal
//	commit     batch          [Service.commit]     the grants that follow, stored
//
// Authorise asks neither AWS nor the store, so a refused caller causes no calls. Commit evaluates
// the decision again, because time has passed and the findings are known. It reads the batch again
// only if another act was committed in between.
type decision struct {
	// step returns the grant that follows g. found holds the findings of the preflight, or nil.
	step func(g grant.Grant, found *grant.Findings) (grant.Grant, error)
	// preflight checks the grant next, which would follow g. Nil if the decision opens nothing.
	preflight func(ctx context.Context, g, next grant.Grant) (*grant.Findings, error)
	// also is a second step of the same commit, or nil.
	also func(next grant.Grant) (grant.Grant, error)
}

// authorise returns the grants that would follow a batch, in its order.
func (d decision) authorise(batch []grant.Grant) (follow []grant.Grant, err error) {
	for _, g := range batch {
		next, err := d.step(g, nil)
		if err != nil {
			return nil, err
		}
		follow = append(follow, next)
	}
	return follow, nil
}

// check runs the preflight of each grant. It returns the findings by grant.
func (d decision) check(ctx context.Context, batch, follow []grant.Grant) (map[grant.ID]*grant.Findings, error) {
	found := map[grant.ID]*grant.Findings{}
	for i, g := range batch {
		of, err := d.preflight(ctx, g, follow[i])
		if err != nil {
			return nil, err
		}
		found[g.ID] = of
	}
	return found, nil
}

// carryOut authorises, checks and commits a decision on the batch that was loaded for id.
func (s *Service) carryOut(ctx context.Context, c Invocation, id grant.ID, batch []grant.Grant, d decision) (
	grant.Grant, error) {
	var found map[grant.ID]*grant.Findings
	if d.preflight != nil {
		follow, err := d.authorise(batch)
		if err != nil {
			return grant.Grant{}, err
		}
		if found, err = d.check(ctx, batch, follow); err != nil {
			return grant.Grant{}, err
		}
	}
	return s.commit(ctx, c, id, batch, func(g grant.Grant) (grant.Grant, error) {
		next, err := d.step(g, found[g.ID])
		if err != nil || d.also == nil {
			return next, err
		}
		return d.also(next)
	})
}
