package commands

import (
	"cmp"
	"fmt"

	"s3share/internal/grant"
)

// EventLabel returns the name of an event in the history of a grant.
func EventLabel(g grant.Grant, ev grant.Event) string {
	switch {
	case ev.Kind == grant.EventHalfRemoved && ev.Why != "": // it stays in AWS, for the reason beside it
		return "removal requested"
	case ev.Kind == grant.EventApplied && g.Principal.External:
		return "active in the bucket policy"
	case ev.Kind == grant.EventRequestExtension && ev.Term > 0:
		return fmt.Sprintf("extension of %s requested", ev.Term)
	}
	return cmp.Or(eventLabels[ev.Kind], string(ev.Kind))
}

// eventLabels are the names of the kinds of events.
var eventLabels = map[grant.EventKind]string{
	grant.EventRequest:          "requested",
	grant.EventCheck:            "AWS checks passed",
	grant.EventDelayed:          "AWS checks delayed",
	grant.EventConsent:          "request confirmed",
	grant.EventReject:           "refused",
	grant.EventApprove:          "approved",
	grant.EventDeny:             "denied",
	grant.EventCancel:           "cancelled",
	grant.EventLapse:            "expired without a decision",
	grant.EventHalfApplied:      "confirmed in AWS",
	grant.EventDelegated:        "handed over to the account's admin",
	grant.EventApplied:          "active",
	grant.EventWarn:             "reminded of the end",
	grant.EventNarrow:           "narrowed",
	grant.EventAutoApprove:      "approved automatically by the rule",
	grant.EventOpenBreakGlass:   "opened with break-glass",
	grant.EventReview:           "reviewed",
	grant.EventRemindReview:     "reminder sent",
	grant.EventRemind:           "reminder sent",
	grant.EventEscalate:         "escalated",
	grant.EventRequestExtension: "extension requested",
	grant.EventExtend:           "extension approved",
	grant.EventDenyExtension:    "extension denied",
	grant.EventCancelExtension:  "extension cancelled",
	grant.EventExtended:         "extension active",
	grant.EventStalled:          "AWS call failed; retrying",
	grant.EventDrift:            "changed outside s3share",
	grant.EventRestore:          "restore requested",
	grant.EventResumed:          "resumed",
	grant.EventEnd:              "ending",
	grant.EventHalfRemoved:      "removed from AWS",
	grant.EventRemoved:          "ended",
	grant.EventSettle:           "closed, not confirmed by AWS",
}

// EventReason returns the reason of an event: of a request, the requester's. A hand-over has none,
// because its text is a policy.
func EventReason(g grant.Grant, ev grant.Event) string {
	switch ev.Kind {
	case grant.EventDelegated:
		return ""
	case grant.EventRequest:
		return cmp.Or(ev.Why, g.Reason)
	}
	return ev.Why
}
