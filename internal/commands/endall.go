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
func (s *Service) endAll(ctx context.Context, c Invocation, t parse.EndAll) (Answer, error) {
	by, err := s.responder(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	f, why := filter{t.Filter}, t.Reason
	if err := grant.CheckReason(why); err != nil {
		return Answer{}, err
	}
	if err := s.cutOff(ctx, c, f, why); err != nil {
		return Answer{}, err
	}
	query := store.Query{States: []grant.State{grant.Approved, grant.Active}}
	f.applyTo(&query)
	found, err := s.store.List(ctx, query)
	if err != nil {
		return Answer{}, fmt.Errorf("listing grants: %w", err)
	}
	waiting, err := s.waiting(ctx, f)
	if err != nil {
		return Answer{}, err
	}
	damaged := s.endDamagedToo(ctx, c, f, why)
	waiting += damaged
	found = s.matching(f, found)
	about := Answer{Person: grant.Person{User: f.Person}}
	before, err := s.endedBefore(ctx, c, f)
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
		all, err := s.everyGrant(ctx, f)
		if err != nil {
			return Answer{}, err
		}
		return about, s.isKnown(f, all)
	}
	ended, err := s.endEach(ctx, c, by, found, why)
	if err != nil {
		return Answer{}, fmt.Errorf("ending %d grants, after %d: %w", len(found), ended, err)
	}
	ended += before
	s.announce(ctx, c.By, fmt.Sprintf("has ended %d of %d grants (%s).", ended, len(found)+before,
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
func (s *Service) cutOff(ctx context.Context, c Invocation, f filter, why string) error {
	_, err := store.Update(ctx, s.store, func(ctx context.Context) (store.Tx, error) {
		change := store.Tx{At: s.now(), Causes: c.IdempotencyKeys}
		err := change.AddCutoff(ctx, s.store, grant.Cutoff{At: s.received(c), By: c.By, Why: why, Scope: f.scope()})
		return change, err
	})
	if errors.Is(err, store.ErrDuplicate) {
		return nil
	}
	return err
}

// endedBefore counts the grants that this act ended before the bot was interrupted.
func (s *Service) endedBefore(ctx context.Context, c Invocation, f filter) (n int, err error) {
	if len(c.IdempotencyKeys) == 0 {
		return 0, nil
	}
	query := store.Query{States: []grant.State{grant.Ending, grant.Ended}}
	f.applyTo(&query)
	over, err := s.store.List(ctx, query)
	if err != nil {
		return 0, fmt.Errorf("listing grants: %w", err)
	}
	for _, g := range s.matching(f, over) {
		if last := g.Last(grant.End); last == nil || !last.By.Same(c.By) || last.At.Before(s.received(c)) {
			continue
		}
		done, err := s.committed(ctx, c.forGrant(g.ID))
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
func (s *Service) waiting(ctx context.Context, f filter) (string, error) {
	query := store.Query{States: []grant.State{grant.Checking, grant.Pending}}
	f.applyTo(&query)
	open, err := s.store.List(ctx, query)
	if err != nil {
		return "", fmt.Errorf("listing requests: %w", err)
	}
	switch n := len(s.matching(f, open)); {
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
func (s *Service) endEach(ctx context.Context, c Invocation, by grant.Actor, gs []grant.Grant, why string) (
	ended int, err error) {
	for _, g := range gs {
		_, fault := s.decide(ctx, c.forGrant(g.ID), g.ID, func(g grant.Grant) (grant.Action, error) {
			return grant.Action{Kind: grant.End, At: s.now(), By: by, Why: why, Responds: true,
				PrincipalOwners: s.rules.OwnersOf(g.Principal.ARN)}, nil
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
