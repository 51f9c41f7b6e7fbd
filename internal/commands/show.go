package commands

import (
	"context"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// show returns a grant that the caller may see.
func (q *Queries) show(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := q.Get(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	groups := append(g.Rule.Groups(), q.rules.groupsThatSee()...)
	if !g.Concerns(c.By) && !q.rules.sees(q.directory.actor(ctx, c, c.By, groups), g) {
		return Answer{}, notFound(g.ID, store.ErrNotFound)
	}
	return Answer{Grant: &g}, nil
}
