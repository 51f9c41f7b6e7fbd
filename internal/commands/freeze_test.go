package commands

import (
	"context"
	"slices"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A freezing store has somebody freeze everything just after the freeze was
// looked at for the last time.
type freezing struct {
	grant.Store
	t     *testing.T
	reads int // that are left until then
}

func (f *freezing) Note(ctx context.Context, key string) (grant.Note, error) {
	n, err := f.Store.Note(ctx, key)
	if f.reads--; key != grant.FreezeNote || f.reads != 0 {
		return n, err
	}
	frozen := grant.Change{At: noon, Notes: []grant.Note{{Key: key, Version: n.Version, Text: `{"Why":"a leak"}`}}}
	if err := f.Commit(ctx, frozen); err != nil {
		f.t.Fatal(err)
	}
	return n, err
}

// Whatever adds something in AWS is refused if a freeze comes before its commit,
// also between the last look and the commit.
func TestNothingSlipsPastAFreeze(t *testing.T) {
	for _, c := range []struct {
		name, by, text string
		make           func(*testing.T, *Service) string
		reads          int // how often the freeze is looked at before the commit
	}{
		{"a yes", "UADA", "approve ", pending, 2},
		{"an extension", "UADA", "extend ID 1h", active, 2},
		{"a yes to an extension", "UADA", "approve ", func(t *testing.T, s *Service) string {
			id := active(t, s)
			holds(t, say(s, by("URITA"), "extend "+id+" 1h"), "is asked for")
			return id
		}, 2},
		{"a change that is also a yes", "UADA", "", pending, 2},
		{"what is put back", "UADA", "put back", drifted, 2},
	} {
		for reads := 1; reads <= c.reads; reads++ {
			s := newService(t, 1)
			id := c.make(t, s)
			before := get(t, s, id)
			s.Store = &freezing{s.Store, t, reads}
			holds(t, tries(s, c.by, c.text, id), "Everything is frozen: a leak.")
			if g := get(t, s, id); g.Version != before.Version {
				t.Errorf("%s, frozen after look %d: it is %s until %s", c.name, reads, g.State, g.ExpiresAt)
			}
		}
		s := newService(t, 1)
		id := c.make(t, s)
		s.Store = &freezing{s.Store, t, c.reads + 1}
		before := get(t, s, id)
		if got := tries(s, c.by, c.text, id); get(t, s, id).Version == before.Version {
			t.Errorf("%s, frozen afterwards: %s", c.name, got)
		}
	}
}

// tries is what somebody is told of an act, typed or pressed.
func tries(s *Service, who, text, id string) string {
	switch text {
	case "":
		return change(s, who, id, 0, Smaller{Term: "1h", Approve: true})
	case "put back":
		a, err := s.PutBack(context.Background(), by(who), grant.ID(id), time.Time{})
		if err != nil {
			return err.Error()
		}
		return a.Text
	case "extend ID 1h":
		return say(s, by(who), "extend "+id+" 1h")
	}
	return say(s, by(who), text+id)
}

// drifted is a grant of which somebody else has changed a part.
func drifted(t *testing.T, s *Service) string {
	id := active(t, s)
	keep(t, s, id, func(g grant.Grant) grant.Grant {
		next, err := g.Next(grant.Act{Kind: grant.Drift, At: noon, Half: grant.OwnerHalf})
		if err != nil {
			t.Fatal(err)
		}
		return next
	})
	return id
}

// The cards of what waits are drawn anew when everything is frozen, and again when
// it is not any more; no others.
func TestAFreezeIsDrawn(t *testing.T) {
	s := newService(t, 1)
	s.Rules.Responders = grant.People{Users: []string{"UAUDIT"}}
	open, more := active(t, s), active(t, s)
	waits := pending(t, s)
	say(s, by("URITA"), "extend "+more+" 1h")
	ctx := context.Background()
	for _, text := range []string{"freeze a leak", "unfreeze"} {
		quiet := grant.Change{At: noon}
		for _, id := range []string{open, more, waits} {
			quiet.Wakes = append(quiet.Wakes, grant.Wake{Loop: grant.SlackLoop, ID: grant.ID(id)})
		}
		if err := s.Store.Commit(ctx, quiet); err != nil {
			t.Fatal(err)
		}
		say(s, by("UAUDIT"), text)
		due, err := s.Store.Due(ctx, grant.SlackLoop, noon, 10)
		if err != nil || len(due) != 2 || slices.Contains(due, grant.ID(open)) {
			t.Errorf("%s: drawn anew are %v; want %s and %s, and not %s (%v)", text, due, more, waits, open, err)
		}
	}
}
