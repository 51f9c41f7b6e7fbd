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
func (p sweepPass) checkDeactivated(ctx context.Context, gs []grant.Grant) error {
	if p.r.people == nil {
		return nil
	}
	theirs := map[grant.Person][]grant.ID{}
	var due []grant.Person
	for _, g := range gs {
		if g.State != grant.Approved && g.State != grant.Active {
			continue
		}
		for _, person := range []grant.Person{g.Requester, g.Beneficiary} {
			if theirs[person] == nil && p.began.Sub(p.r.asked[person].answered) >= peopleEvery {
				due = append(due, person)
			}
			theirs[person] = append(theirs[person], g.ID)
		}
	}
	for person := range p.r.asked {
		if theirs[person] == nil {
			delete(p.r.asked, person)
		}
	}
	slices.SortStableFunc(due, func(a, b grant.Person) int { return p.r.asked[a].last.Compare(p.r.asked[b].last) })
	return each(due[:min(peopleAtOnce, len(due))], func(person grant.Person) error {
		return p.checkPerson(ctx, person, theirs[person])
	})
}

func (p sweepPass) checkPerson(ctx context.Context, person grant.Person, theirs []grant.ID) (fault error) {
	was := p.r.asked[person]
	was.last = p.began
	actor, err := p.r.people.Actor(ctx, person, nil, p.began)
	switch {
	case err != nil:
		p.r.log.WarnContext(ctx, "reading whether a person has left", "person", person.User, "err", err)
	case actor.Standing == grant.Deactivated:
		fault = each(slices.Compact(theirs), func(id grant.ID) error {
			return p.r.fail(ctx, id, "The Slack account of the beneficiary is deactivated.")
		})
	default:
		was.answered = p.began
	}
	p.r.asked[person] = was
	return fault
}
