package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// endAll ends every grant that matches a filter, for a responder. Pending requests stay with their
// approvers, but approvals that were received before the end-all are void.
func (e *Endings) endAll(ctx context.Context, c Invocation, t parse.EndAll) (Answer, error) {
	f := filter{t.Filter}
	by, err := e.mayEndAll(ctx, c, t)
	if err != nil {
		return Answer{}, err
	}
	again, err := e.cutOff(ctx, c, f, t.Reason)
	if err != nil {
		return Answer{}, err
	}
	open, err := e.covered(ctx, f, grant.Approved, grant.Active)
	if err != nil {
		return Answer{}, err
	}
	waiting, err := e.undecided(ctx, f)
	if err != nil {
		return Answer{}, err
	}
	damaged, unclear := e.endDamagedToo(ctx, c, f, t.Reason)
	var before []grant.Grant
	if again {
		if before, err = e.endedBefore(ctx, c, f); err != nil {
			return Answer{}, err
		}
	}
	also := damagedNote(damaged) + unclearNote(unclear) + waiting.note()
	all := len(open) + len(before) + len(damaged)
	if all == 0 {
		if len(unclear) == 0 {
			err = e.isKnown(ctx, c, f)
		}
		return nothingToEnd(f, also), err
	}
	ended, err := e.endEach(ctx, c, by, open, t.Reason)
	n := len(ended) + len(before) + len(damaged)
	if err != nil {
		return Answer{}, fmt.Errorf("ending %d grants, after %d: %w", all, n, err)
	}
	outcome := "is ending " + grants(n)
	if n < all {
		outcome = fmt.Sprintf("is ending %d of %s", n, grants(all))
	}
	e.announce(ctx, Announcement{By: c.By, Did: outcome + f.on(), Why: t.Reason, Person: f.person()})
	return Answer{Text: "Ending " + grants(n) + f.on() + ". Everyone affected will be notified." +
		c.Listed.difference(append(ended, before...), n) + also, Person: f.person()}, nil
}

// mayEndAll refuses an end-all of a person who is no responder, and one without a proper reason.
func (e *Endings) mayEndAll(ctx context.Context, c Invocation, t parse.EndAll) (grant.Actor, error) {
	by, err := e.directory.responder(ctx, c)
	if err == nil {
		err = grant.CheckReason(t.Reason)
	}
	return by, err
}

func nothingToEnd(f filter, also string) Answer {
	return Answer{Text: "Nothing to end: no active access" + f.on() + "." + also, Person: f.person()}
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
// before the grants are listed: a grant that is approved in between is then in the list. again means
// that the act was begun before.
func (e *Endings) cutOff(ctx context.Context, c Invocation, f filter, why string) (again bool, err error) {
	_, err = store.Update(ctx, e.store, func(ctx context.Context) (store.Tx, error) {
		tx := store.Tx{At: e.now(), Causes: c.IdempotencyKeys}
		err := tx.AddCutoff(ctx, e.store, grant.Cutoff{At: c.received(e.now()), By: c.By, Why: why, Scope: f.scope()})
		return tx, err
	})
	if errors.Is(err, store.ErrDuplicate) {
		return true, nil
	}
	return false, err
}

// endedBefore returns the grants that this act ended before the bot was interrupted.
func (e *Endings) endedBefore(ctx context.Context, c Invocation, f filter) (before []grant.Grant, err error) {
	if len(c.IdempotencyKeys) == 0 {
		return nil, nil
	}
	over, err := e.covered(ctx, f, grant.Ending, grant.Ended)
	if err != nil {
		return nil, err
	}
	since := c.received(e.now()).Add(-time.Minute) // a receipt may be ahead of the clock
	for _, g := range over {
		if last := g.Last(grant.EventEnd); last == nil || !last.By.Same(c.By) || last.At.Before(since) {
			continue
		}
		done, err := e.records.committed(ctx, c.forGrant(g.ID))
		if err != nil {
			return nil, err
		}
		if done {
			before = append(before, g)
		}
	}
	return before, nil
}

// endsAtOnce limits the grants in one commit of an end-all.
const endsAtOnce = 100

// endEach ends grants, many in one commit. If that fails, each is ended by its own commit, so that a
// grant that changed in between, or that cannot be ended, does not block the others. A repeated call
// ends the remaining ones.
func (e *Endings) endEach(ctx context.Context, c Invocation, by grant.Actor, gs []grant.Grant, why string) (
	ended []grant.Grant, err error) {
	end := func(g grant.Grant) (grant.Grant, error) {
		return g.Apply(grant.End{By: by, Today: e.rules.Today(g), Responder: true, Why: why}, e.now())
	}
	for some := range slices.Chunk(gs, endsAtOnce) {
		if done, ok := e.endTogether(ctx, c, some, end); ok {
			ended = append(ended, done...)
			continue
		}
		for _, g := range some {
			_, fault := e.decider.decide(ctx, c.forGrant(g.ID), g.ID, func(context.Context, []grant.Grant) decision {
				return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) { return end(g) }}
			})
			switch {
			case fault == nil:
				ended = append(ended, g)
			case ctx.Err() != nil:
				return ended, errors.Join(err, fault)
			case !errors.As(fault, new(*grant.Refusal)):
				err = errors.Join(err, fmt.Errorf("grant %s: %w", g.ID, fault))
			}
		}
	}
	return ended, err
}

// endTogether ends grants in one commit, with the idempotency keys of each. It leaves out those that
// refuse it. ok is false if it may have ended none.
func (e *Endings) endTogether(ctx context.Context, c Invocation, gs []grant.Grant,
	end func(grant.Grant) (grant.Grant, error)) (ended []grant.Grant, ok bool) {
	var keys []string
	for _, g := range gs {
		switch _, err := end(g); {
		case err == nil:
			ended, keys = append(ended, g), append(keys, c.forGrant(g.ID).IdempotencyKeys...)
		case !errors.As(err, new(*grant.Refusal)):
			return nil, false
		}
	}
	if len(ended) == 0 {
		return nil, true
	}
	c.IdempotencyKeys = keys
	tx, err := e.decider.txFor(ctx, c, ended, end)
	if err != nil || e.store.Commit(ctx, tx) != nil {
		return nil, false
	}
	e.decider.logEvents(ctx, c, ended, tx.Grants)
	return ended, true
}

// grants formats a number of grants.
func grants(n int) string {
	if n == 1 {
		return "1 grant"
	}
	return fmt.Sprintf("%d grants", n)
}
