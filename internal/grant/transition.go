package grant

import (
	"slices"
	"time"
)

// An Action is an attempt to cause an event: the event, the verified actor, and
// facts that the record does not have.
type Action struct {
	Kind EventKind
	At   time.Time
	By   Actor  // zero: the bot
	Why  string // the reason, as typed by a person or reported by AWS

	Revision        int      // of change and of decisions: the revision that the person saw
	Rule            *Rule    // of approvers' acts, end, and ask extension: today's rule; required
	PrincipalOwners []string // owners of the principal today; of check: by the ARN that AWS has

	// Of approve and extend: the people of [Grant.CompletingApprovers] with their current
	// Slack data.
	Others []Actor

	Drift time.Time // of put back and end: time of the outside change that the person was asked about; zero: none

	Responds bool // of end and settle: the person is a responder, who may end any grant

	Half      Half          // of confirm, clear, stuck, drift
	Outcome   Outcome       // of end, by the bot; for a person Next computes it
	Left      time.Duration // of warn
	Term      Term          // of ask extension
	Warn      []Term        // of extend: how long before the new expiry people are warned
	Narrow    *Narrowing    // of change
	Principal *Principal    // of check: as AWS has it
	Bucket    *Bucket       // of check: likewise
	Findings  Findings      // of check and change
	Found     *Findings     // of approve, extend, ask extension and put back: current findings; nil: unknown
}

// Next returns the grant that follows g after a. It has no other effect: the
// caller stores the result and acts on it. If a is impossible, Next returns g
// unchanged and a [*Refusal].
func (g Grant) Next(a Action) (Grant, error) {
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
	case EventConsent:
		if g.IsBatchLead() {
			next.Check.NextAttemptAt = a.At
		}
	case EventCheck:
		next.check(a)
	case EventReject, EventDeny, EventCancel:
		next.Why = a.Why
	case EventApprove:
		next.warnAnew(a)
		next.approve(a, &ev)
	case EventAutoApprove, EventOpenBreakGlass:
		next.Rule = *a.Rule
		next.begin(a, &ev)
	case EventHalfApplied, EventDelegated:
		next.applyHalf(a)
		ev.Expiry = next.ExpiresAt
	case EventWarn:
		ev.Left = a.Left
		next.Warnings = slices.DeleteFunc(next.Warnings, func(left time.Duration) bool { return left >= a.Left })
	case EventNarrow:
		next.narrow(a, &ev)
	case EventRequestExtension:
		next.warnAnew(a)
		next.requestExtension(a)
		ev.Term = a.Term
	case EventExtend:
		next.warnAnew(a)
		next.extend(a, &ev)
	case EventDenyExtension, EventCancelExtension:
		next.PendingExtension = nil
	case EventDrift:
		next.DriftedAt = a.At
		next.wake(a.At)
	case EventRestore:
		next.warnAnew(a)
		next.restore(a)
	case EventStalled:
		next.half(a.Half).AlertedAt = a.At
	case EventEnd:
		next.end(a, &ev)
	case EventHalfRemoved:
		next.removeHalf(a)
	case EventRemoved:
		next.EndedAt = a.At
		next.Owner.NextAttemptAt, next.Grantee.NextAttemptAt = a.At.Add(endedRecheckDelay), a.At.Add(endedRecheckDelay)
	case EventSettle:
		next.settle(a, &ev)
	}
	ev.To = next.State
	next.History = append(next.History, ev)
	return next, nil
}

// mayRecord requires that both halves were read back before the record says so.
// People are never told that access is open, or removed, before AWS has
// confirmed it.
func (g Grant) mayRecord(a Action) error {
	external := g.Principal.External && a.Half == GranteeHalf
	switch kind := a.Kind; {
	case (kind == EventApplied || kind == EventExtended) && !(g.Confirmed(OwnerHalf) && g.Confirmed(GranteeHalf)):
		return Refuse("AWS has not confirmed both halves yet.")
	case kind == EventDelegated && !external:
		return Refuse("Only the half of an external account is handed over.")
	case kind == EventHalfApplied && external:
		return Refuse("Nobody can confirm the half of an external account.")
	case kind == EventCheck && g.NeedsConsent():
		return Refuse("The person it is for has not confirmed it yet.")
	case kind == EventHalfRemoved && a.Half == GranteeHalf && a.Why != "" && !g.Principal.External &&
		g.Owner.RemovedAt.IsZero():
		return Refuse("What stays in AWS may be left there only once AWS has confirmed that the bucket is closed.")
	case kind == EventRemoved && (g.Owner.RemovedAt.IsZero() || g.Grantee.RemovedAt.IsZero()):
		return Refuse("AWS has not confirmed yet that both halves are gone.")
	}
	return nil
}

// clone copies the parts that Next changes in place, so that g stays unchanged.
func (g Grant) clone() Grant {
	g.Decisions = slices.Clone(g.Decisions)
	g.Warnings = slices.Clone(g.Warnings)
	g.Parts = slices.Clone(g.Parts)
	g.History = slices.Clip(g.History) // so that append copies
	if g.PendingExtension != nil {
		more := *g.PendingExtension
		more.Decisions = slices.Clone(more.Decisions)
		g.PendingExtension = &more
	}
	return g
}

func (g *Grant) check(a Action) {
	if a.Principal != nil {
		g.Principal = *a.Principal
	}
	if a.Bucket != nil {
		g.Bucket = *a.Bucket
	}
	if a.Rule != nil {
		g.Rule = *a.Rule
	}
	for _, u := range a.PrincipalOwners {
		if !slices.Contains(g.PrincipalOwners, u) {
			g.PrincipalOwners = append(slices.Clip(g.PrincipalOwners), u)
		}
	}
	g.Findings = a.Findings
	g.Check = HalfStatus{}
}

// warnAnew replaces the warnings of the check by those of now.
func (g *Grant) warnAnew(a Action) {
	if a.Found != nil {
		g.Findings.Warnings, g.Findings.AlsoOpens = a.Found.Warnings, a.Found.AlsoOpens
		g.Findings.RequesterPays = a.Found.RequesterPays
	}
}

// approve counts an approval. Once the quorum is reached, the access begins.
func (g *Grant) approve(a Action, ev *Event) {
	g.Decisions, ev.Void = g.countApproval(g.Decisions, a)
	g.Rule = *a.Rule
	if g.Missing() > 0 {
		g.State = Pending
		return
	}
	g.begin(a, ev)
}

// begin fixes the start and the end of the access. The end is rounded down to
// whole seconds: a policy's date has no finer ones, and the access must not
// outlast its approval.
func (g *Grant) begin(a Action, ev *Event) {
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

func (g *Grant) restore(a Action) {
	g.DriftedAt = time.Time{}
	for i := range g.Parts {
		g.Parts[i].Confirmed = time.Time{} // so that its absence now is no drift
	}
	g.wake(a.At)
}

// end ends the access. People on the grant's side relinquish it; other people
// revoke it.
func (g *Grant) end(a Action, ev *Event) {
	outcome := a.Outcome
	switch {
	case a.By.IsBot():
	case g.concerns(a.By.Person, a.PrincipalOwners):
		outcome = Relinquished
	default:
		outcome = Revoked
	}
	g.Outcome, ev.Outcome = outcome, outcome
	g.Why = a.Why
	g.PendingExtension = nil // an extension that was not decided in time
	g.Owner.restart(a.At)
	g.Grantee.restart(a.At)
}
