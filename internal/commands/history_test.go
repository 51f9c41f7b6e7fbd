package commands

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
)

func TestHistory(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.answers(by("UADA"), "deny "+id+" =SUM(A1)", "Denied")
	o.slash(by("UEVE"), "request my-other/builds read build/ci 8h x")
	kinds := func(a Answer) (ks []grant.EventKind) {
		for _, h := range a.Events {
			ks = append(ks, h.Event.Kind)
		}
		return ks
	}
	if got := kinds(o.answer("UAUDIT", "history "+id)); !slices.Equal(got, []grant.EventKind{grant.EventDeny, grant.EventCheck, grant.EventRequest}) {
		t.Errorf("%s: %v", id, got)
	}
	if got := kinds(o.answer("UAUDIT", "history")); len(got) != 4 {
		t.Errorf("of all: %v", got)
	}
	if got := kinds(o.answer("UAUDIT", "history build/ci")); len(got) != 1 {
		t.Errorf("of a principal: %v", got)
	}
	contains(t, o.answer("UEVE", "history "+id).Text, "There is no history of `"+id+"` that you can see.")
	contains(t, o.answer("UAUDIT", "history my-empty").Text, "There is no history of s3://my-empty/ that you can see.")
	o.answers(by("UAUDIT"), "history unheard-of", "No rule and no grant names a bucket unheard-of")
	if got := kinds(o.answer("UEVE", "history")); !slices.Equal(got, []grant.EventKind{grant.EventRequest}) {
		t.Errorf("her own: %v", got)
	}

	a := o.answer("UAUDIT", "history csv")
	contains(t, a.Text, "I sent you the history of 2 grants in a direct message: `s3share-history-20260302-120000.csv`.")
	rows, err := csv.NewReader(strings.NewReader(string(a.File.Content))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !slices.Equal(rows[0], csvHead) {
		t.Errorf("%q", rows[0])
	}
	for _, row := range rows[1:] {
		if row[2] == "denied" && row[4] != "'=SUM(A1)" {
			t.Errorf("a spreadsheet would run %q", row[4])
		}
	}
	first := []string{"2026-03-02T12:00:00Z", id, "requested", "URITA", "", "checking", "URITA", "URITA", "", "arn:aws:iam::111111111111:user/test.user",
		"my-bucket", "builds", "read", "8h", "", "nightly"}
	if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, first) }) {
		t.Errorf("%q has no row %q", rows, first)
	}
}

// Every kind of event has a name for people.
func TestEventLabels(t *testing.T) {
	source, err := os.ReadFile("../grant/event.go")
	kinds := regexp.MustCompile(`(?m)^\s+Event\w+ +(?:EventKind )?= "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if err != nil || len(kinds) < 30 {
		t.Fatalf("%d kinds of events, %v", len(kinds), err)
	}
	for _, kind := range kinds {
		if eventLabels[grant.EventKind(kind[1])] == "" {
			t.Errorf("%s has no label", kind[1])
		}
	}
	for _, c := range []struct {
		ev   grant.Event
		g    grant.Grant
		want string
	}{
		{grant.Event{Kind: grant.EventHalfRemoved}, grant.Grant{}, "removed from AWS"},
		{grant.Event{Kind: grant.EventHalfRemoved, Why: "left to the admin"}, grant.Grant{}, "removal requested"},
		{grant.Event{Kind: grant.EventApplied}, grant.Grant{Principal: grant.Principal{External: true}}, "active in the bucket policy"},
		{grant.Event{Kind: grant.EventRequestExtension, Term: 240}, grant.Grant{}, "extension of 4h requested"},
	} {
		if got := EventLabel(c.g, c.ev); got != c.want {
			t.Errorf("%s: %q, want %q", c.ev.Kind, got, c.want)
		}
	}
	asked := grant.Grant{Reason: "nightly"}
	if got := EventReason(asked, grant.Event{Kind: grant.EventRequest}); got != "nightly" {
		t.Errorf("the reason of a request: %q", got)
	}
	if got := EventReason(asked, grant.Event{Kind: grant.EventDelegated, Why: "{policy}"}); got != "" {
		t.Errorf("the reason of a hand-over: %q", got)
	}
}
