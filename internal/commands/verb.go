package commands

import (
	"time"
)

// ActLasts is the longest delay between the receipt and the start of an act that opens access. A
// later start is refused, because the person may have changed their mind.
const ActLasts = 10 * time.Minute

// A Verb names the act of a command, a button or a form.
type Verb string

// The verbs of acts. All other commands only read.
const (
	Request    Verb = "request"
	BreakGlass Verb = "break-glass"
	Approve    Verb = "approve"
	Deny       Verb = "deny"
	Cancel     Verb = "cancel"
	End        Verb = "end"
	Extend     Verb = "extend"
	Review     Verb = "review"
	Freeze     Verb = "freeze"
	Unfreeze   Verb = "unfreeze"
	EndAll     Verb = "end-all"
	Settle     Verb = "settle"
	PutBack    Verb = "put-back"
	Consent    Verb = "consent"
	Decline    Verb = "decline"
	OpenCard   Verb = "open-card"
	Narrow     Verb = "narrow"
	// NarrowAndApprove narrows a request and approves the result.
	NarrowAndApprove Verb = "narrow-and-approve"
	// ApproveSeveral approves each of several requests.
	ApproveSeveral Verb = "approve-several"
)

// Opens reports whether the verb opens or prolongs access. Acts that close access overtake it, and
// a freeze or an end-all that is received after it voids it.
func (v Verb) Opens() bool {
	switch v {
	case Approve, Extend, PutBack, Consent, BreakGlass, NarrowAndApprove, ApproveSeveral:
		return true
	}
	return false
}

// Closes reports whether the verb only closes access. It overtakes acts that open access, does not
// go stale, and is accepted on a full disk.
func (v Verb) Closes() bool {
	switch v {
	case Deny, Cancel, Decline, End, Freeze, EndAll, Settle:
		return true
	}
	return false
}

// Ages reports whether the verb is refused if it begins more than [ActLasts] after its receipt.
func (v Verb) Ages() bool { return v.Opens() || v == Unfreeze }

// Requests reports whether the verb makes a new request. One person's requests run one at a time.
func (v Verb) Requests() bool { return v == Request || v == BreakGlass }

// Decides reports whether the verb belongs to the queue for decisions, which a flood of requests
// cannot block.
func (v Verb) Decides() bool { return !v.Requests() }
