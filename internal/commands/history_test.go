package commands

import (
	"encoding/csv"
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
	contains(t, o.answer("UEVE", "history "+id).Text, "There is no history of `"+id+"`, or it is not yours to see.")
	contains(t, o.answer("UAUDIT", "history my-empty").Text, "There is no history of s3://my-empty/, or it is not yours to see.")
	o.answers(by("UAUDIT"), "history unheard-of", "I know no bucket called unheard-of")
	if got := kinds(o.answer("UEVE", "history")); !slices.Equal(got, []grant.EventKind{grant.EventRequest}) {
		t.Errorf("her own: %v", got)
	}

	a := o.answer("UAUDIT", "history csv")
	contains(t, a.Text, "The history of 2 grants: I send you `s3share-history-20260302-120000.csv` in a direct message.")
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
