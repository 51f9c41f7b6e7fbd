package commands

import (
	"context"
	"testing"

	"s3share/internal/grant"
)

// reply returns the text of an answer.
func reply(a Answer, err error) string {
	if err != nil {
		return err.Error()
	}
	for _, not := range a.Failures {
		a.Text += "\n" + string(not.ID) + " — " + not.Why.Error()
	}
	return a.Text
}

// Each item of a bulk approval is checked and committed separately, at its revision, and once.
func TestApproveSeveral(t *testing.T) {
	s := newService(t, 1)
	s.rules.MaxPending = 10
	a, b, c := grant.ID(pending(t, s)), grant.ID(pending(t, s)), grant.ID(pending(t, s))
	several := func(call Invocation, asked ...Selection) string {
		t.Helper()
		var all []Outcome
		for _, one := range asked {
			all = append(all, s.ApproveOne(context.Background(), call, one))
		}
		return reply(AnswerSelections(all), nil)
	}
	both := []Selection{{a, 0}, {b, 7}}
	if got, want := several(by("UEVE"), both...), "None of the 2 was approved.\n"+string(a)+" — You are not one of the people who may decide on my-bucket. The card says who may.\n"+
		string(b)+" — You are not one of the people who may decide on my-bucket. The card says who may."; got != want {
		t.Errorf("by a stranger to the rule:\n%s\nwant\n%s", got, want)
	}
	if got, want := several(by("UADA", "env:1"), both...), "Approved 1 of 2: `"+string(a)+"`. Those who asked are told once AWS has confirmed it.\n"+
		string(b)+" — This request has changed since that card was drawn. Decide on the card as it is now."; got != want {
		t.Errorf("one of them as it was before:\n%s\nwant\n%s", got, want)
	}
	three := []Selection{{b, 0}, {c, 0}}
	holds(t, several(by("UADA", "env:2"), three...), "Approved 2 of 2: `"+string(b)+"`, `"+string(c)+"`.")
	// from the record
	holds(t, several(by("UADA", "env:2"), three...), "Approved 2 of 2: `"+string(b)+"`, `"+string(c)+"`.")
	for _, g := range all(t, s) {
		if g.State != grant.Approved || len(g.Decisions) != 1 {
			t.Errorf("%s is %s, with %d decisions", g.ID, g.State, len(g.Decisions))
		}
	}
}

func TestApproveSeveralWithAQuorum(t *testing.T) {
	s := newService(t, 2)
	id := grant.ID(pending(t, s))
	a := AnswerSelections([]Outcome{s.ApproveOne(context.Background(), by("UADA"), Selection{id, 0})})
	if got := reply(a, nil); got != "Your approval counts, and more are needed: `"+string(id)+"`." {
		t.Error(got)
	}
}

// A redelivered approval of one item that was denied meanwhile is not counted as approved.
func TestRedeliveredBulkApproval(t *testing.T) {
	s := newService(t, 2)
	id := pending(t, s)
	one := Selection{ID: grant.ID(id), Revision: get(t, s, id).Revision}
	if out := s.ApproveOne(t.Context(), by("UADA", "c1"), one); !out.Counted || out.Failure != nil {
		t.Fatalf("%+v", out)
	}
	holds(t, say(s, by("UBOB"), "deny "+id+" no"), "Denied")
	if out := s.ApproveOne(t.Context(), by("UADA", "c1"), one); out.Counted || out.Failure == nil {
		t.Errorf("%+v", out)
	}
}
