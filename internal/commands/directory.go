package commands

import (
	"context"
	"log/slog"
	"time"

	"s3share/internal/grant"
)

// People asks Slack about a person for each decision.
type People interface {
	// Actor returns Slack's current answer about p, with those of the groups that contain p. The
	// question must be sent to Slack at since or later. An error means that Slack did not answer;
	// then nothing is allowed.
	Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error)
}

// A directory asks Slack about people.
type directory struct {
	people People
	rules  *ruleBook
	now    func() time.Time
	log    *slog.Logger
}

const (
	readsShare = 30 * time.Second // lifetime of Slack's answer for reads
	actsShare  = 10 * time.Second // lifetime of Slack's answer for acts
)

// actor asks Slack about a person, including the groups that a rule needs.
func (d *directory) actor(ctx context.Context, c Invocation, by grant.Person, groups []string) grant.Actor {
	a, err := d.people.Actor(ctx, by, groups, d.since(c))
	if err != nil {
		d.log.WarnContext(ctx, "asking Slack about a person", "person", by.User, "err", err)
		return grant.Actor{Person: by} // standing unknown: allowed nothing
	}
	return a
}

// since returns the earliest sending time of a question to Slack whose answer counts. For an act this
// is its receipt, or a moment before now if the receipt is older.
func (d *directory) since(c Invocation) time.Time {
	now := d.now()
	if c.Received.IsZero() {
		return now.Add(-readsShare)
	}
	if lately := now.Add(-actsShare); c.Received.Before(lately) {
		return lately
	}
	return c.Received
}

// responder returns the caller if they are a responder, and a refusal otherwise.
func (d *directory) responder(ctx context.Context, c Invocation) (grant.Actor, error) {
	by := d.actor(ctx, c, c.By, d.rules.Responders.Groups)
	if err := by.Check(); err != nil {
		return by, err
	}
	if !d.rules.Responders.Include(by) {
		return by, grant.Refuse("Only responders can do that.").
			WithHint("Ask one; the operators of s3share list them under `responders` in the config.")
	}
	return by, nil
}

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
