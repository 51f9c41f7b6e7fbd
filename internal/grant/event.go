package grant

import "time"

// Kind is what happened to a grant.
type Kind string

const (
	Ask          Kind = "asked"   // the first event of every grant
	Check        Kind = "checked" // AWS knows the bucket and the principal, the rules allow it
	Delayed      Kind = "delayed" // AWS or Slack has not answered the check for a while; it is retried
	Consent      Kind = "consent" // the beneficiary confirms that it is for them; without it nothing is asked
	Reject       Kind = "refused" // the rules or AWS said no before there was a card
	Approve      Kind = "approve" // one approver's yes; the last that the rule asks for approves the grant
	Deny         Kind = "deny"
	Cancel       Kind = "cancel"
	Lapse        Kind = "lapse"
	Confirm      Kind = "confirm"      // a read-back found one half in AWS, with the expiry it should have
	HandOver     Kind = "handed over"  // the grantee half is in the hands of its account's admin; why is the policy that belongs there
	Applied      Kind = "applied"      // both halves are confirmed, or the one is and the other was handed over
	Warn         Kind = "warn"         // people are told that it ends soon
	Narrow       Kind = "change"       // an approver narrows a request; earlier approvals are void
	Auto         Kind = "auto-approve" // a rule lets it through without a person
	Break        Kind = "break glass"  // it was opened at once, by somebody whom a rule lists, and is reviewed afterwards
	Review       Kind = "review"       // an approver has looked at what was opened by break-glass
	RemindReview Kind = "remind of review"
	Remind       Kind = "remind"   // those who can still decide are reminded
	Escalate     Kind = "escalate" // it has waited so long that others are asked too
	AskMore      Kind = "ask extension"
	Extend       Kind = "extend" // one approver's yes to an extension; the last that the rule asks for moves the expiry
	DenyMore     Kind = "deny extension"
	CancelMore   Kind = "cancel extension" // whoever asked for it takes it back
	Extended     Kind = "extended"         // both halves are confirmed with the later expiry
	Stuck        Kind = "stuck"            // AWS has refused for long enough that a person should know
	Drift        Kind = "drift"            // a confirmed part was changed by somebody else
	PutBack      Kind = "put back"         // an approver wants the changed part restored
	End          Kind = "end"
	Clear        Kind = "clear"   // a read-back found one half gone
	Removed      Kind = "removed" // both halves are gone
	Settle       Kind = "settle"  // a responder closes the record of an account that does not answer any more
)

// An Event is something that happened to a grant: it is what people are told,
// once, and what the audit log has an entry for.
type Event struct {
	Kind    Kind
	At      time.Time
	To      State         // the state that the grant was in after it
	By      Person        // zero: the bot
	Why     string        // the reason, as typed by a person or said by AWS
	Half    Half          // of confirm, handed over, clear, stuck, drift
	Outcome Outcome       // of end
	Expiry  time.Time     // of approve, confirm, handed over, extend: the expiry from then on
	Term    Term          // of ask extension: how much longer
	Void    []Person      // of approve, extend, change: whose earlier approvals count no more
	Left    time.Duration // of warn: how long before the expiry it is meant to come
}

// transitions is the diagram:
//
//	checking ──▶ pending ──approve──▶ approved ──applied──▶ active ◀─┐
//	   └─▶ refused  ├─deny────▶ denied     └───── end ────────┤──extend─┘
//	                ├─cancel──▶ cancelled                     ▼
//	                └─lapse───▶ lapsed            ending ──removed or settle──▶ ended
//
// An approval that others have to join leaves the grant pending: [Grant.Next]
// says when. So does one of an extension leave the expiry. What leads from a state to itself changes the record, not the state.
var transitions = map[State]map[Kind]State{
	Checking: {Delayed: Checking, Consent: Checking, Check: Pending, Reject: Refused, Cancel: Cancelled},
	Pending:  {Auto: Approved, Break: Approved, Narrow: Pending, Remind: Pending, Escalate: Pending, Approve: Approved, Deny: Denied, Cancel: Cancelled, Lapse: Lapsed},
	Approved: {Confirm: Approved, HandOver: Approved, Stuck: Approved, Drift: Approved, PutBack: Approved, Applied: Active, End: Ending},
	Active: {
		Confirm: Active, HandOver: Active, Stuck: Active, Drift: Active, PutBack: Active, Warn: Active, Remind: Active, Escalate: Active,
		AskMore: Active, Extend: Active, DenyMore: Active, CancelMore: Active, Extended: Active, End: Ending,
	},
	Ended:  {Review: Ended, RemindReview: Ended},
	Ending: {Review: Ending, RemindReview: Ending, Clear: Ending, Stuck: Ending, Removed: Ended, Settle: Ended},
}
