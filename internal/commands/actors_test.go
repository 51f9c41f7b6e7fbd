package commands

import (
	"context"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// becomes changes a person's standing in Slack.
func becomes(s *Service, user string, standing grant.Standing) {
	s.people.(people)[user] = grant.Actor{Standing: standing}
}

func TestApprovalsOfPeopleWhoLeftAreVoid(t *testing.T) {
	const unknown = "Slack could not say just now whether those who approved before still may, so nothing was done."
	for _, c := range []struct {
		standing grant.Standing
		bob      string // expected answer
		left     int    // approvals still missing
	}{
		{grant.Member, "It is being applied", 0},
		{grant.Deactivated, "counts; 1 more to go. One that was given before counts no more: that person may not decide any longer.", 1},
		{grant.Guest, "counts; 1 more to go.", 1},
		{grant.Unknown, unknown, 1},
	} {
		s := newService(t, 2)
		id := pending(t, s)
		say(s, by("UADA"), "approve "+id)
		becomes(s, "UADA", c.standing)
		if got := say(s, by("UBOB"), "approve "+id); !strings.Contains(got, c.bob) {
			t.Errorf("Ada is %q: Bob is told %q", c.standing, got)
		}
		if g := get(t, s, id); g.Missing() != c.left || (g.State == grant.Approved) != (c.left == 0) {
			t.Errorf("Ada is %q: %s, and %d are missing", c.standing, g.State, g.Missing())
		}
	}
}

func TestApprovalOfAFormerGroupMember(t *testing.T) {
	s := newService(t, 2)
	id := pending(t, s)
	holds(t, say(s, by("UGINA"), "approve "+id), "counts; 1 more to go.")
	becomes(s, "UGINA", grant.Member)
	holds(t, say(s, by("UADA"), "approve "+id), "counts; 1 more to go. One that was given before")
	holds(t, say(s, by("UBOB"), "approve "+id), "It is being applied")
}

func TestExtensionApprovalsOfPeopleWhoLeftAreVoid(t *testing.T) {
	s := newService(t, 1)
	id := active(t, s)
	s.rules.Rules[0].Approvals = 2
	say(s, by("UBOB"), "extend "+id+" 1h")
	becomes(s, "UBOB", grant.Deactivated)
	holds(t, say(s, by("UADA"), "approve "+id), "counts; 1 more to go. One that was given before")
	becomes(s, "UADA", grant.Unknown)
	holds(t, say(s, by("UGINA"), "approve "+id), "Slack could not say just now whether those who approved before still may")
}

func TestApprovalChecksRequesterAndBeneficiaryAgain(t *testing.T) {
	for _, c := range []struct {
		user     string
		standing grant.Standing
		want     string
	}{
		{"URITA", grant.Deactivated, "The Slack account of the person who asked is deactivated, so this cannot be approved any more. Deny it."},
		{"URITA", grant.Guest, "This cannot be approved any more: today's rules do not let the person who asked ask for my-bucket. Deny it."},
		{"URITA", grant.Unknown, "Slack could not say just now whether the person who asked may still have this, so nothing was done. Try again in a minute."},
		{"UEVE", grant.Deactivated, "The Slack account of the person whom it is for is deactivated"},
	} {
		s := newService(t, 1)
		waits := pendingFor(t, s, "UEVE")
		becomes(s, c.user, c.standing)
		for how, got := range map[string]string{
			"approve": say(s, by("UADA"), "approve "+waits),
			"change":  change(s, "UADA", waits, get(t, s, waits).Revision, Smaller{Term: "1h", Approve: true}),
		} {
			if !strings.Contains(got, c.want) {
				t.Errorf("%s is %q: %s: %q", c.user, c.standing, how, got)
			}
		}
		if g := get(t, s, waits); g.State != grant.Pending || g.Revision != 0 {
			t.Errorf("%s is %q, and it is %s", c.user, c.standing, g.State)
		}
		holds(t, say(s, by("UADA"), "deny "+waits+" nobody is there"), "Denied")
	}
}

func TestExtensionNeedsTheRightToRequest(t *testing.T) {
	s := newService(t, 1)
	id := active(t, s)
	say(s, by("URITA"), "extend "+id+" 1h")
	s.rules.Rules[0].Requesters = grant.People{Users: []string{"UEVE"}}
	holds(t, say(s, by("UADA"), "approve "+id), "today's rules do not let the person who asked for the extension ask for my-bucket. Deny it.")
	say(s, by("UADA"), "deny "+id+" not any more")
	holds(t, say(s, by("UADA"), "extend "+id+" 1h"), "today's rules do not let the person who asked ask for my-bucket.")
}

// counting counts Slack's lookups of each person.
type counting struct {
	People
	asked map[string]int
}

func (c counting) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
	c.asked[p.User]++
	return c.People.Actor(ctx, p, groups, since)
}

func TestDecisionAsksSlackOncePerPerson(t *testing.T) {
	s := newService(t, 2)
	s.rules.MaxPending = 9
	say(s, by("URITA"), "request my-bucket/builds,my-other/builds,mythird/builds read build/test.user 8h nightly")
	gs := all(t, s)
	change := store.Tx{At: noon}
	for _, g := range gs {
		next, err := g.Next(grant.Action{Kind: grant.Check, At: noon})
		if err != nil {
			t.Fatal(err)
		}
		change.Put(g, next)
	}
	if err := s.store.Commit(context.Background(), change); err != nil || len(gs) != 3 {
		t.Fatalf("%d are asked for: %v", len(gs), err)
	}
	id := string(gs[0].BatchLead())
	say(s, by("UADA"), "approve "+id)
	c := counting{s.people, map[string]int{}}
	s.people = c
	becomesIn(c, "UADA", grant.Deactivated)
	holds(t, say(s, by("UBOB"), "approve "+id), "counts; 1 more to go. One that was given before")
	for _, user := range []string{"UBOB", "UADA", "URITA"} {
		if c.asked[user] > 2 { // a typed command adds one lookup, for the grants that the caller may see
			t.Errorf("Slack was asked %d times about %s", c.asked[user], user)
		}
	}
	for _, g := range all(t, s) {
		if g.State != grant.Pending || g.Missing() != 1 {
			t.Errorf("%s is %s, and %d are missing", g.ID, g.State, g.Missing())
		}
	}
	holds(t, say(s, by("UGINA"), "approve "+id), "all 3 grants of it. They are being applied")
}

func becomesIn(c counting, user string, standing grant.Standing) {
	c.People.(people)[user] = grant.Actor{Standing: standing}
}

// pendingFor stores a checked request of Rita's for another person, who has confirmed it.
func pendingFor(t *testing.T, s *Service, user string) string {
	t.Helper()
	say(s, by("URITA"), "request my-bucket/builds read build/test.user 8h for <@"+user+"> nightly")
	id := string(all(t, s)[0].ID)
	if _, err := s.Consent(context.Background(), by(user), grant.ID(id)); err != nil {
		t.Fatal(err)
	}
	keep(t, s, id, func(g grant.Grant) grant.Grant {
		next, err := g.Next(grant.Action{Kind: grant.Check, At: noon})
		if err != nil {
			t.Fatal(err)
		}
		return next
	})
	return id
}
