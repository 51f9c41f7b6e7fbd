package grant

import (
	"slices"
	"time"
)

// Half is one side of a grant. Neither half opens anything without the other.
type Half string

const (
	OwnerHalf   Half = "owner"   // the bucket-policy side
	GranteeHalf Half = "grantee" // the IAM side
)

// PartKind is the type of a part in AWS.
type PartKind string

const (
	Statement  PartKind = "statement"  // of the bucket policy; its key is the Sid
	Membership PartKind = "membership" // of a user in the account's group; the group's ARN
	Attachment PartKind = "attachment" // of the managed policy to a role; the policy's ARN
	ByAdmin    PartKind = "by admin"   // the account's admin manages it; the bot neither writes nor reads it
)

// A Part is one thing in AWS that belongs to a grant, or may be there.
type Part struct {
	Half          Half
	Kind          PartKind
	Key           string
	WrittenExpiry time.Time // the expiry in the last write
	Confirmed     time.Time // the expiry at the last read-back; zero: not known to be there
}

// HalfStatus is the state of one half in AWS, and its next due time. It causes no
// events until the half is stuck.
type HalfStatus struct {
	NextAttemptAt time.Time // next due time of its loop; zero: when something happens
	Attempts      int       // failures in a row
	FailingAt     time.Time // first of these failures
	LastError     string    // the latest failure, for operators
	WrittenAt     time.Time // when a write that adds was last sent
	ConfirmedAt   time.Time // when a read-back last found it as desired
	AbsentAt      time.Time // when a read-back first found it absent, at the end
	RemovedAt     time.Time // when the absence was accepted
	AlertedAt     time.Time // when people were alerted that it is stuck
}

const (
	// absenceConfirmDelay is the wait before an absence counts, if a grant ends
	// early and an earlier write has an unknown outcome. That write may still
	// take effect.
	absenceConfirmDelay = time.Minute
	// endedRecheckDelay is when an ended grant is checked once more.
	endedRecheckDelay = 2 * time.Minute
)

// A GrantHalf is one half of a grant with its status. Its methods return the
// grant that follows a write or a read-back of the half.
type GrantHalf struct {
	HalfStatus
	name  Half
	grant Grant
}

// IsDue reports whether the next attempt is due.
func (p HalfStatus) IsDue(now time.Time) bool { return isDue(p.NextAttemptAt, now) }

// Half returns one half of g.
func (g Grant) Half(h Half) GrantHalf { return GrantHalf{*g.half(h), h, g} }

func (g *Grant) half(h Half) *HalfStatus {
	if h == OwnerHalf {
		return &g.Owner
	}
	return &g.Grantee
}

// wake makes both halves due.
func (g *Grant) wake(now time.Time) { g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt = now, now }

// WantsAccess reports whether g wants access in AWS at now: it is approved, has not
// expired, and is not paused by a change outside s3share.
func (g Grant) WantsAccess(now time.Time) bool {
	return (g.State == Approved || g.State == Active) && now.Before(g.ExpiresAt) && g.DriftedAt.IsZero()
}

// IsConfirmed reports whether a read-back found the half in AWS with the current
// expiry.
func (h GrantHalf) IsConfirmed() bool {
	return h.every(func(p Part) bool { return !p.Confirmed.IsZero() && p.Confirmed.Equal(h.grant.ExpiresAt) })
}

// WasConfirmed reports whether every part of the half was once found in AWS and
// was not given up since. If it is absent now, it was changed outside s3share.
func (h GrantHalf) WasConfirmed() bool {
	return h.every(func(p Part) bool { return !p.Confirmed.IsZero() })
}

// every reports whether the half has parts, all of which satisfy the condition.
func (h GrantHalf) every(condition func(Part) bool) bool {
	found := false
	for _, p := range h.grant.Parts {
		if p.Half != h.name {
			continue
		}
		if !condition(p) {
			return false
		}
		found = true
	}
	return found
}

// WithWriteIntent returns the grant as stored before a write that adds the half. From
// then on AWS may hold these parts, whatever the reply. After a crash, the record
// shows that the outcome is unknown.
func (h GrantHalf) WithWriteIntent(kind PartKind, keys []string, now time.Time) Grant {
	g := h.grant.clone()
	for _, key := range keys {
		i := slices.IndexFunc(g.Parts, func(p Part) bool { return p.Half == h.name && p.Kind == kind && p.Key == key })
		if i < 0 {
			g.Parts = append(g.Parts, Part{Half: h.name, Kind: kind, Key: key})
			i = len(g.Parts) - 1
		}
		g.Parts[i].WrittenExpiry = g.ExpiresAt
	}
	g.half(h.name).WrittenAt = now
	return g
}

// RecordPresent returns the grant after a read-back found the half in AWS as
// desired. It records the confirmation, and also that the access is open,
// resumed or extended if both halves are confirmed.
func (h GrantHalf) RecordPresent(now time.Time) (Grant, error) {
	next, err := h.grant.Apply(HalfApplied{h.name}, now)
	if err != nil {
		return h.grant, err
	}
	if next.Principal.External && h.name == OwnerHalf {
		next.Grantee.NextAttemptAt = now // the grantee half waits for the owner half
	}
	return recordOpen(h.grant, next, now)
}

// RecordDelegated returns g after its grantee half was handed to the admin of an
// external account. The bot cannot read it back. policy is the policy to
// install there.
func (g Grant) RecordDelegated(policy string, now time.Time) (Grant, error) {
	next, err := g.Half(GranteeHalf).WithWriteIntent(ByAdmin, []string{g.Principal.Account}, now).
		Apply(Delegated{policy}, now)
	if err != nil {
		return g, err
	}
	return recordOpen(g, next, now)
}

// recordOpen records that the access is open, resumed or extended, if both halves
// are confirmed. before is the grant before the confirmation.
func recordOpen(before, g Grant, now time.Time) (Grant, error) {
	if before.IsRestoring() && !g.IsRestoring() {
		var err error
		if g, err = g.Apply(Resumed{}, now); err != nil {
			return g, err
		}
	}
	switch {
	case bothConfirmed(g) != nil:
	case g.State == Approved:
		return g.Apply(Applied{}, now)
	case g.State == Active && owesExtended(g):
		return g.Apply(Extended{}, now)
	}
	return g, nil
}

func (a HalfApplied) authorise(g Grant, _ time.Time) error {
	if g.Principal.External && a.Half == GranteeHalf {
		return Refuse("The group membership in an external account can't be confirmed.")
	}
	return nil
}

func (a HalfApplied) apply(g *Grant, ev *Event) { confirmHalf(g, a.Half, ev) }

func (Delegated) authorise(g Grant, _ time.Time) error {
	if !g.Principal.External {
		return Refuse("Only a policy for an external account is handed over.")
	}
	return nil
}

func (a Delegated) apply(g *Grant, ev *Event) {
	ev.Why = a.Policy
	confirmHalf(g, GranteeHalf, ev)
}

// confirmHalf records that a read-back found every part of the half.
func confirmHalf(g *Grant, h Half, ev *Event) {
	setConfirmed(g.Parts, h, g.ExpiresAt)
	p := g.half(h)
	p.restart(time.Time{})
	p.ConfirmedAt = ev.At
	ev.Half, ev.Expiry = h, g.ExpiresAt
}

func setConfirmed(parts []Part, h Half, expiry time.Time) {
	for i := range parts {
		if parts[i].Half == h {
			parts[i].Confirmed = expiry
		}
	}
}

// bothConfirmed refuses to record access as open before AWS has confirmed it.
func bothConfirmed(g Grant) error {
	if !g.Half(OwnerHalf).IsConfirmed() || !g.Half(GranteeHalf).IsConfirmed() {
		return Refuse("AWS has not confirmed the access yet.")
	}
	return nil
}

func (Applied) authorise(g Grant, _ time.Time) error { return bothConfirmed(g) }
func (Applied) apply(*Grant, *Event)                 {}

func (Extended) authorise(g Grant, _ time.Time) error { return bothConfirmed(g) }
func (Extended) apply(*Grant, *Event)                 {}

// RecordAbsent returns the grant after a read-back did not find the half. If the
// grant ends before its expiry and an earlier write has an unknown outcome, the
// absence counts only after a second read-back a minute later.
func (h GrantHalf) RecordAbsent(now time.Time) (Grant, error) {
	return h.recordAbsent(now, h.WrittenAt.After(h.ConfirmedAt))
}

// RecordAbsentUnconfirmed is RecordAbsent while another write that contains the half
// may still arrive: for another grant, or a repeated one.
func (h GrantHalf) RecordAbsentUnconfirmed(now time.Time) (Grant, error) {
	return h.recordAbsent(now, true)
}

func (h GrantHalf) recordAbsent(now time.Time, late bool) (Grant, error) {
	g := h.grant
	if g.State == Ending && !h.RemovedAt.IsZero() { // recorded already; an event is recorded once
		return h.RecheckAt(time.Time{}), nil
	}
	unknown := late && now.Before(g.ExpiresAt)
	if unknown && (h.AbsentAt.IsZero() || now.Before(h.AbsentAt.Add(absenceConfirmDelay))) {
		p := g.half(h.name)
		if p.AbsentAt.IsZero() {
			p.AbsentAt = now
		}
		p.NextAttemptAt = p.AbsentAt.Add(absenceConfirmDelay)
		return g, nil
	}
	why := ""
	if g.Principal.External && h.name == GranteeHalf {
		why = "Left to the admin of " + g.Principal.Account + ", who manages it."
	}
	return recordRemoved(g, HalfRemoved{h.name, why}, now)
}

// RecordRetained returns g after its grantee half was released but stays in AWS, because
// another grant of the principal needs it or the permission set carries it. The
// owner half has to be gone by then. Otherwise both halves would still be open
// together.
func (g Grant) RecordRetained(now time.Time) (Grant, error) {
	why := "Kept: another grant of " + g.Principal.Name + " needs it."
	if set := g.Principal.PermissionSet(); set != "" {
		why = "Kept: the permission set " + set + " carries it."
	}
	return recordRemoved(g, HalfRemoved{GranteeHalf, why}, now)
}

func recordRemoved(g Grant, a HalfRemoved, now time.Time) (Grant, error) {
	next, err := g.Apply(a, now)
	if err != nil {
		return g, err
	}
	if !next.Owner.RemovedAt.IsZero() && !next.Grantee.RemovedAt.IsZero() {
		return next.Apply(Removed{}, now)
	}
	return next, nil
}

// authorise leaves the grantee half in AWS only once the owner half is gone.
func (a HalfRemoved) authorise(g Grant, _ time.Time) error {
	if a.Half == GranteeHalf && a.Why != "" && !g.Principal.External && g.Owner.RemovedAt.IsZero() {
		return Refuse("A part may stay in AWS only once AWS has confirmed that the bucket is closed.")
	}
	return nil
}

func (a HalfRemoved) apply(g *Grant, ev *Event) {
	ev.Half, ev.Why = a.Half, a.Why
	forgetHalf(g, a.Half)
	g.half(a.Half).RemovedAt = ev.At
	if a.Half == OwnerHalf && g.Grantee.RemovedAt.IsZero() {
		g.Grantee.NextAttemptAt = ev.At // the grantee half may have waited for it, see [Grant.RecordRetained]
	}
}

func (Removed) authorise(g Grant, _ time.Time) error {
	if g.Owner.RemovedAt.IsZero() || g.Grantee.RemovedAt.IsZero() {
		return Refuse("AWS has not confirmed the removal yet.")
	}
	return nil
}

func (Removed) apply(g *Grant, ev *Event) {
	g.EndedAt = ev.At
	g.wake(ev.At.Add(endedRecheckDelay))
}

// RecordDropped returns an active grant that wants no access, after a read-back
// found the half absent.
func (h GrantHalf) RecordDropped() Grant {
	next := h.grant.clone()
	forgetHalf(&next, h.name)
	return next
}

// forgetHalf records that a read-back found the half absent, as it should be.
func forgetHalf(g *Grant, h Half) {
	setConfirmed(g.Parts, h, time.Time{})
	g.half(h).restart(time.Time{})
}
