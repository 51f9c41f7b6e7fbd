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
	open, err := e.covered(ctx, f, grant.Approved, grant.Active)
	if err != nil {
		return Answer{}, err
	}
	undecided, err := e.covered(ctx, f, grant.Checking, grant.Pending)
	if err != nil {
		return Answer{}, err
	}
	damaged := e.endDamagedToo(ctx, c, f, why)
	before, err := e.endedBefore(ctx, c, f)
	if err != nil {
		return Answer{}, err
	}
	of, also := f.of(), waitingNote(len(undecided))+damaged
	if len(open)+before == 0 {
		if damaged == "" {
			err = e.isKnown(ctx, c, f)
		}
		return Answer{Text: "No grant" + of + " is open." + also, Person: grant.Person{User: f.Person}}, err
	}
	ended, err := e.endEach(ctx, c, by, open, why)
	if err != nil {
		return Answer{}, fmt.Errorf("ending %d grants, after %d: %w", len(open), ended, err)
	}
	ended += before
	e.announce(ctx, c.By, fmt.Sprintf("has ended %d of %d grants (%s).", ended, len(open)+before,
		cmp.Or(f.String(), "everything")), why)
	return Answer{Text: fmt.Sprintf("Over: %s%s. Both halves are being removed; everybody concerned is told once AWS has "+
		"confirmed it.", grants(ended), of) + also, Person: grant.Person{User: f.Person}}, nil
}

// covered returns the grants in some states that a filter matches.
func (e *Endings) covered(ctx context.Context, f filter, states ...grant.State) ([]grant.Grant, error) {
	all, err := find(ctx, e.store, f, states...)
	return e.rules.matching(f, all), err
}

// isKnown refuses a filter whose bucket, principal or person is unknown.
func (e *Endings) isKnown(ctx context.Context, c Invocation, f filter) error {
	all, err := find(ctx, e.store, f)
	if err != nil {
		return err
	}
	if err := e.rules.isKnown(f, all); err != nil {
		return err
	}
	return e.directory.isPerson(ctx, c, f, all)
}

// cutOff stores the cutoff of an end-all, so that no act received before it opens access. It runs
// before the grants are listed: a grant that is approved in between is then in the list.
func (e *Endings) cutOff(ctx context.Context, c Invocation, f filter, why string) error {
	_, err := store.Update(ctx, e.store, func(ctx context.Context) (store.Tx, error) {
		tx := store.Tx{At: e.now(), Causes: c.IdempotencyKeys}
		err := tx.AddCutoff(ctx, e.store, grant.Cutoff{At: c.received(e.now()), By: c.By, Why: why, Scope: f.scope()})
		return tx, err
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
	over, err := e.covered(ctx, f, grant.Ending, grant.Ended)
	if err != nil {
		return 0, err
	}
	for _, g := range over {
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

// waitingNote says that n undecided requests match the filter of an end-all.
func waitingNote(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " One request of it still waits for a decision: `/s3share freeze <reason>` keeps it from being approved."
	}
	return fmt.Sprintf(" %d requests of it still wait for a decision: `/s3share freeze <reason>` keeps them from being "+
		"approved.", n)
}

// grants formats a number of grants.
func grants(n int) string {
	if n == 1 {
		return "one grant"
	}
	return fmt.Sprintf("%d grants", n)
}
