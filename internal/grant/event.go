package grant

import "time"

// Kind is the type of an event.
type Kind string

const (
	Ask          Kind = "asked"   // the first event of every grant
	Check        Kind = "checked" // AWS has the bucket and the principal, and the rules allow it
	Delayed      Kind = "delayed" // AWS or Slack has not answered the check for a while; it is retried
	Consent      Kind = "consent" // the beneficiary confirms a request made for them; required before the check
	Reject       Kind = "refused" // the rules or AWS refused it before there was a card
	Approve      Kind = "approve" // one approval; the last one required approves the grant
	Deny         Kind = "deny"
	Cancel       Kind = "cancel"
	Lapse        Kind = "lapse"
	Confirm      Kind = "confirm"      // a read-back found one half in AWS, with the expiry it should have
	HandOver     Kind = "handed over"  // the account's admin has the grantee half; why is the policy to install
	Applied      Kind = "applied"      // both halves are confirmed, or one is confirmed and the other handed over
	Warn         Kind = "warn"         // people are warned that it ends soon
	Narrow       Kind = "change"       // an approver narrows a request; earlier approvals are void
	Auto         Kind = "auto-approve" // a rule approves it without a person
	Break        Kind = "break glass"  // a person listed by a rule opened it at once; a review follows
	Review       Kind = "review"       // an approver has reviewed a break-glass
	RemindReview Kind = "remind of review"
	Remind       Kind = "remind"   // a reminder to the approvers who can still decide
	Escalate     Kind = "escalate" // after a long wait, further people are asked
	AskMore      Kind = "ask extension"
	Extend       Kind = "extend" // one approval of an extension; the last one required moves the expiry
	DenyMore     Kind = "deny extension"
	CancelMore   Kind = "cancel extension" // the extension's requester withdraws it
	Extended     Kind = "extended"         // both halves are confirmed with the later expiry
	Stuck        Kind = "stuck"            // AWS has refused for so long that people are alerted
	Drift        Kind = "drift"            // a confirmed part was changed outside s3share
	PutBack      Kind = "put back"         // an approver wants the changed part restored
	End          Kind = "end"
	Clear        Kind = "clear"   // a read-back found one half gone
	Removed      Kind = "removed" // both halves are gone
	Settle       Kind = "settle"  // a responder closes the record of an account that no longer answers
)

// An Event is something that happened to a grant. People are told each event
// once, and the audit log has an entry for it.
type Event struct {
	Kind    Kind
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
// extension's leaves the expiry: see [Grant.Next]. An event from a state to
// itself changes the record only.
var transitions = map[State]map[Kind]State{
	Checking: {Delayed: Checking, Consent: Checking, Check: Pending, Reject: Refused, Cancel: Cancelled},
	Pending: {Auto: Approved, Break: Approved, Narrow: Pending, Remind: Pending, Escalate: Pending, Approve: Approved,
		Deny: Denied, Cancel: Cancelled, Lapse: Lapsed},
	Approved: {Confirm: Approved, HandOver: Approved, Stuck: Approved, Drift: Approved, PutBack: Approved, Applied: Active,
		End: Ending},
	Active: {
		Confirm: Active, HandOver: Active, Stuck: Active, Drift: Active, PutBack: Active, Warn: Active, Remind: Active,
		Escalate: Active,
		AskMore:  Active, Extend: Active, DenyMore: Active, CancelMore: Active, Extended: Active, End: Ending,
	},
	Ended:  {Review: Ended, RemindReview: Ended},
	Ending: {Review: Ending, RemindReview: Ending, Clear: Ending, Stuck: Ending, Removed: Ended, Settle: Ended},
}
