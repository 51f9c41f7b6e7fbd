package grant

import (
	"slices"
	"time"
)

// An Act is an attempt at an event: what would happen, who proved to be behind
// it, and what is known at that moment that the record does not know.
type Act struct {
	Kind Kind
	At   time.Time
	By   Actor  // zero: the bot
	Why  string // the reason, as typed by a person or said by AWS

	Revision int      // of change, and of what is decided about a request or an extension: of what the person saw
	Rule     *Rule    // of what approvers do, end, and ask extension: the rule as it is today; required
	Behind   []string // who stands behind the principal today; of check: by the ARN that AWS knows

	// Of approve and extend: those of [Grant.Joins], as Slack knows them just now.
	Others []Actor

	Drift time.Time // of put back and end: when somebody else made the change that the person was asked about; zero: they were asked of none

	Responds bool // of end and settle: the person is one of the responders, who may end any grant

	Half      Half          // of confirm, clear, stuck, drift
	Outcome   Outcome       // of end, by the bot; a person's is worked out here
	Left      time.Duration // of warn
	Term      Term          // of ask extension
	Warn      []Term        // of extend: how long before the new expiry people are warned
	Narrow    *Narrowing    // of change
	Principal *Principal    // of check: as AWS knows it
	Bucket    *Bucket       // of check: likewise
	Findings  Findings      // of check
}

// Next returns the grant that follows g once a has happened. It changes
// nothing else: storing the result, and acting on it, is up to the caller. If
// a cannot happen to g, Next returns g as it was and a [*Refusal].
func (g Grant) Next(a Act) (Grant, error) {
	to, possible := transitions[g.State][a.Kind]
	if !possible {
		return g, g.wrongState(a)
	}
	if err := g.authorise(a); err != nil {
		return g, err
	}
	if err := g.mayRecord(a); err != nil {
		return g, err
	}
	next := g.clone()
	next.State = to
	ev := Event{Kind: a.Kind, At: a.At, By: a.By.Person, Why: a.Why, Half: a.Half}
	switch a.Kind {
	case Consent:
		if g.Leads() {
			next.Check.Next = a.At
		}
	case Check:
		next.check(a)
	case Reject, Deny, Cancel:
		next.Why = a.Why
	case Approve:
		next.approve(a, &ev)
	case Auto, Break:
		next.Rule = *a.Rule
		next.begin(a, &ev)
	case Confirm, HandOver:
		next.confirm(a)
		ev.Expiry = next.ExpiresAt
	case Warn:
		ev.Left = a.Left
		next.Warnings = slices.DeleteFunc(next.Warnings, func(left time.Duration) bool { return left >= a.Left })
	case Narrow:
		next.narrow(a, &ev)
	case AskMore:
		next.askMore(a)
		ev.Term = a.Term
	case Extend:
		next.extend(a, &ev)
	case DenyMore, CancelMore:
		next.Amendment = nil
	case Drift:
		next.DriftedAt = a.At
		next.wake(a.At)
	case PutBack:
		next.putBack(a)
	case Stuck:
		next.progress(a.Half).AlertedAt = a.At
	case End:
		next.end(a, &ev)
	case Clear:
		next.clear(a)
	case Removed:
		next.EndedAt = a.At
		next.Owner.Next, next.Grantee.Next = a.At.Add(recheckAfter), a.At.Add(recheckAfter)
	case Settle:
		next.settle(a, &ev)
	}
	ev.To = next.State
	next.History = append(next.History, ev)
	return next, nil
}

// mayRecord holds what is said of both halves to what was read back of each:
// nobody is told that access is open, or gone, before AWS has confirmed it.
func (g Grant) mayRecord(a Act) error {
	external := g.Principal.External && a.Half == GranteeHalf
	switch kind := a.Kind; {
	case (kind == Applied || kind == Extended) && !(g.Confirmed(OwnerHalf) && g.Confirmed(GranteeHalf)):
		return Refuse("AWS has not confirmed both halves yet.")
	case kind == HandOver && !external:
		return Refuse("Only the half of an external account is handed over.")
	case kind == Confirm && external:
		return Refuse("Nobody can confirm the half of an external account.")
	case kind == Check && g.NeedsConsent():
		return Refuse("The person it is for has not confirmed it yet.")
	case kind == Clear && a.Half == GranteeHalf && a.Why != "" && !g.Principal.External && g.Owner.ClearedAt.IsZero():
		return Refuse("What stays in AWS may be left there only once AWS has confirmed that the bucket is closed.")
	case kind == Removed && (g.Owner.ClearedAt.IsZero() || g.Grantee.ClearedAt.IsZero()):
		return Refuse("AWS has not confirmed yet that both halves are gone.")
	}
	return nil
}

// clone copies what Next changes in place, so that g stays as it was.
func (g Grant) clone() Grant {
	g.Decisions = slices.Clone(g.Decisions)
	g.Warnings = slices.Clone(g.Warnings)
	g.Parts = slices.Clone(g.Parts)
	g.History = slices.Clip(g.History) // the append then copies
	if g.Amendment != nil {
		more := *g.Amendment
		more.Decisions = slices.Clone(more.Decisions)
		g.Amendment = &more
	}
	return g
}

func (g *Grant) check(a Act) {
	if a.Principal != nil {
		g.Principal = *a.Principal
	}
	if a.Bucket != nil {
		g.Bucket = *a.Bucket
	}
	if a.Rule != nil {
		g.Rule = *a.Rule
	}
	for _, u := range a.Behind {
		if !slices.Contains(g.Behind, u) {
			g.Behind = append(slices.Clip(g.Behind), u)
		}
	}
	g.Findings = a.Findings
	g.Check = Progress{}
}

// approve counts one approver in. Once they are enough, the access begins.
func (g *Grant) approve(a Act, ev *Event) {
	g.Decisions, ev.Void = g.joined(g.Decisions, a)
	g.Rule = *a.Rule
	if g.Missing() > 0 {
		g.State = Pending
		return
	}
	g.begin(a, ev)
}

// begin fixes when the access begins and ends.
// Whole seconds, rounded down: a policy's date has no finer ones, and the access
// must not outlast what was approved.
func (g *Grant) begin(a Act, ev *Event) {
	if g.Scheduled = g.StartAt.After(a.At); !g.Scheduled {
		g.StartAt = a.At
	}
	g.ExpiresAt = g.StartAt.Add(g.Term.Duration()).UTC().Truncate(time.Second)
	g.Warnings = slices.DeleteFunc(g.Warnings, func(left time.Duration) bool { return left >= g.Term.Duration() })
	if g.isLong() {
		g.warnBefore(g.StartAt, reconfirmations()...)
	}
	g.wake(a.At)
	ev.Expiry = g.ExpiresAt
}

func (g *Grant) putBack(a Act) {
	g.DriftedAt = time.Time{}
	for i := range g.Parts {
		g.Parts[i].Confirmed = time.Time{} // so that its absence now is no drift
	}
	g.wake(a.At)
}

// end decides that access is over. Who ends it says how: those whom the grant
// serves relinquish it, everybody else who may end it revokes it.
func (g *Grant) end(a Act, ev *Event) {
	outcome := a.Outcome
	switch {
	case a.By.IsBot():
	case g.concerns(a.By.Person, a.Behind):
		outcome = Relinquished
	default:
		outcome = Revoked
	}
	g.Outcome, ev.Outcome = outcome, outcome
	g.Why = a.Why
	g.Amendment = nil // an extension that nobody decided in time
	g.Owner.restart(a.At)
	g.Grantee.restart(a.At)
}
