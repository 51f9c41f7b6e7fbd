package commands

import (
	"context"

	"s3share/internal/grant"
)

// asking is what Slack says of people for one decision. Each is asked about once,
// however many grants it is about and however often it is tried.
type asking struct {
	s      *Service
	c      Call
	groups []string
	known  map[string]grant.Actor
}

// asking begins a decision on some grants.
func (s *Service) asking(c Call, all []grant.Grant) *asking {
	return &asking{s: s, c: c, groups: s.groupsOf(all), known: map[string]grant.Actor{}}
}

// is returns who somebody is; of unknown standing if Slack could not say.
func (q *asking) is(ctx context.Context, p grant.Person) grant.Actor {
	a, asked := q.known[p.User]
	if !asked {
		a = q.s.actor(ctx, q.c, p, q.groups)
		q.known[p.User] = a
	}
	return a
}

func (q *asking) are(ctx context.Context, all []grant.Person) (actors []grant.Actor) {
	for _, p := range all {
		actors = append(actors, q.is(ctx, p))
	}
	return actors
}

// mayStillAsk holds what would be opened, or last longer, to those whom it is
// for: they may have left, or lost the right to ask, since they did. Whoever asks
// for an extension because they may approve it is none of them.
func (q *asking) mayStillAsk(ctx context.Context, rule grant.Rule, g grant.Grant) error {
	people := []grant.Person{g.Requester, g.Beneficiary}
	if g.Amendment != nil && g.ConcernsToday(g.Amendment.By, q.s.Rules.PeopleBehind(g.Principal.ARN)) {
		people = append(people, g.Amendment.By)
	}
	for _, p := range people {
		if err := q.s.Rules.JudgeStill(rule, g, q.is(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}
