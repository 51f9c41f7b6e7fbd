package commands

import (
	"context"

	"s3share/internal/grant"
)

// actorLookup holds Slack's answers about the people of one decision. Slack is asked once for each
// person, also when the decision covers several grants or is retried.
type actorLookup struct {
	directory *directory
	c         Invocation
	groups    []string
	known     map[string]grant.Actor
}

// lookup begins a decision on some grants.
func (d *directory) lookup(c Invocation, all []grant.Grant) *actorLookup {
	return &actorLookup{directory: d, c: c, groups: d.rules.groupsOf(all), known: map[string]grant.Actor{}}
}

// actor returns Slack's answer about p. If Slack did not answer, the actor's standing is unknown.
func (q *actorLookup) actor(ctx context.Context, p grant.Person) grant.Actor {
	a, asked := q.known[p.User]
	if !asked {
		a = q.directory.actor(ctx, q.c, p, q.groups)
		q.known[p.User] = a
	}
	return a
}

func (q *actorLookup) actors(ctx context.Context, all []grant.Person) (actors []grant.Actor) {
	for _, p := range all {
		actors = append(actors, q.actor(ctx, p))
	}
	return actors
}

// mayStillRequest checks the requester and the beneficiary again before access is opened or prolonged:
// either may have left, or may no longer request this. It also checks the requester of a pending
// extension, but only if the grant concerns them. An approver who extends on the requester's behalf
// is not checked here.
func (q *actorLookup) mayStillRequest(ctx context.Context, rule grant.Rule, g grant.Grant) error {
	rules := q.directory.rules
	people := []grant.Person{g.Requester, g.Beneficiary}
	if g.PendingExtension != nil && g.ConcernsToday(g.PendingExtension.By, rules.OwnersOf(g.Principal.ARN)) {
		people = append(people, g.PendingExtension.By)
	}
	for _, p := range people {
		if err := rules.EvaluateAtDecision(rule, g, q.actor(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}
