package commands

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// passes applies acts to a stored grant.
func passes(t *testing.T, s *Service, id string, acts ...grant.Action) {
	t.Helper()
	keep(t, s, id, func(g grant.Grant) grant.Grant {
		for _, a := range acts {
			if a.At.IsZero() {
				a.At = noon
			}
			next, err := g.Next(a)
			if err != nil {
				t.Fatal(err)
			}
			g = next
		}
		return g
	})
}

// broken stores a break-glass of Paul, the owner of the principal.
func broken(t *testing.T, s *Service) string {
	t.Helper()
	rule := s.rules.Rules[0]
	rule.BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"UTEST"}}, MaxTerm: 60, PerDay: 1}
	id := pending(t, s)
	moved(t, s, id, func(g *grant.Grant) {
		g.BreakGlass, g.Requester.User, g.Beneficiary.User, g.Rule = true, "UTEST", "UTEST", rule
	})
	passes(t, s, id, grant.Action{Kind: grant.OpenBreakGlass, Rule: &rule})
	return id
}

// The Home and the pending list show the same questions: those that the person could answer and has
// not.
func TestOpenQuestions(t *testing.T) {
	drift := grant.Action{Kind: grant.Drift, Half: grant.OwnerHalf, Why: "removed"}
	long := func(t *testing.T, s *Service) string {
		s.rules.Rules[0].MaxTerm = 90 * 24 * 60
		id := pending(t, s)
		moved(t, s, id, func(g *grant.Grant) { g.Term = 30 * 24 * 60 })
		say(s, by("UADA"), "approve "+id)
		keep(t, s, id, func(g grant.Grant) grant.Grant { return confirmed(t, g) })
		passes(t, s, id, grant.Action{Kind: grant.Warn, Left: 14 * 24 * time.Hour})
		return id
	}
	for _, c := range []struct {
		name   string
		quorum int
		make   func(*testing.T, *Service) string
		want   string   // "": no question is open
		of     []string // the people who see it
	}{
		{"a request", 1, pending, "decision", []string{"UADA", "UBOB", "UGINA"}},
		{"a request with one approval", 2, func(t *testing.T, s *Service) string {
			id := pending(t, s)
			say(s, by("UADA"), "approve "+id)
			return id
		}, "decision", []string{"UBOB", "UGINA"}},
		{"an extension", 1, func(t *testing.T, s *Service) string {
			id := active(t, s)
			say(s, by("URITA"), "extend "+id+" 1h")
			return id
		}, "decision", []string{"UADA", "UBOB", "UGINA"}},
		{"an active grant", 1, active, "", nil},
		{"a drifted grant", 1, func(t *testing.T, s *Service) string {
			id := active(t, s)
			passes(t, s, id, drift)
			return id
		}, "repair", []string{"UADA", "UBOB", "UGINA"}},
		{"a restored grant", 1, func(t *testing.T, s *Service) string {
			id := active(t, s)
			passes(t, s, id, drift, grant.Action{Kind: grant.Restore, By: grant.Actor{Person: by("UADA").By, Standing: grant.Member}, Rule: &s.rules.Rules[0]})
			return id
		}, "", nil},
		{"a drifted grant that no rule covers any more", 1, func(t *testing.T, s *Service) string {
			id := active(t, s)
			passes(t, s, id, drift)
			s.rules.Rules[0].Bucket = "other"
			return id
		}, "repair", []string{"UADA", "UBOB", "UGINA"}},
		{"a break-glass", 1, broken, "review", []string{"UADA", "UBOB", "URITA", "UGINA"}},
		{"a break-glass that has ended", 1, func(t *testing.T, s *Service) string {
			id := broken(t, s)
			moved(t, s, id, func(g *grant.Grant) { g.State, g.EndedAt = grant.Ended, noon })
			return id
		}, "review", []string{"UADA", "UBOB", "URITA", "UGINA"}},
		{"a reviewed break-glass", 1, func(t *testing.T, s *Service) string {
			id := broken(t, s)
			moved(t, s, id, func(g *grant.Grant) { g.State, g.EndedAt = grant.Ended, noon })
			holds(t, say(s, by("UADA"), "review "+id+" fine"), "is closed")
			return id
		}, "", nil},
		{"a long grant", 1, long, "still needed", []string{"UADA", "UBOB", "UGINA"}},
		{"a long grant that was extended", 1, func(t *testing.T, s *Service) string {
			id := long(t, s)
			holds(t, say(s, by("UADA"), "extend "+id+" 1d"), "The extension of")
			return id
		}, "", nil},
		{"a long grant with a pending extension", 1, func(t *testing.T, s *Service) string {
			id := long(t, s)
			s.rules.Rules[0].Approvals = 2
			say(s, by("UADA"), "extend "+id+" 1d")
			return id
		}, "decision", []string{"UBOB", "UGINA"}},
	} {
		s := newService(t, c.quorum)
		id := c.make(t, s)
		for _, who := range []string{"UADA", "UBOB", "UGINA", "URITA", "UTEST", "UEVE", "UAUDIT", "UGUEST"} {
			want := ""
			if slices.Contains(c.of, who) {
				want = c.want
			}
			h, err := s.Home(context.Background(), by(who))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, 0, 1)
			for range h.Waiting {
				got = append(got, string(grant.ToDecide))
			}
			for _, w := range h.Asked {
				got = append(got, string(w.For))
			}
			if strings.Join(got, "|") != want {
				t.Errorf("%s: the Home of %s says %q; want %q", c.name, who, got, want)
			}
			if list := say(s, by(who), "list pending"); want != "" && !strings.Contains(list, "What waits for a decision: "+id) ||
				c.want != "decision" && want == "" && list != "Nothing that you may see waits for a decision." {
				t.Errorf("%s: the list of %s: %s", c.name, who, list)
			}
		}
	}
}

// The pending list shows an extension to the people it concerns, to its approvers and to auditors.
func TestPendingListShowsVisibleRequests(t *testing.T) {
	s := newService(t, 1)
	id := active(t, s)
	say(s, by("URITA"), "extend "+id+" 1h")
	for _, who := range []string{"URITA", "UTEST", "UAUDIT", "UADA"} {
		holds(t, say(s, by(who), "list pending"), "What waits for a decision: "+id)
	}
	holds(t, say(s, by("UEVE"), "list pending"), "Nothing that you may see")
	holds(t, say(s, by("UADA"), "list pending my-other"), "Nothing that you may see")
}
