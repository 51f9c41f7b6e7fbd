package reconcile

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

const (
	peopleEvery  = time.Hour // interval between two lookups of a person
	peopleAtOnce = 20        // lookups in one sweep, to limit the load on Slack
)

// personChecks holds the times of a person's lookups.
type personChecks struct {
	last     time.Time // the last attempt
	answered time.Time // the last answer that the person is present
}

// checkDeactivated ends the grants of people with a deactivated Slack account. The person with the
// oldest lookup comes first, so each is looked up eventually, and a person without an answer blocks
// no other.
func (p *pass) checkDeactivated(ctx context.Context, gs []grant.Grant) {
	if p.people == nil {
		return
	}
	theirs := map[grant.Person][]grant.ID{}
	var due []grant.Person
	for _, g := range gs {
		if g.State != grant.Approved && g.State != grant.Active {
			continue
		}
		for _, person := range []grant.Person{g.Requester, g.Beneficiary} {
			if theirs[person] == nil && p.began.Sub(p.asked[person].answered) >= peopleEvery {
				due = append(due, person)
			}
			theirs[person] = append(theirs[person], g.ID)
		}
	}
	for person := range p.asked {
		if theirs[person] == nil {
			delete(p.asked, person)
		}
	}
	slices.SortStableFunc(due, func(a, b grant.Person) int { return p.asked[a].last.Compare(p.asked[b].last) })
	for _, person := range due[:min(peopleAtOnce, len(due))] {
		p.checkPerson(ctx, person, theirs[person])
	}
}

func (p *pass) checkPerson(ctx context.Context, person grant.Person, theirs []grant.ID) {
	was := p.asked[person]
	was.last = p.began
	actor, err := p.people.Actor(ctx, person, nil, p.began)
	switch {
	case err != nil:
		p.log.WarnContext(ctx, "asking whether somebody has left", "person", person.User, "err", err)
	case actor.Standing == grant.Deactivated:
		for _, id := range slices.Compact(theirs) {
			p.fail(ctx, id, "The Slack account of the person it was for is deactivated.")
		}
	default:
		was.answered = p.began
	}
	p.asked[person] = was
}
