package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// endAll ends every grant that matches a filter, for a responder. Pending requests stay with their
// approvers, but approvals that were received before the end-all are void.
func (e *Endings) endAll(ctx context.Context, c Invocation, t parse.EndAll) (Answer, error) {
	by, err := e.directory.responder(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	f, why := filter{t.Filter}, t.Reason
	if err := grant.CheckReason(why); err != nil {
		return Answer{}, err
	}
	if err := e.cutOff(ctx, c, f, why); err != nil {
		return Answer{}, err
	}
	found, err := find(ctx, e.store, f, grant.Approved, grant.Active)
	if err != nil {
		return Answer{}, err
	}
	waiting, err := e.waiting(ctx, f)
	if err != nil {
		return Answer{}, err
	}
	damaged := e.endDamagedToo(ctx, c, f, why)
	waiting += damaged
	found = e.rules.matching(f, found)
	about := Answer{Person: grant.Person{User: f.Person}}
	before, err := e.endedBefore(ctx, c, f)
	if err != nil {
		return Answer{}, err
	}
	if len(found)+before == 0 {
		if about.Text = fmt.Sprintf("No grant of %s is open.", f.orThat()) + waiting; f.IsEmpty() {
			about.Text = "No grant is open." + waiting
		}
		if damaged != "" {
			return about, nil
		}
		all, err := find(ctx, e.store, f)
		if err != nil {
			return Answer{}, err
		}
		return about, e.rules.isKnown(f, all)
	}
	ended, err := e.endEach(ctx, c, by, found, why)
	if err != nil {
		return Answer{}, fmt.Errorf("ending %d grants, after %d: %w", len(found), ended, err)
	}
	ended += before
	e.announce(ctx, c.By, fmt.Sprintf("has ended %d of %d grants (%s).", ended, len(found)+before,
		cmp.Or(f.String(), "everything")), why)
	of := ""
	if !f.IsEmpty() {
		of = " of " + f.understood()
	}
	about.Text = fmt.Sprintf("Over: %s%s. Both halves are being removed; everybody concerned is told once AWS has "+
		"confirmed it.", grants(ended), of) + waiting
	return about, nil
}

// cutOff stores the cutoff of an end-all, so that no act received before it opens access. It runs
// before the grants are listed: a grant that is approved in between is then in the list.
func (e *Endings) cutOff(ctx context.Context, c Invocation, f filter, why string) error {
	_, err := store.Update(ctx, e.store, func(ctx context.Context) (store.Tx, error) {
		change := store.Tx{At: e.now(), Causes: c.IdempotencyKeys}
		err := change.AddCutoff(ctx, e.store, grant.Cutoff{At: c.received(e.now()), By: c.By, Why: why, Scope: f.scope()})
		return change, err
	})
	if errors.Is(err, store.ErrDuplicate) {
		return nil
	}
	return err
}

// endedBefore counts the grants that this act ended before the bot was interrupted.
func (e *Endings) endedBefore(ctx context.Context, c Invocation, f filter) (n int, err error) {
	if len(c.IdempotencyKeys) == 0 {
		return 0, nil
	}
	over, err := find(ctx, e.store, f, grant.Ending, grant.Ended)
	if err != nil {
		return 0, err
	}
	for _, g := range e.rules.matching(f, over) {
		if last := g.Last(grant.EventEnd); last == nil || !last.By.Same(c.By) || last.At.Before(c.received(e.now())) {
			continue
		}
		done, err := e.records.committed(ctx, c.forGrant(g.ID))
		if err != nil {
			return 0, err
		}
		if done {
			n++
		}
	}
	return n, nil
}

// waiting reports how many undecided requests match a filter.
func (e *Endings) waiting(ctx context.Context, f filter) (string, error) {
	open, err := find(ctx, e.store, f, grant.Checking, grant.Pending)
	if err != nil {
		return "", err
	}
	switch n := len(e.rules.matching(f, open)); {
	case n == 0:
		return "", nil
	case n == 1:
		return " One request of it still waits for a decision: `/s3share freeze <reason>` keeps it from being approved.", nil
	default:
		return fmt.Sprintf(" %d requests of it still wait for a decision: `/s3share freeze <reason>` keeps them from being "+
			"approved.", n), nil
	}
}

// grants formats a number of grants.
func grants(n int) string {
	if n == 1 {
		return "one grant"
	}
	return fmt.Sprintf("%d grants", n)
}

// endEach ends each grant by its own commit, so that a grant that changed in between, or that cannot
// be ended, does not block the others. A repeated call ends the remaining ones.
func (e *Endings) endEach(ctx context.Context, c Invocation, by grant.Actor, gs []grant.Grant, why string) (
	ended int, err error) {
	for _, g := range gs {
		_, fault := e.decider.decide(ctx, c.forGrant(g.ID), g.ID, func(context.Context, []grant.Grant) decision {
			return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
				return g.Apply(grant.End{By: by, Today: e.rules.Today(g), Responder: true, Why: why}, e.now())
			}}
		})
		var no *grant.Refusal
		switch {
		case fault == nil:
			ended++
		case ctx.Err() != nil:
			return ended, errors.Join(err, fault)
		case !errors.As(fault, &no):
			err = errors.Join(err, fmt.Errorf("grant %s: %w", g.ID, fault))
		}
	}
	return ended, err
}
