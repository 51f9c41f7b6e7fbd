package store

import (
	"context"
	"fmt"

	"s3share/internal/grant"
)

// ReadBatch reads the grants that a decision on g applies to, the lead first.
func ReadBatch(ctx context.Context, s Getter, g grant.Grant) (all []grant.Grant, err error) {
	if len(g.DecidedIDs()) == 1 {
		return []grant.Grant{g}, nil
	}
	return Read(ctx, s, g.DecidedIDs()...)
}

// Read returns the grants with the ids, in that order.
func Read(ctx context.Context, s Getter, ids ...grant.ID) (all []grant.Grant, err error) {
	for _, id := range ids {
		g, err := s.Get(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading the grant %s: %w", id, err)
		}
		all = append(all, g)
	}
	return all, nil
}

// ReadRest returns the other grants of a batch, if g is its lead.
func ReadRest(ctx context.Context, s Getter, g grant.Grant) (others []grant.Grant, err error) {
	if len(g.BatchIDs) == 0 || !g.IsBatchLead() {
		return nil, nil
	}
	return Read(ctx, s, g.BatchIDs[1:]...)
}
