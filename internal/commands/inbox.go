package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A PendingItem is a grant with a question that is open.
type PendingItem struct {
	Grant grant.Grant
	For   grant.Question
}

// openQuestions returns the open questions of g that by could answer. It returns none if the grant
// concerns them, because others have to decide.
func (r *ruleBook) openQuestions(g grant.Grant, by grant.Actor) (qs []grant.Question) {
	if g.ConcernsToday(by.Person, r.OwnersOf(g.Principal.ARN)) {
		return nil
	}
	return slices.DeleteFunc(g.Questions(), func(q grant.Question) bool { return !r.canAnswer(g, q, by) })
}

// canAnswer tests the act that would answer the question.
func (r *ruleBook) canAnswer(g grant.Grant, q grant.Question, by grant.Actor) bool {
	var a grant.Action
	switch q {
	case grant.ToDecide:
		a = r.likelyApproval(g, by, g.Revision)
	case grant.ToReview:
		a = grant.Review{By: by, Today: r.todayOrOwn(g), Why: "?"}
		g.State = grant.Ended // show the review from the start, although it closes only later
	default: // a drift or a reconfirmation: an approver may at least end the grant
		a = grant.End{By: by, Today: r.todayOrOwn(g)}
	}
	_, err := g.Apply(a, r.now())
	return err == nil
}

// unreviewed returns the ended break-glass grants that still need a review. Only those ended grants
// have a reminder due, so the due index finds them without reading all ended grants.
func (q *Queries) unreviewed(ctx context.Context) (gs []grant.Grant, err error) {
	ids, err := q.store.Due(ctx, grant.TimerWorker, q.now().Add(grant.ReviewWithin), math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("listing what is to be reviewed: %w", err)
	}
	for _, id := range ids {
		g, err := q.store.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, fmt.Errorf("reading what is to be reviewed: %w", err)
		case g.State == grant.Ended && g.NeedsReview():
			gs = append(gs, g)
		}
	}
	return gs, nil
}
