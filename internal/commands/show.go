package commands

import (
	"context"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func (q *Queries) show(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := q.Get(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	if !q.maySee(ctx, c, g) {
		return Answer{}, notFound(g.ID, store.ErrNotFound)
	}
	return Answer{Grant: &g}, nil
}

func (q *Queries) maySee(ctx context.Context, c Invocation, g grant.Grant) bool {
	if g.Concerns(c.By) {
		return true // no need to ask Slack
	}
	return q.rules.sees(q.directory.actor(ctx, c, c.By, append(g.Rule.Groups(), q.rules.groupsThatSee()...)), g)
}
