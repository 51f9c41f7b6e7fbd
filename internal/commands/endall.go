package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// endAll ends every grant on a bucket, of a principal, of a person, or
// everything, for a responder. Requests that wait are left to their approvers.
func (s *Service) endAll(ctx context.Context, c Call, args []word) (Answer, error) {
	const usage = "`/s3share end-all <bucket[/prefix]|principal|@person|everything> <reason>`."
	if len(args) < 2 {
		return Answer{}, grant.Refuse("End what, and why?").WithHint(usage)
	}
	by, err := s.responder(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	f := filter{page: 1}
	what := args[0].text
	if lower(what) != "everything" {
		if f, err = s.readFilter(ctx, args[:1]); err != nil {
			return Answer{}, err
		}
		if f.typed() == "" { // such as csv, which narrows nothing
			return Answer{}, grant.Refuse("%q does not say what to end.", clip(what)).WithHint(usage)
		}
	}
	why := strings.TrimSpace(phrase(args[1:]))
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
	if len(found) == 0 {
		return Answer{Text: "No grant of that is open." + waiting}, nil
	}
	ended, err := s.endEach(ctx, c, by, found, why)
	if err != nil {
		return Answer{}, fmt.Errorf("ending %d grants, after %d: %w", len(found), ended, err)
	}
	s.Announce(ctx, c.By, fmt.Sprintf("has ended %d of %d grants (%s).", ended, len(found), what), why)
	return Answer{Text: fmt.Sprintf("Over: %s. Both halves are being removed; everybody concerned is told once AWS has confirmed it.", grants(ended)) + waiting}, nil
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
