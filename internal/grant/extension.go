package grant

import (
	"slices"
	"time"
)

// An extension moves the expiry of an active grant in place, so there is no
// gap. A person on the grant's side requests it. Today's rules apply to it as
// to a new request, and approvers decide; a rule may allow one short extension
// without approval. Until the decision it is a [PendingExtension] of the record. The end of
// the grant removes it.

// A PendingExtension is an extension that waits for its decision.
type PendingExtension struct {
	By        Person
	At        time.Time
	Term      Term // how much longer
	Reason    string
	Free      bool       // the rule needs no approval for it
	Decisions []Decision // so far
}

// EvaluateExtension checks an extension of g by more against today's rules, and
// returns the rule that applies. The requester is checked by
// [Rules.EvaluateRequester].
func (r Rules) EvaluateExtension(g Grant, more Term) (Rule, error) {
	asked := g
	asked.Term = more
	rule, err := r.Evaluate(asked)
	if err != nil {
		return Rule{}, err
	}
	if owner, found := r.account(rule.Account); !found || owner.ID != g.Bucket.AccountID {
		return Rule{}, NoSuchBucket(g.Bucket.Name)
	}
	if total := Term(g.ExpiresAt.Add(more.Duration()).Sub(g.StartAt) / time.Minute); total > rule.Longest() {
		return Rule{}, refuseTotal(g, rule)
	}
	return rule, r.EvaluateQuorum(rule, g)
}

func refuseTotal(g Grant, rule Rule) error {
	left := rule.remaining(g)
	no := Refuse("Access to %s can last %s in total, and this extension exceeds that.", g.Bucket.Name, rule.Longest())
	if left <= 0 {
		return no.WithHint("Submit a new request when it has ended.")
	}
	return no.WithHint("Extend it by %s or less.", left)
}

// remaining returns how much g can be extended before it reaches the rule's total
// limit.
func (r Rule) remaining(g Grant) Term {
	return r.Longest() - Term((g.ExpiresAt.Sub(g.StartAt)+time.Minute-1)/time.Minute)
}

// MaxExtension returns the longest possible extension of g under a rule, and how
// much of it needs no approval. Zero means none.
func (r Rule) MaxExtension(g Grant) (most, free Term) {
	most = max(0, min(r.MaxTerm, r.remaining(g)))
	if canBeFree(g) {
		free = min(most, r.FreeExtension)
	}
	return most, free
}

// canBeFree reports whether g can still have the short extension without
// approval. It is possible once, and never after an approval by rule.
func canBeFree(g Grant) bool {
	return g.Last(EventAutoApprove) == nil && !slices.ContainsFunc(g.History,
		func(ev Event) bool { return ev.Kind == EventExtend && ev.By.IsBot() })
}

// authorise lets the people on the grant's side request an extension, and the
// approvers too, since they would decide on it.
func (a RequestExtension) authorise(g Grant, now time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case a.Rule == nil:
		return Refuse("No rule covers %s any more, so this access can't be extended.", g.Bucket.Name).
			WithHint("Ask the operators of s3share.")
	case !g.ConcernsToday(a.By.Person, a.PrincipalOwners) && !a.Rule.Approvers.Include(a.By):
		return Refuse("Only the requester or an approver can extend this access.")
	case g.BreakGlass:
		return Refuse("Break-glass access can't be extended.").WithHint("Submit an ordinary request.")
	case !g.DriftedAt.IsZero():
		return interrupted().WithHint("Extend it once an approver has restored it.")
	case g.PendingExtension != nil:
		no := Refuse("An extension of %s is already waiting for a decision.", g.PendingExtension.Term)
		if (CancelExtension{By: a.By, PrincipalOwners: a.PrincipalOwners}).authorise(g, now) == nil {
			no = no.WithCommand("cancel "+string(g.ID), "cancels it; then request another.")
		}
		return no
	}
	if err := a.Rule.checkExtension(g, a.Term, now); err != nil {
		return err
	}
	if a.Rule.ReasonPattern != "" { // the pattern applies to every reason
		return a.Rule.checkReason(a.Why)
	}
	return About(FieldReason, checkOptionalReason(a.Why))
}

// apply stores the extension. It increments the revision, so that a click on an
// older card decides nothing.
func (a RequestExtension) apply(g *Grant, ev *Event) {
	ev.By, ev.Why, ev.Term = a.By.Person, a.Why, a.Term
	g.Findings.refresh(a.Found)
	free := a.Term <= a.Rule.FreeExtension && canBeFree(*g)
	g.PendingExtension = &PendingExtension{By: a.By.Person, At: ev.At, Term: a.Term, Reason: a.Why, Free: free}
	g.Revision++
	g.Rule = *a.Rule
}

func interrupted() *Refusal {
	return Refuse("Access is paused: it was changed outside s3share.")
}

// authorise lets the extension's requester withdraw it, and the people on the
// grant's side.
func (a CancelExtension) authorise(g Grant, _ time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case g.PendingExtension == nil:
		return Refuse("No extension of this access is waiting for a decision.").WithCommand("end "+string(g.ID), "ends "+
			"the access.")
	case !g.PendingExtension.By.Same(a.By.Person) && !g.ConcernsToday(a.By.Person, a.PrincipalOwners):
		return Refuse("Only the requester can cancel an extension.").WithHint("An approver can deny it.")
	}
	return nil
}

func (a CancelExtension) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	g.PendingExtension = nil
}

// checkExtension checks the length of an extension against the rule and the expiry.
func (r Rule) checkExtension(g Grant, more Term, now time.Time) error {
	switch {
	case !now.Before(g.ExpiresAt):
		return Refuse("This access has expired, and can't be extended.").WithHint("Submit a new request.")
	case more <= 0:
		return Refuse("An extension has to be longer than zero.").WithHint("Try 45m, 8h or 3d.")
	case more > r.MaxTerm:
		return Refuse("%s is longer than the limit of %s for %s.", more, r.MaxTerm, g.Bucket.Name).
			WithHint("Extend it by %s or less.", r.MaxTerm)
	case g.ExpiresAt.Add(more.Duration()).After(g.StartAt.Add(r.Longest().Duration())):
		return refuseTotal(g, r)
	}
	return nil
}

func (a Extend) authorise(g Grant, now time.Time) error {
	if g.PendingExtension == nil {
		return noExtension()
	}
	if err := a.authoriseDecision(g, a.By, EventExtend, a.Revision); err != nil {
		return err
	}
	if err := a.checkApproval(g, a.By, a.Others); err != nil {
		return err
	}
	return checkPendingExtension(g, *a.Rule, now)
}

// apply counts the approval, and moves the expiry once the quorum is reached.
func (a Extend) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	g.Findings.refresh(a.Found)
	g.Rule = *a.Rule
	g.PendingExtension.Decisions, ev.Void = a.countApproval(*g, a.By.Person, a.Others, ev.At)
	if g.Missing() == 0 {
		g.extend(ev, a.WarnBefore)
	}
}

func (a ExtendFree) authorise(g Grant, now time.Time) error {
	if g.PendingExtension == nil {
		return noExtension()
	}
	if a.Rule == nil || !g.PendingExtension.Free {
		return Refuse("This extension needs an approval.")
	}
	return checkPendingExtension(g, *a.Rule, now)
}

func (a ExtendFree) apply(g *Grant, ev *Event) {
	g.Rule = *a.Rule
	g.extend(ev, a.WarnBefore)
}

func noExtension() *Refusal {
	return Refuse("No extension of this access is waiting for a decision.").WithHint("It may have been decided already.")
}

// checkPendingExtension checks the pending extension against the rule and the grant as it is.
func checkPendingExtension(g Grant, rule Rule, now time.Time) error {
	if !g.DriftedAt.IsZero() {
		return interrupted().WithHint("Restore or end it first.")
	}
	return rule.checkExtension(g, g.PendingExtension.Term, now)
}

// extend moves the expiry.
func (g *Grant) extend(ev *Event, warnBefore []Term) {
	g.ExpiresAt = g.ExpiresAt.Add(g.PendingExtension.Term.Duration())
	g.PendingExtension = nil
	ev.Expiry = g.ExpiresAt
	for _, left := range warnBefore { // warnings of the new end that are still ahead
		g.warnBefore(ev.At, left.Duration())
	}
	if isLong(*g) {
		g.warnBefore(ev.At, reconfirmations()...)
	}
	g.wake(ev.At)
}

func (a DenyExtension) authorise(g Grant, _ time.Time) error {
	if g.PendingExtension == nil {
		return noExtension()
	}
	if err := a.authoriseDecision(g, a.By, EventDenyExtension, a.Revision); err != nil {
		return err
	}
	return checkReason(a.Why, "Say why, so that the requester knows what to change.")
}

func (a DenyExtension) apply(g *Grant, ev *Event) {
	ev.By, ev.Why = a.By.Person, a.Why
	g.PendingExtension = nil
}

// IsExtending reports whether an approved extension is not yet confirmed by AWS.
// Until then the access may end at its old expiry.
func (g Grant) IsExtending() bool { return g.State == Active && owesExtended(g) }

// owesExtended reports whether an extension was approved and people were not
// told yet, because AWS had not confirmed it.
func owesExtended(g Grant) bool {
	for i := len(g.History) - 1; i >= 0; i-- {
		switch ev := g.History[i]; {
		case ev.Kind == EventExtended || ev.Kind == EventApplied:
			return false
		case ev.Kind == EventExtend && !ev.Expiry.IsZero():
			return true
		}
	}
	return false
}
