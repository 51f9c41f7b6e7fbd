package grant

import (
	"slices"
	"time"
)

// EventKind is the type of an event.
type EventKind string

const (
	EventRequest          EventKind = "asked"   // the first event of every grant
	EventCheck            EventKind = "checked" // AWS has the bucket and the principal, and the rules allow it
	EventDelayed          EventKind = "delayed" // AWS or Slack has not answered the check for a while; it is retried
	EventConsent          EventKind = "consent" // the beneficiary confirms a request; required before the check
	EventReject           EventKind = "refused" // the rules or AWS refused it before there was a card
	EventApprove          EventKind = "approve" // one approval; the last one required approves the grant
	EventDeny             EventKind = "deny"
	EventCancel           EventKind = "cancel"
	EventLapse            EventKind = "lapse"
	EventHalfApplied      EventKind = "confirm"      // a read-back found one half in AWS, with the expiry it should have
	EventDelegated        EventKind = "handed over"  // the account's admin has the grantee half, with a policy
	EventApplied          EventKind = "applied"      // both halves are confirmed or handed over
	EventWarn             EventKind = "warn"         // people are warned that it ends soon
	EventNarrow           EventKind = "change"       // an approver narrows a request; earlier approvals are void
	EventAutoApprove      EventKind = "auto-approve" // a rule approves it without a person
	EventOpenBreakGlass   EventKind = "break glass"  // a person listed by a rule opened it at once; a review follows
	EventReview           EventKind = "review"       // an approver has reviewed a break-glass
	EventRemindReview     EventKind = "remind of review"
	EventRemind           EventKind = "remind"   // a reminder to the approvers who can still decide
	EventEscalate         EventKind = "escalate" // after a long wait, further people are asked
	EventRequestExtension EventKind = "ask extension"
	EventExtend           EventKind = "extend" // one approval of an extension; the last one required moves the expiry
	EventDenyExtension    EventKind = "deny extension"
	EventCancelExtension  EventKind = "cancel extension" // the extension's requester withdraws it
	EventExtended         EventKind = "extended"         // both halves are confirmed with the later expiry
	EventStalled          EventKind = "stuck"            // AWS has refused for so long that people are alerted
	EventDrift            EventKind = "drift"            // a confirmed part was changed outside s3share
	EventRestore          EventKind = "put back"         // an approver wants the changed part restored
	EventResumed          EventKind = "resumed"          // after a restore, both halves are confirmed again
	EventEnd              EventKind = "end"
	EventHalfRemoved      EventKind = "clear"   // a read-back found one half gone
	EventRemoved          EventKind = "removed" // both halves are gone
	EventSettle           EventKind = "settle"  // a responder closes the record of an account that no longer answers
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
	Since   time.Time     // of stuck: the first of the failures
}

// Last returns the latest event of one of the kinds, or nil.
func (g Grant) Last(kinds ...EventKind) *Event {
	for i := len(g.History) - 1; i >= 0; i-- {
		if slices.Contains(kinds, g.History[i].Kind) {
			return &g.History[i]
		}
	}
	return nil
}
