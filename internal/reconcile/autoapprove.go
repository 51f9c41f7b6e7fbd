package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// checked records g after its check: pending, or approved at once if the rule needs no person. It
// asks Slack and AWS first. Then it counts the earlier automatic approvals and records the result
// under a lock, so that requests which are checked at the same time count each other.
func (p *pass) checked(ctx context.Context, id grant.ID, check grant.Action) {
	g, err := p.store.Get(ctx, id)
	if err != nil {
		p.failed(fmt.Errorf("reading the grant %s: %w", id, err))
		return
	}
	follows := []grant.Action{check}
	if waits, err := g.Next(check); err == nil {
		if p.mustWait(waits) {
			p.postponeCheck(ctx, id)
			return
		}
		auto := check.Kind == grant.Check && !waits.BreakGlass && len(waits.Rule.Auto) > 0
		var asked unattended
		if auto {
			asked = p.askUnattended(ctx, waits)
			p.unattended.Lock()
			defer p.unattended.Unlock()
		}
		if follows, err = p.through(ctx, waits, check, asked); err != nil {
			p.failed(err)
			return
		}
	}
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		for _, act := range follows {
			var err error
			if g, err = g.Next(act); err != nil {
				return g, err
			}
		}
		return g, nil
	})
}

// mustWait reports whether a break-glass waits for an act that would close it and was received
// since: a freeze, an end-all or a cancel.
func (p *pass) mustWait(g grant.Grant) bool {
	return g.BreakGlass && p.now().Sub(g.AskedAt) <= openWithin && p.closing(g)
}

func (p *pass) postponeCheck(ctx context.Context, id grant.ID) {
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if g.State != grant.Checking {
			return g, errUnchanged
		}
		return g.PostponeCheck(p.now().Add(time.Second)), nil
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
func (p *pass) askUnattended(ctx context.Context, g grant.Grant) unattended {
	asker, err := p.people.Actor(ctx, g.Requester, g.Rule.Groups(), p.now())
	if err != nil || asker.Check() != nil {
		return unattended{why: "Slack could not say who asked"}
	}
	var no *grant.Refusal
	if _, err := p.Preflight().CheckApproval(ctx, g); errors.As(err, &no) {
		return unattended{asker: asker, why: no.Sentence}
	}
	return unattended{asker: asker}
}

// through returns the acts for a request that passes its check: pending, and the automatic approval
// if possible. If an obstacle exists, a person decides about a request, and a break-glass is
// refused.
func (p *pass) through(ctx context.Context, g grant.Grant, check grant.Action,
	asked unattended) ([]grant.Action, error) {
	waits := []grant.Action{check}
	if check.Kind != grant.Check || !g.BreakGlass && len(g.Rule.Auto) == 0 {
		return waits, nil
	}
	frozen, err := store.Frozen(ctx, p.store)
	if err != nil {
		return nil, fmt.Errorf("looking for a freeze: %w", err)
	}
	cutoff, _, err := store.CutOff(ctx, p.store, g, p.rules.OwnersOf(g.Principal.ARN), g.AskedAt)
	if err != nil {
		return nil, err
	}
	stopped := frozen != nil || p.additionsBlocked(ctx)
	late := p.now().Sub(g.AskedAt) > openWithin
	switch {
	case g.BreakGlass && cutoff != nil:
		return []grant.Action{{Kind: grant.Reject, At: p.now(), Why: cutoff.Refusal().Error()}}, nil
	case g.BreakGlass && late:
		return []grant.Action{{Kind: grant.Reject, At: p.now(),
			Why: "It could not be opened within ten minutes. If it is still needed, do it again."}}, nil
	case g.BreakGlass && p.wrongClock() != nil:
		return []grant.Action{{Kind: grant.Reject, At: p.now(), Why: p.wrongClock().Error()}}, nil
	case g.BreakGlass && stopped:
		return []grant.Action{{Kind: grant.Reject, At: p.now(),
			Why: "Everything is frozen, so nothing is opened. Ask the responders."}}, nil
	case g.BreakGlass:
		return append(waits, grant.Action{Kind: grant.OpenBreakGlass, At: p.now(), Rule: &g.Rule}), nil
	case stopped || cutoff != nil || late || p.closing(g):
		return waits, nil
	}
	why, err := p.againstAuto(ctx, g, asked)
	if err != nil || why != "" {
		if why != "" {
			p.log.InfoContext(ctx, "a person decides", "grant", g.ID, "because", why)
		}
		return waits, err
	}
	return append(waits, grant.Action{Kind: grant.AutoApprove, At: p.now(), Rule: &g.Rule,
			Why: fmt.Sprintf("The rule for %s lets %s for %s through without a person.", g.Rule.Bucket, g.Level.Name, g.Term)}),
		nil
}

// againstAuto returns why a person has to decide; "": an automatic approval is possible.
func (p *pass) againstAuto(ctx context.Context, g grant.Grant, asked unattended) (why string, err error) {
	if asked.why != "" {
		return asked.why, nil
	}
	past, err := p.store.List(ctx, store.Query{Bucket: g.Bucket.Name})
	if err != nil {
		return "", fmt.Errorf("listing the grants on a bucket: %w", err)
	}
	own, err := p.store.List(ctx, store.Query{Requester: g.Requester.User})
	if err != nil {
		return "", fmt.Errorf("listing the grants of a person: %w", err)
	}
	for _, o := range own {
		if o.Bucket.Name != g.Bucket.Name {
			past = append(past, o)
		}
	}
	if ok, why := p.rules.AutoApproves(g, asked.asker, past, p.now()); !ok {
		return why, nil
	}
	return "", nil
}

// cutOff reports whether a freeze or an end-all came after one of the requests that the bot would
// open. Otherwise the change expects that this stays so.
func (r *Reconciler) cutOff(ctx context.Context, olds []grant.Grant, change *store.Tx) (bool, error) {
	for _, g := range olds {
		if !g.State.Open() {
			continue
		}
		cutoff, read, err := store.CutOff(ctx, r.store, g, r.rules.OwnersOf(g.Principal.ARN), g.AskedAt)
		if err != nil || cutoff != nil {
			return cutoff != nil, err
		}
		change.Expect = append(change.Expect, read)
	}
	return false, nil
}
