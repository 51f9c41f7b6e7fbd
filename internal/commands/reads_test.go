package commands

import (
	"context"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// readCounter counts the reads of grants.
type readCounter struct {
	store.Store
	reads int
}

func (r *readCounter) Get(ctx context.Context, id grant.ID) (grant.Grant, error) {
	r.reads++
	return r.Store.Get(ctx, id)
}

// A decision reads its grant once, whatever its verb and its way in.
func TestDecisionReadsItsGrantOnce(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name   string
		before func(*testing.T, *Service) string
		decide func(s *Service, g grant.Grant) error
		reads  int
	}{
		{"approve", pending, func(s *Service, g grant.Grant) error {
			_, err := s.Approve(ctx, by("UADA"), g.ID, g.Revision)
			return err
		}, 1},
		{"approve, typed", pending, func(s *Service, g grant.Grant) error {
			_, err := s.Command(ctx, by("UADA"), "approve "+string(g.ID))
			return err
		}, 1},
		{"approve one of several", pending, func(s *Service, g grant.Grant) error {
			return s.ApproveOne(ctx, by("UADA"), Selection{ID: g.ID, Revision: g.Revision}).Fault
		}, 1},
		{"deny", pending, func(s *Service, g grant.Grant) error {
			_, err := s.Deny(ctx, by("UADA"), g.ID, g.Revision, "not now")
			return err
		}, 1},
		{"narrow", pending, func(s *Service, g grant.Grant) error {
			_, err := s.Narrow(ctx, by("UADA"), g.ID, g.Revision, Smaller{Term: "1h"})
			return err
		}, 1},
		{"extend", active, func(s *Service, g grant.Grant) error {
			_, err := s.Extend(ctx, by("URITA"), g.ID, "1h", "it takes longer")
			return err
		}, 1},
		{"end", active, func(s *Service, g grant.Grant) error {
			_, err := s.End(ctx, by("URITA"), g.ID, "it is done")
			return err
		}, 1},
	} {
		s := newService(t, 1)
		id := c.before(t, s)
		g, err := s.store.Get(ctx, grant.ID(id))
		if err != nil {
			t.Fatal(err)
		}
		counter := &readCounter{Store: s.store}
		s.store = counter
		if err := c.decide(s, g); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if counter.reads != c.reads {
			t.Errorf("%s: read the grant %d times, want %d", c.name, counter.reads, c.reads)
		}
	}
}

// An act that is committed during a preflight is seen: the decision is evaluated again on the new state.
func TestDecisionSeesAnActOfItsPreflight(t *testing.T) {
	s := newService(t, 1)
	id := pending(t, s)
	counter := &readCounter{Store: s.store}
	s.store, s.preflight = counter, during{checks{}, func() { say(s, by("UBOB"), "deny "+id+" not now") }}
	holds(t, say(s, by("UADA"), "approve "+id), "This request was denied already.")
	if g := get(t, s, id); g.State != grant.Denied {
		t.Errorf("it is %s", g.State)
	}
	if counter.reads != 4 { // of the approval twice, of the denial, of this test
		t.Errorf("read the grant %d times", counter.reads)
	}
}

// during is a preflight in which something else happens.
type during struct {
	Preflight
	do func()
}

func (d during) CheckApproval(ctx context.Context, g grant.Grant) (*grant.Findings, error) {
	d.do()
	return d.Preflight.CheckApproval(ctx, g)
}
