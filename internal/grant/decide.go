package grant

import (
	"slices"
	"time"
)

func (a Approve) authorise(g Grant, now time.Time) error {
	if err := a.authoriseDecision(g, a.By, EventApprove, a.Revision); err != nil {
		return err
	}
	if err := checkLapse(g, now); err != nil {
		return err
	}
	return a.checkApproval(g, a.By, a.Others)
}

// apply counts the approval. Once the quorum is reached, the access begins.
func (a Approve) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	g.Findings.refresh(a.Found)
	g.Decisions, ev.Void = a.countApproval(*g, a.By.Person, a.Others, ev.At)
	g.Rule = *a.Rule
	if g.Missing() > 0 {
		g.State = Pending
		return
	}
	g.begin(ev)
}

// begin fixes the start and the end of the access. The end is rounded down to
// whole seconds: a policy's date has no finer ones, and the access must not
// outlast its approval.
func (g *Grant) begin(ev *Event) {
	if g.Scheduled = g.StartAt.After(ev.At); !g.Scheduled {
		g.StartAt = ev.At
	}
	g.ExpiresAt = g.StartAt.Add(g.Term.Duration()).UTC().Truncate(time.Second)
	g.Warnings = slices.DeleteFunc(g.Warnings, func(left time.Duration) bool { return left >= g.Term.Duration() })
	if isLong(*g) {
		g.warnBefore(g.StartAt, reconfirmations()...)
	}
	g.wake(ev.At)
	ev.Expiry = g.ExpiresAt
}

// checkLapse refuses a decision on a request that has lapsed.
func checkLapse(g Grant, now time.Time) error {
	if !g.LapsesAt.IsZero() && !now.Before(g.LapsesAt) {
		return Refuse("This request expired without a decision.").WithHint("The requester can submit it " +
			"again.")
	}
	return nil
}

// refresh replaces the warnings of the check by the current ones, if they are known.
func (f *Findings) refresh(found *Findings) {
	if found != nil {
		f.Warnings, f.AlsoOpens, f.RequesterPays = found.Warnings, found.AlsoOpens, found.RequesterPays
	}
}

func (a Deny) authorise(g Grant, _ time.Time) error {
	if err := a.authoriseDecision(g, a.By, EventDeny, a.Revision); err != nil {
		return err
	}
	return checkReason(a.Why, "Say why, so that the requester knows what to change.")
}

func (a Deny) apply(g *Grant, ev *Event) {
	ev.By, ev.Why, g.Why = a.By.Person, a.Why, a.Why
}

// authorise lets the people on the requester's side cancel.
func (a Cancel) authorise(g Grant, _ time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	if !g.ConcernsToday(a.By.Person, a.PrincipalOwners) {
		return Refuse("Only the requester can cancel a request.").WithHint("An approver can deny it.")
	}
	return nil
}

func (a Cancel) apply(_ *Grant, ev *Event) { ev.By = a.By.Person }

func (Lapse) authorise(Grant, time.Time) error { return nil }
func (Lapse) apply(*Grant, *Event)             {}
