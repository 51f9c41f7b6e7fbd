package commands

import (
	"context"
	"slices"
	"testing"
	"time"

	"s3share/internal/grant"
)

// TestCardGetsTodaysWarnings checks that the findings of the preflight before an approval, an
// extension and a restore replace the warnings of the request. A preflight without an answer keeps
// the old warnings.
func TestCardGetsTodaysWarnings(t *testing.T) {
	now := &grant.Findings{Change: "nothing", Warnings: []string{"a new Deny"}, AlsoOpens: []string{"a statement"}, RequesterPays: true}
	putBack := func(s *Service, id string) {
		if _, err := s.PutBack(context.Background(), by("UADA"), grant.ID(id), time.Time{}); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		before func(*testing.T, *Service) string
		act    func(s *Service, id string)
	}{
		"approval":              {pending, func(s *Service, id string) { say(s, by("UADA"), "approve "+id) }},
		"request of extension":  {active, func(s *Service, id string) { say(s, by("URITA"), "extend "+id+" 1h") }},
		"approval of extension": {extending, func(s *Service, id string) { say(s, by("UADA"), "approve "+id) }},
		"restore":               {drifted, putBack},
	} {
		for _, found := range []*grant.Findings{now, nil} {
			s := newService(t, 1)
			id := c.before(t, s)
			moved(t, s, id, func(g *grant.Grant) { g.Findings = grant.Findings{Change: "adds", Warnings: []string{"an old Deny"}} })
			version := get(t, s, id).Version
			s.preflight = checks{found: found}
			c.act(s, id)
			g, want := get(t, s, id), []string{"an old Deny"}
			if found != nil {
				want = found.Warnings
			}
			if g.Version == version || !slices.Equal(g.Findings.Warnings, want) || g.Findings.RequesterPays != (found != nil) || g.Findings.Change != "adds" {
				t.Errorf("%s: %+v", name, g.Findings)
			}
		}
	}
}

// extending stores a grant with a pending extension.
func extending(t *testing.T, s *Service) string {
	t.Helper()
	id := active(t, s)
	holds(t, say(s, by("URITA"), "extend "+id+" 1h"), "is asked for")
	return id
}
