package grant

import "time"

// An Action is an attempt to cause an event. Each action has a type of its own,
// with the facts that it needs and the record does not have.
//
// People's actions have the verified actor in By. The others are the bot's: they
// record an observation, or the effect of time or of a rule.
type Action interface {
	// Kind returns the kind of event that the action causes.
	Kind() EventKind
	// authorise returns a refusal unless the actor may do this to g at now.
	authorise(g Grant, now time.Time) error
	// apply makes the action's changes in g, and adds its facts to the event.
	apply(g *Grant, ev *Event)
}

// Today is what today's config says about a grant.
type Today struct {
	Rule            *Rule    // that covers the bucket; nil: none does
	PrincipalOwners []string // Slack users who own the principal
}

// Actions of the check with AWS and Slack. See check.go and consent.go.
type (
	// Check records that a request passed its check.
	Check struct {
		Principal       *Principal // as AWS has it; nil: as in the record
		Bucket          *Bucket    // likewise
		Rule            *Rule      // likewise, today's
		PrincipalOwners []string   // owners by the ARN that AWS has
		Findings        Findings
	}
	// Delayed records that AWS or Slack does not answer the check.
	Delayed struct{ Why string }
	// Reject refuses a request before there is a card.
	Reject struct{ Why string }
	// Consent confirms a request on behalf of another person, by that person.
	Consent struct{ By Actor }
)

// Decisions on a request. See decide.go, narrow.go, autoapprove.go and
// breakglass.go.
type (
	// Approve is one approval. The last one required opens the access.
	Approve struct {
		By Actor
		Today
		Revision int       // of the request that the approver saw
		Others   []Actor   // the people of [Today.CompletingApprovers], with their current Slack data
		Found    *Findings // current findings; nil: unknown
	}
	// Deny denies the request.
	Deny struct {
		By Actor
		Today
		Revision int    // of the request that the approver saw
		Why      string // as typed; required
	}
	// Narrow makes the request smaller. Earlier approvals become void.
	Narrow struct {
		By Actor
		Today
		Revision int // of the request that the approver saw
		To       Narrowing
		Findings Findings // of the smaller request
	}
	// Cancel withdraws the request.
	Cancel struct {
		By              Actor
		PrincipalOwners []string // today's
	}
	// Lapse closes a request that was not decided in time.
	Lapse struct{}
	// AutoApprove opens the access without a person, by an [AutoRule].
	AutoApprove struct {
		Rule *Rule
		Why  string // the rule, for people
	}
	// OpenBreakGlass opens the access of a break-glass.
	OpenBreakGlass struct{ Rule *Rule }
	// Review closes the review of a break-glass.
	Review struct {
		By Actor
		Today
		Why string // the approver's findings, as typed; required
	}
)

// Actions on an extension. See extension.go.
type (
	// RequestExtension asks for a later expiry.
	RequestExtension struct {
		By Actor
		Today
		Term  Term      // how much longer
		Why   string    // as typed
		Found *Findings // current findings; nil: unknown
	}
	// Extend is one approval of the extension. The last one required moves the
	// expiry.
	Extend struct {
		By Actor
		Today
		Revision   int       // of the extension that the approver saw
		Others     []Actor   // the people of [Today.CompletingApprovers], with their current Slack data
		WarnBefore []Term    // how long before the new expiry people are warned
		Found      *Findings // current findings; nil: unknown
	}
	// ExtendFree moves the expiry by an extension that needs no approval.
	ExtendFree struct {
		Rule       *Rule
		WarnBefore []Term // how long before the new expiry people are warned
	}
	// DenyExtension denies the extension. The access stays until its expiry.
	DenyExtension struct {
		By Actor
		Today
		Revision int    // of the extension that the approver saw
		Why      string // as typed; required
	}
	// CancelExtension withdraws the extension.
	CancelExtension struct {
		By              Actor
		PrincipalOwners []string // today's
	}
)

// Reminders of the bot. See timers.go.
type (
	// Warn warns people that the access ends soon.
	Warn struct{ Left time.Duration } // the intended time before the expiry
	// Remind reminds the approvers of a decision.
	Remind struct{}
	// Escalate asks further people to decide.
	Escalate struct{}
	// RemindReview reminds the approvers of a break-glass that needs a review.
	RemindReview struct{}
)

// Observations in AWS. See halves.go.
type (
	// HalfApplied records that a read-back found a half with its current expiry.
	HalfApplied struct{ Half Half }
	// Delegated records that the grantee half was handed to the admin of an
	// external account.
	Delegated struct{ Policy string } // to install there
	// Applied records that the access is open.
	Applied struct{}
	// Extended records that the access is open with its later expiry.
	Extended struct{}
	// Stalled alerts people that a half fails for a while.
	Stalled struct {
		Half Half
		Why  string // the latest failure
	}
	// HalfRemoved records that a half is gone, or released.
	HalfRemoved struct {
		Half Half
		Why  string // why the grantee half stays in AWS; "" if a read-back found the half absent
	}
	// Removed records that both halves are gone.
	Removed struct{}
)

// Actions on a change outside s3share. See drift.go.
type (
	// Drift records that a confirmed half was changed outside s3share.
	Drift struct {
		Half Half
		Why  string // the change
	}
	// Restore wants the changed half restored.
	Restore struct {
		By Actor
		Today
		Drift time.Time // of the change that the approver was asked about; zero: of any
		Found *Findings // current findings; nil: unknown
	}
	// Heal restores the changed half because the rule says so.
	Heal struct {
		Rule  *Rule
		Found *Findings // current findings; nil: unknown
	}
	// Resumed records that access is open again after a restore.
	Resumed struct{}
)

// Ends. See end.go.
type (
	// End ends the access early.
	End struct {
		By Actor
		Today
		Responder bool      // the person is a responder, who may end any grant
		Drift     time.Time // of the change outside s3share that the person was asked about; zero: none
		Why       string    // as typed
	}
	// Expire ends the access at its expiry.
	Expire struct{}
	// Fail ends an access that cannot be applied, or no longer can.
	Fail struct{ Why string }
	// Settle closes the record of an expired grant whose account no longer
	// answers.
	Settle struct {
		By        Actor
		Responder bool   // the person is a responder; others may not
		Why       string // as typed; required
	}
)

func (Check) Kind() EventKind            { return EventCheck }
func (Delayed) Kind() EventKind          { return EventDelayed }
func (Reject) Kind() EventKind           { return EventReject }
func (Consent) Kind() EventKind          { return EventConsent }
func (Approve) Kind() EventKind          { return EventApprove }
func (Deny) Kind() EventKind             { return EventDeny }
func (Narrow) Kind() EventKind           { return EventNarrow }
func (Cancel) Kind() EventKind           { return EventCancel }
func (Lapse) Kind() EventKind            { return EventLapse }
func (AutoApprove) Kind() EventKind      { return EventAutoApprove }
func (OpenBreakGlass) Kind() EventKind   { return EventOpenBreakGlass }
func (Review) Kind() EventKind           { return EventReview }
func (RequestExtension) Kind() EventKind { return EventRequestExtension }
func (Extend) Kind() EventKind           { return EventExtend }
func (ExtendFree) Kind() EventKind       { return EventExtend }
func (DenyExtension) Kind() EventKind    { return EventDenyExtension }
func (CancelExtension) Kind() EventKind  { return EventCancelExtension }
func (Warn) Kind() EventKind             { return EventWarn }
func (Remind) Kind() EventKind           { return EventRemind }
func (Escalate) Kind() EventKind         { return EventEscalate }
func (RemindReview) Kind() EventKind     { return EventRemindReview }
func (HalfApplied) Kind() EventKind      { return EventHalfApplied }
func (Delegated) Kind() EventKind        { return EventDelegated }
func (Applied) Kind() EventKind          { return EventApplied }
func (Extended) Kind() EventKind         { return EventExtended }
func (Stalled) Kind() EventKind          { return EventStalled }
func (HalfRemoved) Kind() EventKind      { return EventHalfRemoved }
func (Removed) Kind() EventKind          { return EventRemoved }
func (Drift) Kind() EventKind            { return EventDrift }
func (Restore) Kind() EventKind          { return EventRestore }
func (Heal) Kind() EventKind             { return EventRestore }
func (Resumed) Kind() EventKind          { return EventResumed }
func (End) Kind() EventKind              { return EventEnd }
func (Expire) Kind() EventKind           { return EventEnd }
func (Fail) Kind() EventKind             { return EventEnd }
func (Settle) Kind() EventKind           { return EventSettle }
