package commands

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
)

func TestFilters(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 })
	id := o.pending()
	o.say(by("UBOB"), "request my-other/builds read build/ci 8h x")
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
		if a := o.answer("UADA", c.text); len(a.Grants) != c.want {
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
		holds(t, o.say(by("UADA"), text), want)
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t, 1)
	o.configure(func(c *Config) { c.Rules.MaxPending = 0 })
	for range 2*perPage + 3 {
		o.say(by("URITA"), good)
	}
	seen, text := map[grant.ID]bool{}, "list pending my-bucket <@URITA>"
	for page := 1; text != ""; page++ {
		a := o.answer("UADA", text)
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
	o := newOffice(t, 1)
	id := o.pending()
	holds(t, o.say(by("UADA"), "deny "+id+" =SUM(A1)"), "Denied")
	o.say(by("UEVE"), "request my-other/builds read build/ci 8h x")
	kinds := func(a Answer) (ks []grant.EventKind) {
		for _, h := range a.Events {
			ks = append(ks, h.Event.Kind)
		}
		return ks
	}
	if got := kinds(o.answer("UAUDIT", "history "+id)); !slices.Equal(got, []grant.EventKind{grant.Deny, grant.Check, grant.Request}) {
		t.Errorf("%s: %v", id, got)
	}
	if got := kinds(o.answer("UAUDIT", "history")); len(got) != 4 {
		t.Errorf("of all: %v", got)
	}
	if got := kinds(o.answer("UAUDIT", "history build/ci")); len(got) != 1 {
		t.Errorf("of a principal: %v", got)
	}
	holds(t, o.answer("UEVE", "history "+id).Text, "There is no history of `"+id+"`, or it is not yours to see.")
	holds(t, o.answer("UAUDIT", "history my-empty").Text, "There is no history of s3://my-empty/, or it is not yours to see.")
	holds(t, o.say(by("UAUDIT"), "history unheard-of"), "I know no bucket called unheard-of")
	if got := kinds(o.answer("UEVE", "history")); !slices.Equal(got, []grant.EventKind{grant.Request}) {
		t.Errorf("her own: %v", got)
	}

	a := o.answer("UAUDIT", "history csv")
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
	o := newOffice(t, 1)
	o.configure(func(c *Config) {
		c.Rules.Rules = append(c.Rules.Rules,
			grant.Rule{Bucket: "team-*", Account: "nonprod", Levels: []string{"read", "full"}, MaxTerm: 60, LevelApproval: map[string]int{"full": 2}, Requesters: grant.People{Groups: []string{"SOPS"}}},
			grant.Rule{Bucket: "two-keys", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, Approvals: 2},
			grant.Rule{Bucket: "own-*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 60, OwnPrincipals: true})
	})
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
		got := o.say(by(c.who), c.text)
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
