package grant

import (
	"slices"
	"time"
)

// transitions is the state diagram:
//
//	checking ──▶ pending ──approve──▶ approved ──applied──▶ active ◀─┐
//	   └─▶ refused  ├─deny────▶ denied     └───── end ────────┤──extend─┘
//	                ├─cancel──▶ cancelled                     ▼
//	                └─lapse───▶ lapsed            ending ──removed or settle──▶ ended
//
// An approval with others still missing leaves the grant pending, and an
// extension's leaves the expiry: see [Grant.Apply]. An event from a state to itself
// changes the record only.
var transitions = map[State]map[EventKind]State{
	Checking: {
		EventDelayed: Checking, EventConsent: Checking, EventCheck: Pending, EventReject: Refused,
		EventCancel: Cancelled,
	},
	Pending: {
		EventAutoApprove: Approved, EventOpenBreakGlass: Approved, EventNarrow: Pending,
		EventRemind: Pending, EventEscalate: Pending,
		EventApprove: Approved, EventDeny: Denied, EventCancel: Cancelled, EventLapse: Lapsed,
	},
	Approved: {
		EventHalfApplied: Approved, EventDelegated: Approved, EventStalled: Approved,
		EventDrift: Approved, EventRestore: Approved,
		EventApplied: Active, EventEnd: Ending,
	},
	Active: {
		EventHalfApplied: Active, EventDelegated: Active, EventStalled: Active,
		EventDrift: Active, EventRestore: Active, EventResumed: Active,
		EventWarn: Active, EventRemind: Active, EventEscalate: Active,
		EventRequestExtension: Active, EventExtend: Active, EventDenyExtension: Active,
		EventCancelExtension: Active, EventExtended: Active,
		EventEnd: Ending,
	},
	Ending: {
		EventReview: Ending, EventRemindReview: Ending, EventHalfRemoved: Ending, EventStalled: Ending,
		EventRemoved: Ended, EventSettle: Ended,
	},
	Ended: {EventReview: Ended, EventRemindReview: Ended},
}

// Apply returns the grant that follows g after a at now. It has no other effect:
// the caller stores the result and acts on it. If a is impossible, Apply returns
// g unchanged and a [*Refusal].
func (g Grant) Apply(a Action, now time.Time) (Grant, error) {
	to, possible := transitions[g.State][a.Kind()]
	if !possible {
		return g, wrongState(g, a)
	}
	if err := a.authorise(g, now); err != nil {
		return g, err
	}
	next := g.clone()
	next.State = to
	ev := Event{Kind: a.Kind(), At: now}
	a.apply(&next, &ev)
	ev.To = next.State
	next.History = append(next.History, ev)
	return next, nil
}

// clone copies the parts that actions change in place, so that g stays unchanged.
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

// wrongState returns the reason why the action is impossible in the current
// state.
func wrongState(g Grant, a Action) *Refusal {
	kind := a.Kind()
	if r := extensionDecided(g, a); r != nil {
		return r
	}
	if kind == EventReview && (g.State == Approved || g.State == Active) {
		return reviewTooEarly(g)
	}
	r := Refuse("%s", map[State]string{
		Checking:  "AWS checks of this request are still running.",
		Pending:   "This request is waiting for a decision.",
		Refused:   "This request was refused.",
		Denied:    "This request was already denied.",
		Cancelled: "This request was already cancelled.",
		Lapsed:    "This request expired without a decision.",
		Approved:  "This request was already approved, and is waiting for AWS.",
		Active:    "This request was already approved, and access is active.",
		Ending:    "This access is already ending.",
		Ended:     "This access has already ended.",
	}[g.State])
	decisive := map[State]EventKind{Denied: EventDeny, Cancelled: EventCancel, Approved: EventApprove,
		Active: EventApprove, Ending: EventEnd, Ended: EventEnd}
	if kind, ok := decisive[g.State]; ok {
		if last := g.Last(kind); last != nil {
			r = r.WithDecision(last.By, last.At)
		}
	}
	open := g.State == Approved || g.State == Active
	extends := kind == EventExtend || kind == EventRequestExtension
	switch {
	case kind == EventEnd && g.State == Pending:
		return r.WithHint("The requester can cancel it, and an approver can deny it.")
	case kind == EventEnd && g.State == Checking:
		return r.WithHint("The requester can cancel it.")
	case (kind == EventCancel || kind == EventDeny || kind == EventNarrow) && open:
		return r.WithCommand("end "+string(g.ID), "ends it.")
	case extends && g.State == Approved:
		return r.WithHint("Extend it once AWS has confirmed it.")
	case extends && (g.State == Ending || g.State == Ended):
		return r.WithHint("Submit a new request.")
	case g.State == Checking:
		return r.WithHint("Try again in a moment.")
	}
	return r
}

// extensionDecided answers an approval or denial of an extension that was
// decided meanwhile. It returns nil for any other action.
func extensionDecided(g Grant, a Action) *Refusal {
	var revision int
	switch a := a.(type) {
	case Approve:
		revision = a.Revision
	case Deny:
		revision = a.Revision
	default:
		return nil
	}
	last := g.Last(EventApprove, EventExtend, EventDenyExtension)
	if g.State != Active || revision != g.Revision || last == nil || last.Kind == EventApprove {
		return nil
	}
	done := map[EventKind]string{EventExtend: "approved", EventDenyExtension: "denied"}[last.Kind]
	r := Refuse("The extension was already %s.", done).WithDecision(last.By, last.At)
	if last.Kind == EventExtend {
		return r.WithCommand("end "+string(g.ID), "ends the access.")
	}
	return r
}
