package commands

import (
	"strings"
	"testing"

	"s3share/internal/grant"
)

func TestWhoSees(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	for _, c := range []struct{ who, show, list string }{
		{"URITA", "shown " + id, id},
		{"UADA", "shown " + id, id},
		{"UGINA", "shown " + id, id},
		{"UAUDIT", "shown " + id, id},
		{"UEVE", "or it is not yours to see", "There is nothing that you may see."},
		{"UNOBODY", "or it is not yours to see", "There is nothing that you may see."},
	} {
		o.answers(by(c.who), "show "+strings.ToLower(id), c.show)
		o.answers(by(c.who), "list all", c.list)
	}
	o.answers(by("UADA"), "list", "You have no open requests")
	o.answers(by("UADA"), "list x", "is no bucket, no principal, no person and no id of a grant.")
}

// The list "mine" also holds requests that others made for the caller.
func TestListMine(t *testing.T) {
	o := newOffice(t, 1)
	o.slash(by("URITA"), requestText)
	o.slash(by("URITA"), "request my-bucket/builds read build/test.user 8h for <@UBOB> nightly build")
	for who, want := range map[string]int{"URITA": 2, "UBOB": 1, "UADA": 0} {
		if a := o.answer(who, "list"); len(a.Grants) != want {
			t.Errorf("%s: %d shown, want %d", who, len(a.Grants), want)
		}
	}
}

// A filter matches the words that a request accepts: a name without its IAM path, a folder, a
// person.
func TestFilter(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UEVE")
	id := o.active()
	o.edit(id, func(g *grant.Grant) { g.Principal.ARN = "arn:aws:iam::111111111111:user/eng/test.user" })
	for _, c := range []struct {
		text  string
		found bool
	}{
		{"build/test.user", true},
		{"build/role/test.user", false},
		{"build/other.user", false},
		{"arn:aws:iam::111111111111:user/eng/test.user", true},
		{"arn:aws:iam::111111111111:user/test.user", false},
		{"my-bucket", true},
		{"my-bucket/builds", true},
		{"my-bucket/builds/nightly", true}, // the grant covers it
		{"my-bucket/build", false},
		{"my-bucket/secrets", false},
		{"<@URITA>", true},
		{"<@UTEST>", true}, // owner of the principal when it was requested
		{"<@URITA|rita> my-other", false},
		{"<@UEVE>", false},
		{id, true},
		{strings.ToLower(id), true},
	} {
		for _, list := range []string{"list all ", "history ", "list active "} {
			got := o.slash(by("UEVE"), list+c.text)
			if found := strings.Contains(got, id) || strings.Contains(got, "What happened"); found != c.found {
				t.Errorf("%s%s: %s", list, c.text, got)
			}
		}
	}
	o.configure(func(c *Config) {
		c.Rules.PrincipalOwners["arn:aws:iam::111111111111:user/eng/test.user"] = []string{"UBOB"}
	})
	o.answers(by("UEVE"), "list all <@UBOB>", id)
	o.answers(by("UBOB"), "list mine", id)
}

// A list refuses words that are no filter, and a page after its last.
func TestRefusedFilters(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
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
		o.answers(by("UADA"), text, want)
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t, 1)
	for range 2*perPage + 3 {
		o.slash(by("URITA"), requestText)
	}
	seen, text := map[grant.ID]bool{}, "list pending my-bucket <@URITA>"
	for page := 1; text != ""; page++ {
		a := o.answer("UADA", text)
		for _, g := range a.Grants {
			seen[g.ID] = true
		}
		if len(a.Grants) > perPage {
			t.Errorf("page %d has %d lines", page, len(a.Grants))
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

// A list refuses an unknown list name, bucket or principal, because an empty list would mislead.
func TestListOfNothing(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
	for text, want := range map[string]string{
		"list pendign":          "There is no list called \"pendign\". Did you mean `/s3share list pending`?",
		"list other-bucket":     "I know no bucket called other-bucket: no rule covers it, and no grant names it. `/s3share buckets` shows what can be shared.",
		"list <@UNOBODY>":       "Slack knows nobody here who is UNOBODY, and no grant names them. Type @ and choose the person from the list that Slack offers.",
		"list all <@UNOBODY>":   "Slack knows nobody here who is UNOBODY, and no grant names them. Type @ and choose the person from the list that Slack offers.",
		"history <@UNOBODY>":    "Slack knows nobody here who is UNOBODY, and no grant names them. Type @ and choose the person from the list that Slack offers.",
		"list build/tset.user":  "I know no user build/tset.user: no grant names it. Check how it is spelled; `/s3share list all` shows what there is.",
		"list my-other, active": "No open grant that you may see is about s3://my-other/.",
		"list pending my-x.y.z": "Nothing that you may see about s3://my-x.y.z/ waits for a decision.",
		"list all <@UEVE>":      "There is nothing about " + PersonMark + " that you may see.",
		"list active":           "No grant that you may see is open.",
	} {
		if got := o.slash(by("URITA"), text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestListHasNoCSV(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
	o.answers(by("URITA"), "list mine my-bucket/builds csv", "`/s3share history my-bucket/builds csv` sends you")
}
