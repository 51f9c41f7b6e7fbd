package commands

import (
	"context"
	"log/slog"
	"time"

	"s3share/internal/grant"
)

// A directory asks Slack about people. Its cache serves forms and Homes only: an act asks anew.
type directory struct {
	people People
	rules  *ruleBook
	now    func() time.Time
	log    *slog.Logger
	cache  actorCache
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
		return by, grant.Refuse("Only the responders may do that.").
			WithHint("The people who run s3share list them in its config, under responders.")
	}
	return by, nil
}
