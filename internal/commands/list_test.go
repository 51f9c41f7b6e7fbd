package commands

import (
	"context"
	"fmt"
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
		{"UEVE", "or you may not see it", "There is no request or access that you can see."},
		{"UNOBODY", "or you may not see it", "There is no request or access that you can see."},
	} {
		o.answers(by(c.who), "show "+strings.ToLower(id), c.show)
		o.answers(by(c.who), "list all", c.list)
	}
	o.answers(by("UADA"), "list", "You have no open requests")
	o.answers(by("UADA"), "list x", "is not a bucket, a principal, a person or the id of a grant.")
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
			if found := strings.Contains(got, id) || strings.Contains(got, "History of "); found != c.found {
				t.Errorf("%s%s: %s", list, c.text, got)
			}
		}
	}
	o.configure(func(c *Config) {
		c.Rules.PrincipalOwners["arn:aws:iam::111111111111:user/eng/test.user"] = []string{"UBOB"}
	})
	o.answers(by("UEVE"), "list all <@UBOB>", id)
	o.answers(by("UEVE"), "list all my-bucket", "All requests and access on s3://my-bucket/, newest first:")
	o.answers(by("UEVE"), "list active <@URITA>", "Active access of "+PersonMark+", also starting and ending:")
	o.answers(by("UBOB"), "list mine", id)
}

// A list refuses words that are no filter, and a page after its last.
func TestRefusedFilters(t *testing.T) {
	o := newOffice(t, 1)
	o.pending()
	for text, want := range map[string]string{
		"list all page":    "The page number is missing. Write it like `page 2`.",
		"list all page 0":  `"0" is not a page number. Write it like ` + "`page 2`.",
		"list all page -1": `"-1" is not a page number.`,
		"list all {}":      `"{}" is not a bucket, a principal, a person or the id of a grant. Try ` + "`/s3share list mine`",
		"list all page 2":  "There is no page 2; the last page is 1. `/s3share list all page 1` shows it.",
		"history page 9":   "There is no page 9; the last page is 1. `/s3share history page 1` shows it.",
		"history page x":   `"x" is not a page number.`,
		// has the length of an id, but is none
		"list all database": "No rule and no grant names a bucket database.",
	} {
		o.answers(by("UADA"), text, want)
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t, 1)
	for range 2*perPage + 3 {
		o.slash(by("URITA"), requestText)
	}
	seen, text, all := map[grant.ID]bool{}, "list pending my-bucket <@URITA>", 2*perPage+3
	for page := 1; text != ""; page++ {
		a, err := o.Page(context.Background(), by("UADA"), text) // as the button does
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range a.Grants {
			seen[g.ID] = true
		}
		want := Page{First: (page-1)*perPage + 1, Last: min(page*perPage, all), Total: all}
		if page < 3 {
			want.Next = fmt.Sprintf("list pending my-bucket <@URITA> page %d", page+1)
		}
		if page > 1 {
			want.Previous = fmt.Sprintf("list pending my-bucket <@URITA> page %d", page-1)
		}
		if a.Page != want || len(a.Grants) != want.Last-want.First+1 {
			t.Errorf("page %d has %d lines and is %+v; want %+v", page, len(a.Grants), a.Page, want)
		}
		text = a.Page.Next
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
		"list other-bucket":     "No rule and no grant names a bucket other-bucket. Check the spelling; `/s3share buckets` lists the buckets that you can request.",
		"list <@UNOBODY>":       "Slack does not know the person UNOBODY, and no grant names them. Type @ and choose the person from Slack's list.",
		"list all <@UNOBODY>":   "Slack does not know the person UNOBODY, and no grant names them. Type @ and choose the person from Slack's list.",
		"history <@UNOBODY>":    "Slack does not know the person UNOBODY, and no grant names them. Type @ and choose the person from Slack's list.",
		"list build/tset.user":  "No grant names the user build/tset.user. Check the spelling; `/s3share list all` lists every grant that you can see.",
		"list my-other, active": "You can see no active access about s3://my-other/.",
		"list pending my-x.y.z": "Nothing about s3://my-x.y.z/ that you can see waits for a decision.",
		"list all <@UEVE>":      "There is no request or access about " + PersonMark + " that you can see.",
		"list active":           "You can see no active access.",
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

// A button that shows a page only reads, and with the rights of the person who presses it.
func TestForgedPage(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	for _, command := range []string{"approve " + id, "end " + id, "freeze now", "history csv", "show " + id, "help", "",
		"request my-bucket/builds read build/test.user 8h x", "rubbish"} {
		a, err := o.Page(context.Background(), by("UADA"), command)
		if err == nil || a.Text != "" || !strings.HasPrefix(err.Error(), "That button does not show a page.") {
			t.Errorf("%q: %+v, %v", command, a, err)
		}
	}
	o.answers(by("UADA"), "show "+id, "shown "+id)
	if o.get(id).State != grant.Pending || len(o.all()) != 1 {
		t.Error("the button changed something")
	}
	a, err := o.Page(context.Background(), by("UEVE"), "list all")
	if err != nil || len(a.Grants) != 0 {
		t.Errorf("a stranger to the grant reads %v, %v", a.Grants, err)
	}
	if _, err := o.Page(context.Background(), by("UADA"), "list pending page 7"); err == nil ||
		!strings.HasPrefix(err.Error(), "There is no page 7; the last page is 1.") {
		t.Errorf("a page that is gone: %v", err)
	}
}
