package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// endAll ends every grant on a bucket, of a principal, of a person, or
// everything, for a responder. Requests that wait are left to their approvers.
func (s *Service) endAll(ctx context.Context, c Call, t parse.EndAll) (Answer, error) {
	by, err := s.responder(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	f, why := filter{t.Filter}, t.Reason
	if err := grant.CheckReason(why); err != nil {
		return Answer{}, err
	}
	query := grant.Query{States: []grant.State{grant.Approved, grant.Active}}
	f.narrow(&query)
	found, err := s.Store.List(ctx, query)
	if err != nil {
		return Answer{}, fmt.Errorf("listing grants: %w", err)
	}
	waiting, err := s.waiting(ctx, f)
	if err != nil {
		return Answer{}, err
	}
	found = s.only(f, found)
	about := Answer{Person: grant.Person{User: f.Person}}
	if len(found) == 0 {
		if about.Text = fmt.Sprintf("No grant of %s is open.", f.orThat()) + waiting; f.IsEmpty() {
			about.Text = "No grant is open." + waiting
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
	s.Announce(ctx, c.By, fmt.Sprintf("has ended %d of %d grants (%s).", ended, len(found), cmp.Or(f.String(), "everything")), why)
	of := ""
	if !f.IsEmpty() {
		of = " of " + f.understood()
	}
	about.Text = fmt.Sprintf("Over: %s%s. Both halves are being removed; everybody concerned is told once AWS has confirmed it.", grants(ended), of) + waiting
	return about, nil
}

// waiting says how many requests of what a filter lets through could still be
// approved.
func (s *Service) waiting(ctx context.Context, f filter) (string, error) {
	query := grant.Query{States: []grant.State{grant.Checking, grant.Pending}}
	f.narrow(&query)
	open, err := s.Store.List(ctx, query)
	if err != nil {
		return "", fmt.Errorf("listing requests: %w", err)
	}
	switch n := len(s.only(f, open)); {
	case n == 0:
		return "", nil
	case n == 1:
		return " One request of it still waits for a decision: `/s3share freeze <reason>` keeps it from being approved.", nil
	default:
		return fmt.Sprintf(" %d requests of it still wait for a decision: `/s3share freeze <reason>` keeps them from being approved.", n), nil
	}
}

// grants counts grants, in words.
func grants(n int) string {
	if n == 1 {
		return "one grant"
	}
	return fmt.Sprintf("%d grants", n)
}

// endEach ends some grants, one commit each, so that one which has moved on
// meanwhile does not hold up the others. A repeated call ends what is left.
func (s *Service) endEach(ctx context.Context, c Call, by grant.Actor, gs []grant.Grant, why string) (ended int, err error) {
	for _, g := range gs {
		_, err := s.decide(ctx, Call{By: c.By}, g.ID, func(g grant.Grant) (grant.Act, error) {
			return grant.Act{Kind: grant.End, At: s.Now(), By: by, Why: why, Responds: true, Behind: s.Rules.PeopleBehind(g.Principal.ARN)}, nil
		})
		var no *grant.Refusal
		switch {
		case err == nil:
			ended++
		case !errors.As(err, &no):
			return ended, err
		}
	}
	return ended, nil
}
