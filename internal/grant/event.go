package grant

import "time"

// EventKind is the type of an event.
type EventKind string

const (
	Request          EventKind = "asked"   // the first event of every grant
	Check            EventKind = "checked" // AWS has the bucket and the principal, and the rules allow it
	Delayed          EventKind = "delayed" // AWS or Slack has not answered the check for a while; it is retried
	Consent          EventKind = "consent" // the beneficiary confirms a request made for them; required before the check
	Reject           EventKind = "refused" // the rules or AWS refused it before there was a card
	Approve          EventKind = "approve" // one approval; the last one required approves the grant
	Deny             EventKind = "deny"
	Cancel           EventKind = "cancel"
	Lapse            EventKind = "lapse"
	HalfApplied      EventKind = "confirm"      // a read-back found one half in AWS, with the expiry it should have
	Delegated        EventKind = "handed over"  // the account's admin has the grantee half; why is the policy to install
	Applied          EventKind = "applied"      // both halves are confirmed, or one is confirmed and the other handed over
	Warn             EventKind = "warn"         // people are warned that it ends soon
	Narrow           EventKind = "change"       // an approver narrows a request; earlier approvals are void
	AutoApprove      EventKind = "auto-approve" // a rule approves it without a person
	OpenBreakGlass   EventKind = "break glass"  // a person listed by a rule opened it at once; a review follows
	Review           EventKind = "review"       // an approver has reviewed a break-glass
	RemindReview     EventKind = "remind of review"
	Remind           EventKind = "remind"   // a reminder to the approvers who can still decide
	Escalate         EventKind = "escalate" // after a long wait, further people are asked
	RequestExtension EventKind = "ask extension"
	Extend           EventKind = "extend" // one approval of an extension; the last one required moves the expiry
	DenyExtension    EventKind = "deny extension"
	CancelExtension  EventKind = "cancel extension" // the extension's requester withdraws it
	Extended         EventKind = "extended"         // both halves are confirmed with the later expiry
	Stalled          EventKind = "stuck"            // AWS has refused for so long that people are alerted
	Drift            EventKind = "drift"            // a confirmed part was changed outside s3share
	Restore          EventKind = "put back"         // an approver wants the changed part restored
	End              EventKind = "end"
	HalfRemoved      EventKind = "clear"   // a read-back found one half gone
	Removed          EventKind = "removed" // both halves are gone
	Settle           EventKind = "settle"  // a responder closes the record of an account that no longer answers
)

// An Event is something that happened to a grant. People are told each event
// once, and the audit log has an entry for it.
type Event struct {
	Kind    EventKind
	At      time.Time
	To      State         // the state after the event
	By      Person        // zero: the bot
	Why     string        // the reason, as typed by a person or reported by AWS
	Half    Half          // of confirm, handed over, clear, stuck, drift
	Outcome Outcome       // of end
	Expiry  time.Time     // of approve, confirm, handed over, extend: the expiry from then on
	Term    Term          // of ask extension: how much longer
	Void    []Person      // of approve, extend, change: people whose earlier approvals are void
	Left    time.Duration // of warn: the intended time before the expiry
}

// transitions is the state diagram:
//
//	checking ──▶ pending ──approve──▶ approved ──applied──▶ active ◀─┐
//	   └─▶ refused  ├─deny────▶ denied     └───── end ────────┤──extend─┘
//	                ├─cancel──▶ cancelled                     ▼
//	                └─lapse───▶ lapsed            ending ──removed or settle──▶ ended
//
// An approval with others still missing leaves the grant pending, and an
// extension's leaves the expiry: see [Grant.NextAttemptAt]. An event from a state to
// itself changes the record only.
var transitions = map[State]map[EventKind]State{
	Checking: {Delayed: Checking, Consent: Checking, Check: Pending, Reject: Refused, Cancel: Cancelled},
	Pending: {
		AutoApprove: Approved, OpenBreakGlass: Approved, Narrow: Pending, Remind: Pending, Escalate: Pending,
		Approve: Approved, Deny: Denied, Cancel: Cancelled, Lapse: Lapsed,
	},
	Approved: {
		HalfApplied: Approved, Delegated: Approved, Stalled: Approved, Drift: Approved, Restore: Approved,
		Applied: Active, End: Ending,
	},
	Active: {
		HalfApplied: Active, Delegated: Active, Stalled: Active, Drift: Active, Restore: Active,
		Warn: Active, Remind: Active, Escalate: Active,
		RequestExtension: Active, Extend: Active, DenyExtension: Active, CancelExtension: Active, Extended: Active,
		End: Ending,
	},
	Ended:  {Review: Ended, RemindReview: Ended},
	Ending: {Review: Ending, RemindReview: Ending, HalfRemoved: Ending, Stalled: Ending, Removed: Ended, Settle: Ended},
}

// HasNews reports whether people have to be told of the change from old to g: a new
// event, or a question for the beneficiary. A request that is still being checked is
// no news; a commit for it would delay the acks of other requests.
func (g Grant) HasNews(old Grant) bool {
	if g.WantsConsent() {
		return !old.WantsConsent() || len(g.History) > len(old.History)
	}
	isOnlyRequested := len(g.History) == 1 && g.History[0].Kind == Request
	return len(g.History) > len(old.History) && !isOnlyRequested
}
