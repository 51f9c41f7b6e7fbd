package grant

import (
	"slices"
	"time"
)

// An extension moves the expiry of an active grant in place, so there is no
// gap. It is asked for by somebody on the grant's side, held to what a new
// request would be held to under today's rules, and approved like one; a rule
// may allow one short one without. Until then it is an [Amendment] of the
// record, which the end of the grant takes away.

// JudgeExtension says whether today's rules allow g to last longer by more, and
// returns the rule that says so. Who asks is judged by [Rules.JudgePerson].
func (r Rules) JudgeExtension(g Grant, more Term) (Rule, error) {
	asked := g
	asked.Term = more
	rule, err := r.Judge(asked)
	if err != nil {
		return Rule{}, err
	}
	if owner, found := r.account(rule.Account); !found || owner.ID != g.Bucket.AccountID {
		return Rule{}, NoSuchBucket(g.Bucket.Name)
	}
	if total := Term(g.ExpiresAt.Add(more.Duration()).Sub(g.StartAt) / time.Minute); total > rule.Longest() {
		return Rule{}, refuseTotal(g, rule)
	}
	return rule, r.JudgeQuorum(rule, g)
}

func refuseTotal(g Grant, rule Rule) error {
	left := g.leftOf(rule)
	no := Refuse("A grant on %s may last %s in all, and this one would last longer.", g.Bucket.Name, rule.Longest())
	if left <= 0 {
		return no.WithHint("Ask for a new one when it has ended.")
	}
	return no.WithHint("Extend it by %s or less.", left)
}

// leftOf returns by how much g could be extended before it had lasted for as long
// as the rule lets a grant last.
func (g Grant) leftOf(rule Rule) Term {
	return rule.Longest() - Term((g.ExpiresAt.Sub(g.StartAt)+time.Minute-1)/time.Minute)
}

// MostMore returns by how much an extension of g could move its end under a rule,
// and how much of that would need no approval; zero is nothing.
func (g Grant) MostMore(rule Rule) (most, free Term) {
	most = max(0, min(rule.MaxTerm, g.leftOf(rule)))
	if g.mayBeFree() {
		free = min(most, rule.FreeExtension)
	}
	return most, free
}

// mayBeFree reports whether the rule's short extension without an approval is
// still to be had: once, and never after an approval by rule.
func (g Grant) mayBeFree() bool {
	return g.Last(Auto) == nil && !slices.ContainsFunc(g.History, func(ev Event) bool { return ev.Kind == Extend && ev.By.IsBot() })
}

// authoriseAskMore lets those ask whom the grant serves, and those who could
// approve it: they would be asked anyway.
func (g Grant) authoriseAskMore(a Act) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case a.Rule == nil:
		return Refuse("No rule covers %s any more, so this grant cannot be extended.", g.Bucket.Name).
			WithHint("The people who run s3share can tell why.")
	case !g.concerns(a.By.Person, a.Behind) && !a.Rule.Approvers.Include(a.By):
		return Refuse("Only the person who asked, or one who may approve it, can extend this grant.")
	case g.Urgent:
		return Refuse("What was opened by break-glass cannot be extended.").WithHint("Ask for a grant in the ordinary way.")
	case !g.DriftedAt.IsZero():
		return interrupted().WithHint("The approvers have been asked what to do; ask again once they have decided.")
	case g.Amendment != nil:
		no := Refuse("An extension by %s was asked for already, and waits for a decision.", g.Amendment.Term)
		if g.authoriseCancelMore(a) == nil {
			no = no.WithHint("`/s3share cancel %s` takes it back; then ask anew.", g.ID)
		}
		return no
	}
	if err := g.checkMore(a.Term, *a.Rule, a.At); err != nil {
		return err
	}
	if a.Rule.ReasonPattern != "" { // what has to be found in every reason has to be in this one
		return a.Rule.checkReason(a.Why)
	}
	return About(FieldReason, checkOptionalReason(a.Why))
}

func interrupted() *Refusal {
	return Refuse("Somebody else changed this grant in AWS, so it is interrupted.")
}

// authoriseCancelMore lets whoever asked for an extension take it back, and those
// whom the grant serves.
func (g Grant) authoriseCancelMore(a Act) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case g.Amendment == nil:
		return Refuse("No extension of this grant waits for a decision.").WithHint("`/s3share end %s` ends the grant.", g.ID)
	case !g.Amendment.By.Same(a.By.Person) && !g.concerns(a.By.Person, a.Behind):
		return Refuse("Only the person who asked can take an extension back.").WithHint("An approver can deny it.")
	}
	return nil
}

// checkMore holds the length of an extension to the rule, and to the clock.
func (g Grant) checkMore(more Term, rule Rule, now time.Time) error {
	switch {
	case !now.Before(g.ExpiresAt):
		return Refuse("This grant has expired, and cannot be extended any more.").WithHint("Ask for a new one.")
	case more <= 0:
		return Refuse("An extension has to be longer than nothing.").WithHint("Try 45m, 8h or 3d.")
	case more > rule.MaxTerm:
		return Refuse("%s is longer than the %s that %s may be shared for.", more, rule.MaxTerm, g.Bucket.Name).
			WithHint("Extend it by %s or less.", rule.MaxTerm)
	case g.ExpiresAt.Add(more.Duration()).After(g.StartAt.Add(rule.Longest().Duration())):
		return refuseTotal(g, rule)
	}
	return nil
}

// askMore stores what waits for a decision. It is another revision, so that a
// click on what was drawn before decides nothing.
func (g *Grant) askMore(a Act) {
	free := a.Term <= a.Rule.FreeExtension && g.mayBeFree()
	g.Amendment = &Amendment{By: a.By.Person, At: a.At, Term: a.Term, Reason: a.Why, Free: free}
	g.Revision++
	g.Rule = *a.Rule
}

// authoriseExtend is the check behind a yes or no to an extension. The bot says
// yes only where the rule asks for nobody else to.
func (g Grant) authoriseExtend(a Act) error {
	if g.Amendment == nil {
		return Refuse("No extension of this grant waits for a decision.").WithHint("Somebody may have decided already.")
	}
	if free := a.By.IsBot() && a.Kind == Extend && g.Amendment.Free && a.Rule != nil; !free {
		if err := g.authoriseDecision(a); err != nil {
			return err
		}
	}
	switch {
	case a.Kind == DenyMore:
		return nil
	case !g.DriftedAt.IsZero():
		return interrupted().WithHint("Decide first whether it is put back.")
	}
	return g.checkMore(g.Amendment.Term, *a.Rule, a.At)
}

// extend counts one approver in, and moves the expiry once they are enough.
func (g *Grant) extend(a Act, ev *Event) {
	g.Rule = *a.Rule
	if !a.By.IsBot() {
		g.Amendment.Decisions, ev.Void = g.joined(g.Amendment.Decisions, a)
		if g.Missing() > 0 {
			return
		}
	}
	g.ExpiresAt = g.ExpiresAt.Add(g.Amendment.Term.Duration())
	g.Amendment = nil
	ev.Expiry = g.ExpiresAt
	for _, left := range a.Warn { // those of the new end that are still to come
		g.warnBefore(a.At, left.Duration())
	}
	if g.isLong() {
		g.warnBefore(a.At, reconfirmations()...)
	}
	g.wake(a.At)
}

// Extending reports whether the end was moved by a decision that AWS has not
// confirmed yet: until then the access may end when it would have before.
func (g Grant) Extending() bool { return g.State == Active && g.owesExtended() }

// owesExtended reports whether an extension was approved that people have not
// been told of yet, because AWS had not confirmed it.
func (g Grant) owesExtended() bool {
	for i := len(g.History) - 1; i >= 0; i-- {
		switch ev := g.History[i]; {
		case ev.Kind == Extended || ev.Kind == Applied:
			return false
		case ev.Kind == Extend && !ev.Expiry.IsZero():
			return true
		}
	}
	return false
}
