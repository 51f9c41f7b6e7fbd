package reconcile

import (
	"context"
	"errors"
	"fmt"

	"s3share/internal/grant"
)

// checked returns g once it has passed its check: waiting for people, or opened
// at once where the rule lets it through without one. That is decided under a
// lock, so that requests which are checked at the same time count each other; it
// asks Slack and AWS, so the others do not wait for it.
func (p *pass) checked(ctx context.Context, id grant.ID, check grant.Act) {
	if check.Rule != nil && len(check.Rule.Auto) > 0 {
		p.unattended.Lock()
		defer p.unattended.Unlock()
	}
	g, err := p.Store.Get(ctx, id)
	if err != nil {
		p.failed(fmt.Errorf("reading the grant %s: %w", id, err))
		return
	}
	follows := []grant.Act{check}
	if waits, err := g.Next(check); err == nil {
		if follows, err = p.through(ctx, waits, check); err != nil {
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

// through returns what follows for a request that passes its check: that it
// waits for people, or also the act by which it goes through without one. What
// stands against that leaves it to people, or, of a break-glass, is the end of it.
func (p *pass) through(ctx context.Context, g grant.Grant, check grant.Act) ([]grant.Act, error) {
	waits := []grant.Act{check}
	if check.Kind != grant.Check || !g.Urgent && len(g.Rule.Auto) == 0 {
		return waits, nil
	}
	frozen, err := grant.Frozen(ctx, p.Store)
	if err != nil {
		return nil, fmt.Errorf("looking for a freeze: %w", err)
	}
	stopped := frozen != nil || p.halted(ctx)
	switch {
	case g.Urgent && p.wrongClock() != nil:
		return []grant.Act{{Kind: grant.Reject, At: p.Now(), Why: p.wrongClock().Error()}}, nil
	case g.Urgent && stopped:
		return []grant.Act{{Kind: grant.Reject, At: p.Now(), Why: "Everything is frozen, so nothing is opened. Ask the responders."}}, nil
	case g.Urgent:
		return append(waits, grant.Act{Kind: grant.Break, At: p.Now(), Rule: &g.Rule}), nil
	case stopped:
		return waits, nil
	}
	why, err := p.againstAuto(ctx, g)
	if err != nil || why != "" {
		if why != "" {
			p.Log.InfoContext(ctx, "a person decides", "grant", g.ID, "because", why)
		}
		return waits, err
	}
	return append(waits, grant.Act{Kind: grant.Auto, At: p.Now(), Rule: &g.Rule, Why: fmt.Sprintf("The rule for %s lets %s for %s through without a person.", g.Rule.Bucket, g.Level.Name, g.Term)}), nil
}

// againstAuto says why a person has to decide; "": nobody has to.
func (p *pass) againstAuto(ctx context.Context, g grant.Grant) (why string, err error) {
	past, err := p.Store.List(ctx, grant.Query{Bucket: g.Bucket.Name})
	if err != nil {
		return "", fmt.Errorf("listing the grants on a bucket: %w", err)
	}
	own, err := p.Store.List(ctx, grant.Query{Requester: g.Requester.User})
	if err != nil {
		return "", fmt.Errorf("listing the grants of a person: %w", err)
	}
	for _, o := range own {
		if o.Bucket.Name != g.Bucket.Name {
			past = append(past, o)
		}
	}
	asker, err := p.People.Actor(ctx, g.Requester, g.Rule.Groups())
	if err != nil || asker.Check() != nil {
		return "Slack could not say who asked", nil
	}
	if ok, why := p.Rules.AutoApproves(g, asker, past, p.Now()); !ok {
		return why, nil
	}
	var no *grant.Refusal
	if err := p.Room(ctx, g); errors.As(err, &no) {
		return no.Sentence, nil
	}
	return "", nil
}
