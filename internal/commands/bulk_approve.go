package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// A Selection selects one request or extension, at the revision that the approver saw.
type Selection struct {
	ID       grant.ID
	Revision int
}

// An Outcome is the result for one item of a bulk act.
type Outcome struct {
	ID      grant.ID
	Counted bool           // the approval counts, and more are needed
	Failure *grant.Refusal // nil: it was approved, or the approval counts
	Late    bool           // it did not begin in time
	Fault   error          // the fault behind Failure, if there was one
}

// ApproveOne records the caller's approval of one selected item, at the revision that they saw.
// Items are independent: the refusal of one does not affect the others.
func (d *Decisions) ApproveOne(ctx context.Context, c Invocation, one Selection) Outcome {
	out := Outcome{ID: one.ID}
	g, err := d.record(ctx, c.forGrant(one.ID), one.ID, &one.Revision, grant.EventApprove, "")
	switch {
	case errors.As(err, &out.Failure):
	case err != nil:
		d.log.ErrorContext(ctx, "a fault while approving one of several", "grant", one.ID, "person", c.By.User, "err", err)
		out.Fault, out.Failure = err, grant.Refuse("Something went wrong in s3share, and this may not be approved.").
			WithHint("`/s3share show %s` shows its status.", one.ID)
	case g.State == grant.Pending || g.PendingExtension != nil:
		out.Counted = true // more approvals are needed
	case !isLastApproved(g): // a redelivery: it was closed meanwhile
		out.Failure = grant.Refuse("This was not approved.").WithHint("`/s3share show %s` shows its status.", one.ID)
	}
	return out
}

// isLastApproved reports whether the latest request or extension of g was approved.
func isLastApproved(g grant.Grant) bool {
	switch last := g.Last(grant.EventApprove, grant.EventRequestExtension, grant.EventExtend); {
	case last == nil:
		return false
	case last.Kind == grant.EventApprove:
		return last.To == grant.Approved
	default:
		return !last.Expiry.IsZero()
	}
}

// AnswerSelections returns the answer to a bulk approval, with the result for each item.
func AnswerSelections(all []Outcome) Answer {
	var done, counted []string
	var a Answer
	for _, one := range all {
		switch id := "`" + string(one.ID) + "`"; {
		case one.Failure != nil:
			a.Failures = append(a.Failures, Failure{one.ID, one.Failure})
		case one.Counted:
			counted = append(counted, id)
		default:
			done = append(done, id)
		}
	}
	a.Text = summarizeSelections(len(all), done, counted)
	return a
}

func summarizeSelections(asked int, done, counted []string) string {
	var parts []string
	if len(done) > 0 {
		parts = append(parts, fmt.Sprintf("Approved %d of %d: %s. The requesters will be notified.",
			len(done), asked, strings.Join(done, ", ")))
	}
	if len(counted) > 0 {
		parts = append(parts, "Approved, and more approvals are needed: "+strings.Join(counted, ", ")+".")
	}
	if len(parts) == 0 {
		return fmt.Sprintf("None of the %d was approved.", asked)
	}
	return strings.Join(parts, "\n")
}
