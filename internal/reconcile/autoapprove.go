package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// recordOne records a request after its check: pending, or approved at once if the rule needs no
// person. It asks Slack and AWS first. Then it counts the earlier automatic approvals and records the
// result under a lock, so that requests which are checked at the same time count each other.
func (c checker) recordOne(ctx context.Context, id grant.ID, check grant.Action) error {
	g, err := c.r.store.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("reading the grant %s: %w", id, err)
	}
	follows := []grant.Action{check}
	if waits, err := g.Apply(check, c.r.now()); err == nil {
		if c.mustWait(waits) {
			return c.postpone(ctx, id)
		}
		var asked unattended
		if check.Kind() == grant.EventCheck && !waits.BreakGlass && len(waits.Rule.Auto) > 0 {
			asked = c.askUnattended(ctx, waits)
			c.r.unattended.Lock()
			defer c.r.unattended.Unlock()
		}
		if follows, err = c.through(ctx, waits, check, asked); err != nil {
			return err
		}
	}
	return c.r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		now := c.r.now()
		for _, act := range follows {
			var err error
			if g, err = g.Apply(act, now); err != nil {
				return g, err
			}
		}
		return g, nil
	})
}

// mustWait reports whether a break-glass waits for an act that would close it and was received
// since: a freeze, an end-all or a cancel.
func (c checker) mustWait(g grant.Grant) bool {
	return g.BreakGlass && c.r.now().Sub(g.AskedAt) <= openWithin && c.r.closing(g)
}

func (c checker) postpone(ctx context.Context, id grant.ID) error {
	return c.r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if g.State != grant.Checking {
			return g, errUnchanged
		}
		return g.PostponeCheck(c.r.now().Add(time.Second)), nil
	})
}

// openWithin is how long after its receipt a request may be approved automatically. Later it may no
// longer be wanted.
const openWithin = 10 * time.Minute

// unattended holds the answers of Slack and AWS about a request that may need no person.
type unattended struct {
	asker grant.Actor
	why   string // why a person has to decide; "" if only the count remains to be checked
}

// askUnattended asks Slack and AWS.
func (c checker) askUnattended(ctx context.Context, g grant.Grant) unattended {
	asker, err := c.r.people.Actor(ctx, g.Requester, g.Rule.Groups(), c.r.now())
	if err != nil || asker.Check() != nil {
		return unattended{why: "Slack couldn't confirm who the requester is"}
	}
	var no *grant.Refusal
	if _, err := c.r.Preflight().CheckApproval(ctx, g); errors.As(err, &no) {
		return unattended{asker: asker, why: no.Sentence}
	}
	return unattended{asker: asker}
}

// through returns the acts for a request that passes its check: pending, and the automatic approval
// if possible. If an obstacle exists, a person decides about a request, and a break-glass is
// refused.
func (c checker) through(ctx context.Context, g grant.Grant, check grant.Action,
	asked unattended) ([]grant.Action, error) {
	waits := []grant.Action{check}
	if check.Kind() != grant.EventCheck || !g.BreakGlass && len(g.Rule.Auto) == 0 {
		return waits, nil
	}
	cutoff, _, err := store.CutOff(ctx, c.r.store, g, c.r.rules.OwnersOf(g.Principal.ARN), g.AskedAt)
	if err != nil {
		return nil, err
	}
	gate := c.r.gate(ctx)
	late := c.r.now().Sub(g.AskedAt) > openWithin
	reject := func(why string) ([]grant.Action, error) {
		return []grant.Action{grant.Reject{Why: why}}, nil
	}
	switch {
	case gate.reason == unknownReason:
		return nil, errors.New("reading whether anything may be opened")
	case g.BreakGlass && cutoff != nil:
		return reject(cutoff.Refusal().Error())
	case g.BreakGlass && late:
		return reject("It could not be opened within ten minutes. If you still need it, do it again.")
	case g.BreakGlass && gate.isClosed():
		return reject(gate.refusal)
	case g.BreakGlass:
		return append(waits, grant.OpenBreakGlass{Rule: &g.Rule}), nil
	case gate.isClosed() || cutoff != nil || late || c.r.closing(g):
		return waits, nil
	}
	why, err := c.againstAuto(ctx, g, asked)
	if err != nil || why != "" {
		if why != "" {
			c.r.log.InfoContext(ctx, "a person decides", "grant", g.ID, "because", why)
		}
		return waits, err
	}
	return append(waits, grant.AutoApprove{Rule: &g.Rule,
		Why: fmt.Sprintf("The rule for %s approves %s for %s automatically.", g.Rule.Bucket, g.Level.Name, g.Term),
	}), nil
}

// againstAuto returns why a person has to decide; "": an automatic approval is possible.
func (c checker) againstAuto(ctx context.Context, g grant.Grant, asked unattended) (why string, err error) {
	if asked.why != "" {
		return asked.why, nil
	}
	past, err := c.r.store.List(ctx, store.Query{Bucket: g.Bucket.Name})
	if err != nil {
		return "", fmt.Errorf("listing the grants on a bucket: %w", err)
	}
	own, err := c.r.store.List(ctx, store.Query{Requester: g.Requester.User})
	if err != nil {
		return "", fmt.Errorf("listing the grants of a person: %w", err)
	}
	for _, o := range own {
		if o.Bucket.Name != g.Bucket.Name {
			past = append(past, o)
		}
	}
	if ok, why := c.r.rules.AutoApproves(g, asked.asker, past, c.r.now()); !ok {
		return why, nil
	}
	return "", nil
}
