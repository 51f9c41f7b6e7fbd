package commands

import (
	"context"
	"fmt"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A Home holds the grants on one person's Home tab.
type Home struct {
	Waiting  []grant.Grant // requests and extensions for their decision, oldest first
	Awaiting []PendingItem // other questions for them, oldest first
	Open     []grant.Grant // their grants that are approved, active or ending, by expiry
	Requests []grant.Grant // their undecided requests, newest first
	Recent   []grant.Grant // finished grants that they requested, benefit from or took part in
	Frozen   *grant.Freeze // nil: not frozen
}

// recently is the number of finished grants on a Home.
const recently = 5

// Home returns the contents of the caller's Home. It uses cached answers of Slack about the caller,
// because a Home permits nothing.
func (q *Queries) Home(ctx context.Context, c Invocation) (h Home, err error) {
	if h.Frozen, err = store.Frozen(ctx, q.store); err != nil {
		return h, err
	}
	open, err := q.store.List(ctx, store.Query{States: openStates})
	if err != nil {
		return h, fmt.Errorf("listing grants: %w", err)
	}
	over, err := q.unreviewed(ctx)
	if err != nil {
		return h, err
	}
	by := q.actors.actor(ctx, c)
	for _, g := range newestFirst(open, over) {
		switch theirs := g.ConcernsToday(c.By, q.rules.OwnersOf(g.Principal.ARN)); {
		case g.State.Open() && !g.IsBatchLead(): // decided with the lead of its batch
		case theirs && g.State.Open():
			h.Requests = append(h.Requests, g)
		case theirs && g.State != grant.Ended:
			h.Open = append(h.Open, g)
		}
		for _, question := range q.rules.openQuestions(g, by) {
			switch {
			case question != grant.ToDecide:
				h.Awaiting = append(h.Awaiting, PendingItem{g, question})
			case g.State != grant.Pending || g.IsBatchLead():
				h.Waiting = append(h.Waiting, g)
			}
		}
	}
	slices.Reverse(h.Waiting)
	slices.Reverse(h.Awaiting)
	slices.SortStableFunc(h.Open, func(a, b grant.Grant) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	h.Recent, err = q.recent(ctx, c.By)
	return h, err
}

// recent returns the last finished grants that p requested or took part in. A query of p's own
// requests finds those behind any number of others.
func (q *Queries) recent(ctx context.Context, p grant.Person) (found []grant.Grant, err error) {
	over := []grant.State{grant.Ended, grant.Denied, grant.Cancelled, grant.Lapsed, grant.Refused}
	for _, query := range []store.Query{{Requester: p.User, Limit: recently}, {Limit: 200}} {
		query.States = over
		gs, err := q.store.List(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("listing grants: %w", err)
		}
		for _, g := range gs {
			known := slices.ContainsFunc(found, func(f grant.Grant) bool { return f.ID == g.ID })
			if !known && (g.Concerns(p) || tookPart(g, p)) {
				found = append(found, g)
			}
		}
	}
	found = newestFirst(found)
	return found[:min(recently, len(found))], nil
}

func tookPart(g grant.Grant, p grant.Person) bool {
	return slices.ContainsFunc(g.History, func(ev grant.Event) bool { return ev.By.Same(p) })
}
