package commands

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"s3share/internal/grant"
)

// A Wait is a grant with something about it that waits for somebody's answer.
type Wait struct {
	Grant grant.Grant
	For   grant.Question
}

// waitsFor returns what of g waits for somebody: what they could answer, and have
// not. What only they themselves would gain by is for others to answer.
func (s *Service) waitsFor(g grant.Grant, by grant.Actor) (qs []grant.Question) {
	if g.ConcernsToday(by.Person, s.Rules.PeopleBehind(g.Principal.ARN)) {
		return nil
	}
	return slices.DeleteFunc(g.Questions(), func(q grant.Question) bool { return !s.couldAnswer(g, q, by) })
}

// couldAnswer goes by the act that would be the answer.
func (s *Service) couldAnswer(g grant.Grant, q grant.Question, by grant.Actor) bool {
	a := grant.Act{Kind: grant.End, By: by} // to what was changed, and to what may be forgotten: whoever decides may end it at least
	switch q {
	case grant.ToDecide:
		a.Kind, a.Revision = onWhatWaits(g, grant.Approve), g.Revision
	case grant.ToReview:
		a.Kind, a.Why = grant.Review, "?"
		g.State = grant.Ended // it waits for them from the start, whenever it can be closed
	}
	_, err := g.Next(s.today(g, a))
	return err == nil
}

// unreviewed returns what was opened by break-glass, has ended, and still has to
// be looked at. Those are the only ones that have ended of which the life loop is
// to remind anybody, so few of all that ever ended are read.
func (s *Service) unreviewed(ctx context.Context) (gs []grant.Grant, err error) {
	ids, err := s.Store.Due(ctx, grant.LifeLoop, s.Now().Add(grant.ReviewWithin), math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("listing what is to be reviewed: %w", err)
	}
	for _, id := range ids {
		g, err := s.Store.Get(ctx, id)
		switch {
		case errors.Is(err, grant.ErrNotFound):
		case err != nil:
			return nil, fmt.Errorf("reading what is to be reviewed: %w", err)
		case g.State == grant.Ended && g.NeedsReview():
			gs = append(gs, g)
		}
	}
	return gs, nil
}
