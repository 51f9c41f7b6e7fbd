package commands

import (
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
)

func answer(t *testing.T, s *Service, who, text string) Answer {
	t.Helper()
	a, err := s.Command(context.Background(), by(who), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

func TestFilters(t *testing.T) {
	s := newService(t, 1)
	s.rules.MaxPending = 0
	id := pending(t, s)
	say(s, by("UBOB"), "request my-other/builds read build/ci 8h x")
	for _, c := range []struct {
		text string
		want int
	}{
		{"list all", 2},
		{"list", 0},
		{"list all my-bucket", 1},
		{"list all my-other/builds", 1},
		{"list all build/ci", 1},
		{"list all arn:aws:iam::111111111111:user/test.user", 1},
		{"list all <@URITA>", 1},
		{"list all <@URITA|rita> my-other", 0},
		{"list all <@UEVE>", 0},
		{"list all " + id, 1},
		{"list all " + strings.ToLower(id), 1},
		{"list pending my-bucket", 1},
		{"list active", 0},
	} {
		if a := answer(t, s, "UADA", c.text); len(a.Grants) != c.want {
			t.Errorf("%s: %d grants; want %d", c.text, len(a.Grants), c.want)
		}
	}
	for text, want := range map[string]string{
		"list all page":    "Which page? Like `page 2`.",
		"list all page 0":  `"0" is no number of a page. Like ` + "`page 2`.",
		"list all page -1": `"-1" is no number of a page.`,
		"list all {}":      `"{}" is no bucket, no principal, no person and no id of a grant. Try ` + "`/s3share list mine`",
		"list all page 2":  "There is no page 2: the last is page 1.",
		"history page 9":   "There is no page 9: the last is page 1.",
		"history page x":   `"x" is no number of a page.`,
		// has the length of an id, but is none
		"list all database": "I know no bucket called database: no rule covers it, and no grant names it.",
	} {
		holds(t, say(s, by("UADA"), text), want)
	}
}

func TestPages(t *testing.T) {
	s := newService(t, 1)
	s.rules.MaxPending = 0
	for range 2*perPage + 3 {
		say(s, by("URITA"), good)
	}
	seen, text := map[grant.ID]bool{}, "list pending my-bucket <@URITA>"
	for page := 1; text != ""; page++ {
		a := answer(t, s, "UADA", text)
		for _, g := range a.Grants {
			seen[g.ID] = true
		}
		if want := []int{0, perPage + 3, 3, 0}[page]; a.More != want {
			t.Errorf("after page %d there are %d more; want %d", page, a.More, want)
		}
		text = strings.TrimPrefix(a.Next, "/s3share ")
	}
	if len(seen) != 2*perPage+3 {
		t.Errorf("%d of %d are on some page", len(seen), 2*perPage+3)
	}
}

func TestHistory(t *testing.T) {
	s := newService(t, 1)
	id := pending(t, s)
	holds(t, say(s, by("UADA"), "deny "+id+" =SUM(A1)"), "Denied")
	say(s, by("UEVE"), "request my-other/builds read build/ci 8h x")
	kinds := func(a Answer) (ks []grant.EventKind) {
		for _, h := range a.Events {
			ks = append(ks, h.Event.Kind)
		}
		return ks
	}
	if got := kinds(answer(t, s, "UAUDIT", "history "+id)); !slices.Equal(got, []grant.EventKind{grant.Deny, grant.Check, grant.Request}) {
		t.Errorf("%s: %v", id, got)
	}
	if got := kinds(answer(t, s, "UAUDIT", "history")); len(got) != 4 {
		t.Errorf("of all: %v", got)
	}
	if got := kinds(answer(t, s, "UAUDIT", "history build/ci")); len(got) != 1 {
		t.Errorf("of a principal: %v", got)
	}
	holds(t, answer(t, s, "UEVE", "history "+id).Text, "There is no history of `"+id+"`, or it is not yours to see.")
	holds(t, answer(t, s, "UAUDIT", "history my-empty").Text, "There is no history of s3://my-empty/, or it is not yours to see.")
	holds(t, say(s, by("UAUDIT"), "history unheard-of"), "I know no bucket called unheard-of")
	if got := kinds(answer(t, s, "UEVE", "history")); !slices.Equal(got, []grant.EventKind{grant.Request}) {
		t.Errorf("her own: %v", got)
	}

	a := answer(t, s, "UAUDIT", "history csv")
	holds(t, a.Text, "The history of 2 grants: I send you `s3share-history-20260302-120000.csv` in a direct message.")
	rows, err := csv.NewReader(strings.NewReader(string(a.File.Content))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if row[2] == "deny" && row[4] != "'=SUM(A1)" {
			t.Errorf("a spreadsheet would run %q", row[4])
		}
	}
}

func TestBuckets(t *testing.T) {
	s := newService(t, 1)
	s.rules.Rules = append(s.rules.Rules,
		grant.Rule{Bucket: "team-*", Account: "nonprod", Levels: []string{"read", "full"}, MaxTerm: 60, LevelApproval: map[string]int{"full": 2}, Requesters: grant.People{Groups: []string{"SOPS"}}},
		grant.Rule{Bucket: "two-keys", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, Approvals: 2},
		grant.Rule{Bucket: "own-*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, OwnPrincipals: true})
	const (
		mine = "[my* needs 1]"
		team = "[team-* needs read 1, full 2]"
		own  = "[own-* needs 1]"
	)
	for _, c := range []struct {
		who, text string
		want, not []string
	}{
		{"URITA", "buckets", []string{mine}, []string{"team-", "own-"}},
		{"UGINA", "buckets", []string{mine, team}, []string{"own-"}},
		{"UTEST", "buckets", []string{mine, team, own}, nil}, // owns a principal
		{"UTEST", "buckets two-keys", []string{"[two-keys needs 2]"}, nil},
		{"UGINA", "buckets team", []string{team}, []string{"my*"}},
		{"UGUEST", "buckets", []string{"There is no bucket of that name that you may ask for."}, []string{"my*"}},
		{"URITA", "buckets xyz", []string{"There is no bucket of that name that you may ask for."}, nil},
	} {
		got := say(s, by(c.who), c.text)
		for _, want := range c.want {
			holds(t, got, want)
		}
		for _, not := range c.not {
			if strings.Contains(got, not) {
				t.Errorf("%s is told of %s: %s", c.who, not, got)
			}
		}
	}
}
