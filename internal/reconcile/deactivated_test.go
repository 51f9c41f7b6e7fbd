package reconcile

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A counting Slack does not answer about the first few people, and counts the lookups of each.
type counting struct {
	people
	asked  map[string]int
	silent string // people that sort before it
}

func (c counting) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
	c.asked[p.User]++
	if p.User < c.silent {
		return grant.Actor{Person: p}, errors.New("slack says nothing")
	}
	return c.people.Actor(ctx, p, groups, since)
}

// Every person with an open grant is looked up, and no more often than necessary. A person without
// an answer blocks no other.
func TestEveryPersonIsLookedUp(t *testing.T) {
	for _, c := range []struct {
		silent string
		most   int // lookups of one of the others in four hours
	}{{"", 4}, {"U040", 4}} {
		b := newBench(t)
		slack := counting{people{}, map[string]int{}, c.silent}
		b.rec.people = slack
		var gs []grant.Grant
		for n := range 300 {
			who := grant.Person{Team: "T", User: fmt.Sprintf("U%03d", n)}
			gs = append(gs, grant.Grant{ID: grant.ID(fmt.Sprintf("%08d", n)), State: grant.Active, Requester: who, Beneficiary: who})
		}
		for range 4 * 12 {
			before := 0
			for _, n := range slack.asked {
				before += n
			}
			sweepPass{b.rec, b.rec.now()}.checkDeactivated(ctx, gs)
			for _, n := range slack.asked {
				before -= n
			}
			if -before > peopleAtOnce {
				t.Fatalf("one sweep asks %d times", -before)
			}
			b.clock.move(5 * time.Minute)
		}
		if len(slack.asked) != 300 {
			t.Errorf("silent before %q: %d of 300 were asked about", c.silent, len(slack.asked))
		}
		for user, n := range slack.asked {
			if user >= c.silent && (n < 2 || n > c.most) {
				t.Errorf("silent before %q: %s was asked about %d times in four hours", c.silent, user, n)
			}
		}
		sweepPass{b.rec, b.rec.now()}.checkDeactivated(ctx, nil)
		if n := len(b.rec.asked); n != 0 {
			t.Errorf("%d who have nothing open any more are remembered", n)
		}
	}
}

// All grants of a deactivated person end, also those that another person requested.
func TestAllGrantsOfADeactivatedPersonEnd(t *testing.T) {
	b := newBench(t)
	b.people = people{}
	b.restart()
	one := b.approved("fixtures/a", "read", "build/ann", "8h")
	two := b.approved("fixtures/b", "read", "build/ben", "8h")
	b.run(time.Minute)
	b.people[rita.User] = grant.Deactivated
	b.clock.move(2 * peopleEvery)
	b.sweep()
	b.run(time.Minute)
	b.expectState(one, "ended failed")
	b.expectState(two, "ended failed")
}
