package commands

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Queries reads grants for lists, histories and Homes.
type Queries struct {
	store     reader
	records   *records
	rules     *ruleBook
	directory *directory
	actors    *actorCache
	now       func() time.Time
	log       *slog.Logger
}

// Get returns a grant for a message that already shows it to the caller.
func (q *Queries) Get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	return q.records.get(ctx, id)
}

// Earlier returns the earlier grants of g's principal on its bucket, newest first. It returns at
// most ten, and only those that the caller may see.
func (q *Queries) Earlier(ctx context.Context, c Invocation, g grant.Grant) []grant.Grant {
	past, err := q.store.List(ctx, store.Query{Principal: g.Principal.ARN, Bucket: g.Bucket.Name})
	if err != nil {
		q.log.WarnContext(ctx, "listing earlier grants", "grant", g.ID, "err", err)
		return nil
	}
	past = slices.DeleteFunc(past, func(p grant.Grant) bool { return p.ID == g.ID })
	past = q.rules.visibleTo(q.actors.actor(ctx, c), past)
	return past[:min(10, len(past))]
}

// MayDecide reports whether the caller is an approver of today's rule for g, and not concerned by g.
// It asks Slack.
func (q *Queries) MayDecide(ctx context.Context, c Invocation, g grant.Grant) (bool, error) {
	rule, _, covered := q.rules.Match(g.Bucket.Name)
	who, err := q.directory.people.Actor(ctx, c.By, rule.Groups(), c.Received)
	if err != nil {
		return false, err
	}
	concerned := g.ConcernsToday(c.By, q.rules.OwnersOf(g.Principal.ARN))
	return covered && rule.Approvers.Include(who) && !concerned, nil
}

func newestFirst(all ...[]grant.Grant) []grant.Grant {
	gs := slices.Concat(all...)
	slices.SortStableFunc(gs, func(a, b grant.Grant) int { return b.AskedAt.Compare(a.AskedAt) })
	return gs
}
