package grant

import (
	"slices"
	"time"
)

// A quorum is the number of approvals that a rule requires. Each approval is
// checked again against the rule at each further one. At the last one, which
// opens the access, Slack is asked again about every approver.

// approvals returns the approvals so far: of the pending extension if there is
// one, otherwise of the request.
func (g Grant) approvals() []Decision {
	if g.PendingExtension != nil {
		return g.PendingExtension.Decisions
	}
	return g.Decisions
}

// Missing returns how many more approvals are needed, for the pending extension
// if there is one, otherwise for the request.
func (g Grant) Missing() int {
	have := 0
	for _, d := range g.approvals() {
		if d.Revision == g.Revision {
			have++
		}
	}
	return max(0, g.Rule.Quorum(g.Level.Name)-have)
}

// CompletingApprovers returns the earlier approvers of g whose approvals reach
// the quorum together with one more; none while more are missing. The caller asks
// Slack about each of them, for the Others of [Approve] and [Extend].
func (t Today) CompletingApprovers(g Grant) (before []Person) {
	if t.Rule == nil {
		return nil
	}
	kept, _ := t.entitled(g)
	kept = slices.DeleteFunc(kept, func(d Decision) bool { return d.Revision != g.Revision })
	if 1+len(kept) < t.Rule.Quorum(g.Level.Name) {
		return nil
	}
	for _, d := range kept {
		before = append(before, d.By)
	}
	return before
}

// checkApproval refuses a second approval by the same person. It also refuses the last
// approval while the status of earlier approvers is unknown.
func (t Today) checkApproval(g Grant, by Actor, others []Actor) error {
	for _, d := range g.approvals() {
		if d.By.Same(by.Person) && d.Revision == g.Revision {
			return Refuse("You already approved this; %d more %s needed.", g.Missing(), approvals(g.Missing()))
		}
	}
	for _, p := range t.CompletingApprovers(g) {
		if actorOf(others, p).Standing == Unknown {
			return Refuse("Nothing was done: Slack couldn't confirm that the earlier approvers still may approve.").
				WithHint("Try again in a minute.")
		}
	}
	return nil
}

// countApproval returns the approvals of g that count together with one more, and the
// people whose approvals became void.
func (t Today) countApproval(g Grant, by Person, others []Actor, now time.Time) (counted []Decision, void []Person) {
	last := t.CompletingApprovers(g)
	counted, void = t.entitled(g)
	counted = slices.DeleteFunc(counted, func(d Decision) bool {
		if !slices.ContainsFunc(last, d.By.Same) {
			return false
		}
		if o := actorOf(others, d.By); o.check() == nil && t.Rule.Approvers.Include(o) {
			return false
		}
		void = append(void, d.By)
		return true
	})
	return append(counted, Decision{By: by, At: now, Revision: g.Revision}), void
}

// entitled returns the approvals of g that still count by the rule alone. It does
// not check the membership of groups: if the rule has groups, every earlier
// approver counts as listed.
func (t Today) entitled(g Grant) (counted []Decision, void []Person) {
	for _, d := range g.approvals() {
		listed := len(t.Rule.Approvers.Groups) > 0 || slices.Contains(t.Rule.Approvers.Users, d.By.User)
		if listed && !g.ConcernsToday(d.By, t.PrincipalOwners) {
			counted = append(counted, d)
		} else {
			void = append(void, d.By)
		}
	}
	return counted, void
}

// actorOf returns the current Slack data of an earlier approver.
func actorOf(actors []Actor, p Person) Actor {
	for _, a := range actors {
		if a.Same(p) {
			return a
		}
	}
	return Actor{}
}

func approvals(n int) string {
	if n == 1 {
		return "approval is"
	}
	return "approvals are"
}
