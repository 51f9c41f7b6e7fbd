package grant

import "slices"

// A quorum is the number of approvals that a rule requires. Each approval is
// checked again against the rule at each further one. At the last one, which
// opens the access, Slack is asked again about every approver.

// CompletingApprovers returns the earlier approvers whose approvals, together with a's, reach
// the quorum; none while more are missing. The caller asks Slack about each of
// them, for [Action.Others].
func (g Grant) CompletingApprovers(a Action) (before []Person) {
	decisions := g.Decisions
	switch {
	case a.Rule == nil || a.Kind != EventApprove && a.Kind != EventExtend || a.By.IsBot():
		return nil
	case a.Kind == EventExtend && g.PendingExtension == nil:
		return nil
	case a.Kind == EventExtend:
		decisions = g.PendingExtension.Decisions
	}
	kept, _ := g.entitled(decisions, a)
	kept = slices.DeleteFunc(kept, func(d Decision) bool { return d.Revision != g.Revision })
	if 1+len(kept) < a.Rule.Quorum(g.Level.Name) {
		return nil
	}
	for _, d := range kept {
		before = append(before, d.By)
	}
	return before
}

// canApprove refuses a second approval by the same person. It also refuses the
// last approval while the status of earlier approvers is unknown.
func (g Grant) canApprove(decisions []Decision, a Action) error {
	for _, d := range decisions {
		if d.By.Same(a.By.Person) && d.Revision == g.Revision {
			return Refuse("You have approved this already; %d more %s needed.", g.Missing(), people(g.Missing()))
		}
	}
	for _, p := range g.CompletingApprovers(a) {
		if a.other(p).Standing == Unknown {
			return Refuse("Slack could not say just now whether those who approved before still may, so nothing was done.").
				WithHint("Try again in a minute.")
		}
	}
	return nil
}

// countApproval returns the approvals that count together with a's, and the people
// whose approvals became void.
func (g Grant) countApproval(decisions []Decision, a Action) (counted []Decision, void []Person) {
	last := g.CompletingApprovers(a)
	counted, void = g.entitled(decisions, a)
	counted = slices.DeleteFunc(counted, func(d Decision) bool {
		if !slices.ContainsFunc(last, d.By.Same) {
			return false
		}
		if o := a.other(d.By); o.check() == nil && a.Rule.Approvers.Include(o) {
			return false
		}
		void = append(void, d.By)
		return true
	})
	return append(counted, Decision{By: a.By.Person, At: a.At, Revision: a.Revision}), void
}

// entitled returns the approvals that still count by the rule alone. It does not
// check the membership of groups: if the rule has groups, every earlier approver
// counts as listed.
func (g Grant) entitled(decisions []Decision, a Action) (counted []Decision, void []Person) {
	for _, d := range decisions {
		listed := len(a.Rule.Approvers.Groups) > 0 || slices.Contains(a.Rule.Approvers.Users, d.By.User)
		if listed && !g.concerns(d.By, a.PrincipalOwners) {
			counted = append(counted, d)
		} else {
			void = append(void, d.By)
		}
	}
	return counted, void
}

// other returns the current Slack data of an earlier approver.
func (a Action) other(p Person) Actor {
	for _, o := range a.Others {
		if o.Same(p) {
			return o
		}
	}
	return Actor{}
}

// Missing returns how many more approvals are needed, for the pending extension
// if there is one, otherwise for the request.
func (g Grant) Missing() int {
	decisions := g.Decisions
	if g.PendingExtension != nil {
		decisions = g.PendingExtension.Decisions
	}
	have := 0
	for _, d := range decisions {
		if d.Revision == g.Revision {
			have++
		}
	}
	return max(0, g.Rule.Quorum(g.Level.Name)-have)
}
