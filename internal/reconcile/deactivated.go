package reconcile

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

const (
	peopleEvery  = time.Hour // how often it is asked whether somebody has left
	peopleAtOnce = 20        // of one sweep, so that Slack is not asked too much
)

// personChecks is when Slack was asked about a person.
type personChecks struct {
	last     time.Time // whatever came of it
	answered time.Time // when it said that they are there
}

// checkDeactivated ends the grants of those who have left: a deactivated account has
// nobody behind it who needs the access. Whoever was not asked about for longest
// comes first, so that everybody's turn comes however many there are, and
// whomever Slack says nothing about holds up nobody.
func (p *pass) checkDeactivated(ctx context.Context, gs []grant.Grant) {
	if p.People == nil {
		return
	}
	theirs := map[grant.Person][]grant.ID{}
	var due []grant.Person
	for _, g := range gs {
		if g.State != grant.Approved && g.State != grant.Active {
			continue
		}
		for _, person := range []grant.Person{g.Requester, g.Beneficiary} {
			if theirs[person] == nil && p.now.Sub(p.asked[person].answered) >= peopleEvery {
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
	was.last = p.now
	actor, err := p.People.Actor(ctx, person, nil, p.now)
	switch {
	case err != nil:
		p.Log.WarnContext(ctx, "asking whether somebody has left", "person", person.User, "err", err)
	case actor.Standing == grant.Deactivated:
		for _, id := range slices.Compact(theirs) {
			p.fail(ctx, id, "The Slack account of the person it was for is deactivated.")
		}
	default:
		was.answered = p.now
	}
	p.asked[person] = was
}
