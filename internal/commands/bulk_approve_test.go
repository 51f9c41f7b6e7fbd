package commands

import (
	"context"
	"testing"

	"s3share/internal/grant"
)

// Each item of a bulk approval is checked and committed separately, at its revision, and once.
func TestApproveSeveral(t *testing.T) {
	o := newOffice(t, 1)
	a, b, c := grant.ID(o.pending()), grant.ID(o.pending()), grant.ID(o.pending())
	several := func(call Invocation, asked ...Selection) string {
		t.Helper()
		var all []Outcome
		for _, one := range asked {
			all = append(all, o.Decisions.ApproveOne(context.Background(), call, one))
		}
		return reply(AnswerSelections(all), nil)
	}
	both := []Selection{{a, 0}, {b, 7}}
	if got, want := several(by("UEVE"), both...), "None of the 2 was approved.\n"+string(a)+" — You are not an "+
		"approver of my-bucket. The card names the approvers.\n"+
		string(b)+" — You are not an approver of my-bucket. The card names the approvers."; got != want {
		t.Errorf("by a stranger to the rule:\n%s\nwant\n%s", got, want)
	}
	if got, want := several(by("UADA", "env:1"), both...), "Approved 1 of 2: `"+string(a)+"`. The requesters will be notified.\n"+
		string(b)+" — This request has changed since that card was posted. Decide on the current "+
		"card."; got != want {
		t.Errorf("one of them as it was before:\n%s\nwant\n%s", got, want)
	}
	three := []Selection{{b, 0}, {c, 0}}
	contains(t, several(by("UADA", "env:2"), three...), "Approved 2 of 2: `"+string(b)+"`, `"+string(c)+"`.")
	// from the record
	contains(t, several(by("UADA", "env:2"), three...), "Approved 2 of 2: `"+string(b)+"`, `"+string(c)+"`.")
	for _, g := range o.all() {
		if g.State != grant.Approved || len(g.Decisions) != 1 {
			t.Errorf("%s is %s, with %d decisions", g.ID, g.State, len(g.Decisions))
		}
	}
}

// A redelivered approval of one item that was denied meanwhile is not counted as approved.
func TestRedeliveredBulkApproval(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	one := Selection{ID: grant.ID(id)}
	out := o.Decisions.ApproveOne(t.Context(), by("UADA", "c1"), one)
	if got := reply(AnswerSelections([]Outcome{out}), nil); got != "Approved, and more approvals are needed: `"+id+"`." {
		t.Error(got)
	}
	o.answers(by("UBOB"), "deny "+id+" no", "Denied")
	if out := o.Decisions.ApproveOne(t.Context(), by("UADA", "c1"), one); out.Counted || out.Failure == nil {
		t.Errorf("%+v", out)
	}
}
